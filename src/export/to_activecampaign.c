/* --for activecampaign: a contact import. From the vendor's help pages: a unique e-mail
 * address, dates YYYY-MM-DD and nothing else (or they become days of 1899), several values
 * with || between, tags with commas, quotes around what has accents. Quoted by others: line
 * breaks and emoji can halt an import. From memory: the status is chosen per import, true
 * and false. */
#include "export/sheet.h"

static const char *const first[] = {"email", NULL};
static const char *const columns[] = {
	"first_name", "last_name", "phone", "street", "city", "postcode", "country", "language",
	"birth_date", "customer_id", "tags", "segments", NULL,
};

static const struct sheet_name names[] = {
	{"email", "Email"}, {"first_name", "First Name"}, {"last_name", "Last Name"},
	{"phone", "Phone"}, {NULL, NULL},
};

static const struct sheet sheet = {
	.names = names, .letters = SHEET_ANY, .yes = "true", .no = "false", .dates = SHEET_DAY,
	.separator = "||", .tags = "Tags", .tag_separator = ",", .tag_refused = ",",
	.one_line = true, .no_emoji = true,
	.quote_accents = true,
};

const struct destination destination_activecampaign = {
	.name = "activecampaign",
	.file = "activecampaign.csv",
	.is_by_address = true,
	.channels = CHANNEL_BIT(CHANNEL_EMAIL),
	.implied = CHANNEL_BIT(CHANNEL_EMAIL),
	.needs = {T_EMAIL, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.states = email_states,
	.state = email_state_of,
	.sheet = &sheet,
};
