/* --for braze: a user attributes file. From the vendor's documentation: exactly one kind of
 * id, here external_id; attribute names are case-sensitive and a wrong one becomes a custom
 * attribute without a word; ISO 8601; dob YYYY-MM-DD; true and false; no arrays; gender M F O
 * N P; line breaks of two kinds in one file can merge rows; email_subscribe opted_in,
 * subscribed or unsubscribed; a blank cell overwrites nothing; 500 MB a file. */
#include "export/sheet.h"

static const char *const first[] = {"customer_id", NULL};
static const char *const columns[] = {
	"email", "phone", "first_name", "last_name", "birth_date", "gender", "city", "country",
	"language", "timezone", "optin_email", "tags", "segments", NULL,
};

static const struct sheet_name names[] = {
	{"customer_id", "external_id"}, {"birth_date", "dob"}, {"city", "home_city"},
	{"timezone", "time_zone"}, {"optin_email", "email_subscribe"}, {NULL, NULL},
};

static const struct sheet sheet = {
	.names = names, .letters = SHEET_ANY, .yes = "true", .no = "false", .dates = SHEET_ISO,
	.separator = ", ", .one_line = true,
};

static struct slice gender_of(struct slice cell)
{
	return slice_is(cell, "f") ? SLICE("F") : slice_is(cell, "m") ? SLICE("M")
	       : slice_is(cell, "x") ? SLICE("O") : slice_make("", 0);
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	struct buffer scratch = {0};
	bool first_cell = true;

	for (size_t i = 0; i < row->layout->count; i++) {
		const char *name = row->layout->columns[i].name;
		struct slice cell = row->cells[i];
		if (strcmp(name, "gender") == 0)
			cell = gender_of(cell);
		else if (strcmp(name, "optin_email") == 0)
			cell = slice_is(cell, "1") ? SLICE("opted_in")
			       : slice_is(cell, "0") ? SLICE("unsubscribed") : slice_make("", 0);
		else
			cell = sheet_cell(&sheet, row, i, &scratch);
		destination_put_cell(out, &first_cell, cell);
	}
	destination_end_row(out);
	buffer_free(&scratch);
}

const struct destination destination_braze = {
	.name = "braze",
	.file = "braze.csv",
	.channels = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS) |
		    CHANNEL_BIT(CHANNEL_APP) | CHANNEL_BIT(CHANNEL_WEB),
	.needs = {TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.max_bytes = 500000000,
	.sheet = &sheet,
	.put_row = put_row,
};
