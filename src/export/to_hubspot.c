/* --for hubspot: a contact import, headers by internal property name. From the vendor's
 * help pages: a header is needed, fewer than 1,000 columns, 512 MB and 1,048,576 rows a file
 * (the header is taken for one of them). From memory: ISO dates, true and false, the items
 * of a multiple checkbox with ';' between, legal basis and marketing status per import. */
#include "export/sheet.h"

static const char *const first[] = {"email", NULL};
static const char *const columns[] = {
	"first_name", "last_name", "phone", "street", "city", "postcode", "country", "language",
	"birth_date", "customer_id", "tags", "segments", NULL,
};

static const struct sheet_name names[] = {
	{"first_name", "firstname"}, {"last_name", "lastname"}, {"street", "address"},
	{"postcode", "zip"}, {"language", "hs_language"}, {"birth_date", "date_of_birth"},
	{NULL, NULL},
};

static const struct sheet sheet = {
	.names = names, .letters = SHEET_LOWER, .yes = "true", .no = "false", .dates = SHEET_ISO,
	.separator = ";", .columns_most = 999,
};

const struct destination destination_hubspot = {
	.name = "hubspot",
	.file = "hubspot.csv",
	.is_by_address = true,
	.channels = CHANNEL_BIT(CHANNEL_EMAIL),
	.implied = CHANNEL_BIT(CHANNEL_EMAIL),
	.needs = {T_EMAIL, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.max_bytes = 512000000,
	.max_rows = 1048575,
	.states = email_states,
	.state = email_state_of,
	.sheet = &sheet,
};
