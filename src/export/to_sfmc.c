/* --for sfmc: Salesforce Marketing Cloud, a data extension keyed by SubscriberKey. From the
 * vendor's help pages: headers equal the fields' names, comma-separated .csv, no primary key
 * means overwrite only, a list of unsubscribes needs `Subscriber Status` = Unsubscribed.
 * From memory: dates MM/DD/YYYY HH:MM (the import definition's locale), True and False,
 * field names of letters, digits and '_'. */
#include "export/sheet.h"

static const char *const first[] = {"customer_id", "email", NULL};
static const char *const columns[] = {
	"phone", "first_name", "last_name", "street", "city", "postcode", "country", "language",
	"birth_date", "tags", "segments", NULL,
};

static const struct sheet_name names[] = {
	{"customer_id", "SubscriberKey"}, {"email", "EmailAddress"}, {"phone", "Phone"},
	{"first_name", "FirstName"}, {"last_name", "LastName"}, {"street", "Street"},
	{"city", "City"}, {"postcode", "PostalCode"}, {"country", "Country"},
	{"language", "Language"}, {"birth_date", "BirthDate"}, {"tags", "Tags"},
	{"segments", "Segments"}, {NULL, NULL},
};

static const struct sheet sheet = {
	.names = names, .letters = SHEET_WORD, .yes = "True", .no = "False",
	.dates = SHEET_US_TIME, .separator = ", ",
};

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	bool first_cell = true;

	(void)delimiter;
	if (state == EMAIL_UNSUBSCRIBED)
		buffer_put_text(out, "Email Address,Subscriber Key,Subscriber Status");
	else
		sheet_put_names(&sheet, l, &first_cell, out);
	destination_end_row(out);
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	bool first_cell = true;

	if (row->state == EMAIL_UNSUBSCRIBED) {
		destination_put_cell(out, &first_cell, destination_cell(row, "email"));
		destination_put_cell(out, &first_cell, destination_cell(row, "customer_id"));
		destination_put_cell(out, &first_cell, SLICE("Unsubscribed"));
	} else {
		sheet_put_cells(&sheet, row, &first_cell, out);
	}
	destination_end_row(out);
}

const struct destination destination_sfmc = {
	.name = "sfmc",
	.file = "sfmc.csv",
	.channels = CHANNEL_BIT(CHANNEL_EMAIL),
	.implied = CHANNEL_BIT(CHANNEL_EMAIL),
	.needs = {T_EMAIL, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.states = email_states,
	.state = email_state_of,
	.sheet = &sheet,
	.put_header = put_header,
	.put_row = put_row,
};
