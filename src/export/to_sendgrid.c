/* --for sendgrid: a Marketing Campaigns contact import. From the vendor's help pages: the
 * reserved headers, headers of letters, digits and '_' only, dates MM/DD/YYYY, numbers with
 * at most two decimals and not below 0 or else text, commas between cells, a million
 * contacts or 5 GB a file; no consent column: unsubscribes are a list of their own. That
 * this list is one column `email` is from memory. */
#include "export/sheet.h"

static const char *const first[] = {"email", NULL};
static const char *const columns[] = {
	"first_name", "last_name", "street", "city", "postcode", "country", "language",
	"birth_date", "customer_id", "tags", "segments", NULL,
};

static const struct sheet_name names[] = {
	{"street", "address_line_1"}, {"postcode", "postal_code"}, {"phone", "phone_number_id"},
	{"customer_id", "external_id"}, {NULL, NULL},
};

static const struct sheet sheet = {
	.names = names, .letters = SHEET_WORD, .yes = "true", .no = "false", .dates = SHEET_US,
	.separator = ", ", .counts_numbers = true,
};

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	bool first_cell = true;

	(void)delimiter;
	if (state == EMAIL_UNSUBSCRIBED)
		destination_put_cell(out, &first_cell, SLICE("email"));
	else
		sheet_put_names(&sheet, l, &first_cell, out);
	destination_end_row(out);
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	bool first_cell = true;

	if (row->state == EMAIL_UNSUBSCRIBED)
		destination_put_cell(out, &first_cell, destination_cell(row, "email"));
	else
		sheet_put_cells(&sheet, row, &first_cell, out);
	destination_end_row(out);
}

const struct destination destination_sendgrid = {
	.name = "sendgrid",
	.file = "sendgrid.csv",
	.is_by_address = true,
	.channels = CHANNEL_BIT(CHANNEL_EMAIL),
	.implied = CHANNEL_BIT(CHANNEL_EMAIL),
	.needs = {T_EMAIL, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.max_rows = 1000000,
	.max_bytes = 5000000000,
	.states = email_states,
	.state = email_state_of,
	.sheet = &sheet,
	.put_header = put_header,
	.put_row = put_row,
};
