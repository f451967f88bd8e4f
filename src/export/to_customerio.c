/* --for customerio: a people import. From the vendor's documentation: id or email, attribute
 * names are case-sensitive, 100 MB and 100 columns a file, empty cells are ignored or erase
 * as the import is told. From memory: dates are Unix seconds, `unsubscribed` true or false. */
#include "export/sheet.h"

static const char *const first[] = {"customer_id", "email", NULL};
static const char *const columns[] = {
	"phone", "first_name", "last_name", "street", "city", "postcode", "country", "language",
	"birth_date", "timezone", "tags", "segments", NULL,
};

static const struct sheet_name names[] = {{"customer_id", "id"}, {NULL, NULL}};

static const struct sheet sheet = {
	.names = names, .letters = SHEET_ANY, .yes = "true", .no = "false", .dates = SHEET_UNIX,
	.separator = ", ", .columns_most = 100,
};

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	bool first_cell = true;

	(void)state, (void)delimiter;
	sheet_put_names(&sheet, l, &first_cell, out);
	destination_put_cell(out, &first_cell, SLICE("unsubscribed"));
	destination_end_row(out);
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	channel_set email = CHANNEL_BIT(CHANNEL_EMAIL);
	bool first_cell = true;

	sheet_put_cells(&sheet, row, &first_cell, out);
	destination_put_cell(out, &first_cell,
			     row->permission->optout & email ? SLICE("true")
			     : row->permission->optin & email ? SLICE("false") : SLICE(""));
	destination_end_row(out);
}

static enum so1_status check(const struct layout *l, struct so1_error *e)
{
	return sheet_check(&sheet, l, "unsubscribed", e);
}

const struct destination destination_customerio = {
	.name = "customerio",
	.file = "customerio.csv",
	.channels = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS) |
		    CHANNEL_BIT(CHANNEL_APP),
	.needs = {TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.max_bytes = 100000000,
	.check = check,
	.put_header = put_header,
	.put_row = put_row,
};
