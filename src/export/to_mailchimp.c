/* --for mailchimp: a contact import. The status (subscribed, unsubscribed …) is chosen for a
 * whole import, so there is a file for each. From the vendor's help pages unless marked:
 * birthdays MM/DD; an address is one cell, its parts joined by two spaces, country last;
 * text is clipped at 255 bytes; tags are one cell, commas between, a tag with a comma in
 * quotes, at most 100 characters, no emoji; an address line has fewer than 45. One file a
 * status: from memory. */
#include "base/datetime.h"
#include "export/sheet.h"
#include "stream/cells.h"

static const char *const first[] = {"email", NULL};
static const char *const columns[] = {
	"first_name", "last_name", "street", "city", "postcode", "country", "phone",
	"birth_date", "tags", "segments", NULL,
};

enum { TEXT_LONGEST = 255, TAG_LONGEST = 100, STREET_LONGEST = 44 };

static const char *const address_columns[] = {"street", "city", "postcode", "country", NULL};
static const char *const tag_columns[] = {"tags", "segments", NULL};

static const struct {
	const char *column, *name;
} names[] = {
	{"email", "Email Address"}, {"phone", "Phone Number"}, {"first_name", "First Name"},
	{"last_name", "Last Name"}, {"birth_date", "Birthday"},
};

/* The place of the column in a group that becomes one cell: 0 the first of those there
 * are, which stands for all; -1 in no such group. */
static int group_place(const struct layout *l, const char *name, const char *const *group)
{
	const char *const *self = group;
	int place = 0;

	while (*self && strcmp(*self, name) != 0)
		self++;
	if (*self == NULL)
		return -1;
	for (; group < self; group++)
		place += layout_find(l, *group) != COLUMN_NONE;
	return place;
}

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	bool at_start = true;

	(void)state, (void)delimiter;
	for (size_t i = 0; i < l->count; i++) {
		const char *name = l->columns[i].name;
		int address = group_place(l, name, address_columns);
		int tags = group_place(l, name, tag_columns);
		if (address > 0 || tags > 0)
			continue;
		for (size_t n = 0; n < sizeof names / sizeof *names; n++)
			if (strcmp(name, names[n].column) == 0)
				name = names[n].name;
		destination_put_cell(out, &at_start, slice_of(address == 0 ? "Address"
							      : tags == 0 ? "Tags" : name));
	}
	destination_end_row(out);
}

/* Blank unless street, city and postcode are all there: a part too few and Mailchimp reads
 * the wrong part as the city. */
static void put_address(const struct destination_row *row, struct buffer *scratch)
{
	for (int i = 0; i < 3; i++)
		if (destination_cell(row, address_columns[i]).len == 0)
			return;
	for (const char *const *name = address_columns; *name; name++) {
		struct slice part = destination_cell(row, *name);
		if (part.len == 0)
			continue;
		if (scratch->len)
			buffer_put_text(scratch, "  ");
		buffer_put_slice(scratch, part);
	}
}

static size_t characters(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

static bool has_emoji(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (emoji_length(slice_make(s.ptr + i, s.len - i)))
			return true;
	return false;
}

/* Mailchimp takes no other letters there. */
static bool has_foreign_local_part(struct slice email)
{
	for (size_t i = 0; i < email.len && email.ptr[i] != '@'; i++)
		if ((unsigned char)email.ptr[i] >= 0x80)
			return true;
	return false;
}

static void put_tag(struct buffer *scratch, struct slice tag)
{
	bool quoted = slice_find_byte(tag, ',') < tag.len || slice_find_byte(tag, '"') < tag.len;

	if (scratch->len)
		buffer_put_byte(scratch, ',');
	if (quoted)
		buffer_put_byte(scratch, '"');
	for (size_t i = 0; i < tag.len; i++) {
		if (tag.ptr[i] == '"')
			buffer_put_byte(scratch, '"');
		buffer_put_byte(scratch, tag.ptr[i]);
	}
	if (quoted)
		buffer_put_byte(scratch, '"');
}

static void put_tags(const struct destination_row *row, struct buffer *scratch)
{
	struct arena arena = {0};

	for (const char *const *name = tag_columns; *name; name++) {
		struct slice rest = destination_cell(row, *name), tag, value;
		while (cell_next(&rest, &tag, &value, &arena)) {
			if (characters(tag) > TAG_LONGEST || has_emoji(tag))
				row->counts->left_out++;
			else if (strcmp(*name, "tags") == 0 || !list_has(destination_cell(row, "tags"), tag))
				put_tag(scratch, tag);
		}
	}
	arena_free(&arena);
}

/* 1990-02-16 → 02/16; nothing for what is no date. */
static void put_birthday(struct slice date, struct buffer *scratch)
{
	int year, month, day;
	int64_t days;

	if (!date_parse(date, &days))
		return;
	civil_from_days(days, &year, &month, &day);
	buffer_printf(scratch, "%02d/%02d", month, day);
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	struct buffer scratch = {0};
	bool at_start = true;

	row->counts->refused += has_foreign_local_part(destination_cell(row, "email"));
	for (size_t i = 0; i < row->layout->count; i++) {
		const struct layout_column *c = &row->layout->columns[i];
		struct slice cell = row->cells[i];
		int address = group_place(row->layout, c->name, address_columns);
		int tags = group_place(row->layout, c->name, tag_columns);
		bool birthday = strcmp(c->name, "birth_date") == 0;

		if (address > 0 || tags > 0)
			continue;
		buffer_clear(&scratch);
		if (address == 0)
			put_address(row, &scratch);
		else if (tags == 0)
			put_tags(row, &scratch);
		else if (birthday)
			put_birthday(cell, &scratch);
		if (address == 0 || tags == 0 || birthday)
			cell = buffer_slice(&scratch);
		cell = destination_text(c, cell, row->counts);
		row->counts->too_long += tags < 0 && (cell.len > TEXT_LONGEST || (address == 0 &&
				characters(destination_cell(row, "street")) > STREET_LONGEST));
		destination_put_cell(out, &at_start, cell);
	}
	destination_end_row(out);
	buffer_free(&scratch);
}

const struct destination destination_mailchimp = {
	.name = "mailchimp",
	.file = "mailchimp.csv",
	.is_by_address = true,
	.channels = CHANNEL_BIT(CHANNEL_EMAIL),
	.implied = CHANNEL_BIT(CHANNEL_EMAIL),
	.needs = {T_EMAIL, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.states = email_states,
	.state = email_state_of,
	.put_header = put_header,
	.put_row = put_row,
};
