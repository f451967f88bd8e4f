/* --for brevo: a contact import. From the vendor's help pages: attributes in capitals, a
 * contact is known by EMAIL, SMS or EXT_ID, files of at most 250 MB, blacklists are set per
 * import. From memory: dates DD-MM-YYYY (the account decides), true and false. */
#include "export/sheet.h"

static const char *const first[] = {"email", "phone", NULL};
static const char *const columns[] = {
	"first_name", "last_name", "street", "city", "postcode", "country", "language",
	"birth_date", "customer_id", "tags", "segments", NULL,
};

static const struct sheet_name names[] = {
	{"phone", "SMS"}, {"first_name", "FIRSTNAME"}, {"last_name", "LASTNAME"},
	{"customer_id", "EXT_ID"}, {NULL, NULL},
};

static const struct sheet sheet = {
	.names = names, .letters = SHEET_UPPER, .yes = "true", .no = "false",
	.dates = SHEET_DAY_MONTH_YEAR, .separator = ", ",
};

/* By what may be sent: the files of sms and none go in with emailBlacklist, those of email
 * and none with smsBlacklist. */
static const char *const states[] = {"email", "sms", "email-sms", "none", NULL};
enum { STATE_EMAIL, STATE_SMS, STATE_BOTH, STATE_NONE };

static size_t state_of(const struct permission *p, enum consent_policy policy)
{
	channel_set may = policy == CONSENT_STRICT ? p->optin : p->consented;
	bool email = may & p->reachable & CHANNEL_BIT(CHANNEL_EMAIL);
	bool sms = may & p->reachable & CHANNEL_BIT(CHANNEL_SMS);

	return email && sms ? STATE_BOTH : sms ? STATE_SMS : email ? STATE_EMAIL : STATE_NONE;
}

const struct destination destination_brevo = {
	.name = "brevo",
	.file = "brevo.csv",
	.is_by_address = true,
	.channels = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS),
	.implied = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS),
	.needs = {T_EMAIL, T_PHONE, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.max_bytes = 250000000,
	.states = states,
	.state = state_of,
	.sheet = &sheet,
};
