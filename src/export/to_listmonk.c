/* --for listmonk: a subscriber import. From the product's source: the headers are exactly
 * email, name and attributes, anything else is ignored; attributes is one JSON object, and
 * one that cannot be read is dropped while the row stays; an address has at most 1,000
 * characters; mode (subscribe, blocklist) and subscription status are chosen per import. */
#include "export/destination.h"

static const char *const first[] = {"email", NULL};
static const char *const columns[] = {
	"first_name", "last_name", "customer_id", "city", "country", "language", "birth_date",
	"tags", "segments", NULL,
};

enum { EMAIL_LONGEST = 1000 };

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	(void)l, (void)state, (void)delimiter;
	buffer_put_text(out, "email,name,attributes\n");
}

static void put_name(const struct destination_row *row, struct buffer *scratch)
{
	struct slice given = destination_cell(row, "first_name");
	struct slice family = destination_cell(row, "last_name");

	buffer_put_slice(scratch, given);
	if (given.len && family.len)
		buffer_put_byte(scratch, ' ');
	buffer_put_slice(scratch, family);
}

/* Everything that is known but the address, by the column's name. */
static void put_attributes(const struct destination_row *row, struct buffer *scratch)
{
	bool more = false;

	buffer_put_byte(scratch, '{');
	for (size_t i = 0; i < row->layout->count; i++) {
		const struct layout_column *c = &row->layout->columns[i];
		if (row->cells[i].len == 0 || strcmp(c->name, "email") == 0)
			continue;
		if (more)
			buffer_put_byte(scratch, ',');
		more = true;
		destination_put_json(scratch, slice_of(c->name));
		buffer_put_byte(scratch, ':');
		destination_put_json_cell(scratch, c->kind, row->cells[i]);
	}
	buffer_put_byte(scratch, '}');
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	static const struct layout_column text = {.kind = CELL_FREE};
	struct slice email = destination_cell(row, "email");
	struct buffer scratch = {0};
	bool first_cell = true;

	row->counts->too_long += email.len > EMAIL_LONGEST;
	destination_put_cell(out, &first_cell, email);
	put_name(row, &scratch);
	destination_put_cell(out, &first_cell,
			     destination_text(&text, buffer_slice(&scratch), row->counts));
	buffer_clear(&scratch);
	put_attributes(row, &scratch);
	destination_put_cell(out, &first_cell, buffer_slice(&scratch));
	destination_end_row(out);
	buffer_free(&scratch);
}

const struct destination destination_listmonk = {
	.name = "listmonk",
	.file = "listmonk.csv",
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
