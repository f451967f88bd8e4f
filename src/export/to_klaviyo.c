/* --for klaviyo: a list upload. Rules from the vendor's help pages unless marked: the first
 * column is Email or Phone Number; $consent is a JSON array out of email, web, sms,
 * directmail, mobile; booleans true/false; lists JSON arrays; dates ISO 8601; files of at
 * most 50 MB; rows with and without SMS consent in files of their own. That names like
 * "Zip Code" map by themselves is from memory. */
#include "export/destination.h"

static const char *const first[] = {"email", "phone", NULL};
static const char *const columns[] = {
	"first_name", "last_name", "street", "city", "postcode", "country", "language",
	"birth_date", "customer_id", "tags", "segments", NULL,
};

/* By consent: bit 0 e-mail, bit 1 SMS. */
static const char *const states[] = {"email", "sms", "email-sms", "none", NULL};
enum { STATE_EMAIL, STATE_SMS, STATE_BOTH, STATE_NONE };

static const struct {
	const char *column, *name;
} names[] = {
	{"email", "Email"}, {"phone", "Phone Number"}, {"first_name", "First Name"},
	{"last_name", "Last Name"}, {"street", "Address"}, {"city", "City"},
	{"postcode", "Zip Code"}, {"country", "Country"},
};

/* Only an opt-in that was given is stated as consent, whatever --consent lets pass. */
static size_t state_of(const struct permission *p, enum consent_policy policy)
{
	bool email = p->optin & CHANNEL_BIT(CHANNEL_EMAIL), sms = p->optin & CHANNEL_BIT(CHANNEL_SMS);

	(void)policy;
	return email && sms ? STATE_BOTH : sms ? STATE_SMS : email ? STATE_EMAIL : STATE_NONE;
}

static struct slice name_of(const char *column)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(column, names[i].column) == 0)
			return slice_of(names[i].name);
	return slice_of(column);
}

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	bool at_start = true;

	(void)delimiter;
	for (size_t i = 0; i < l->count; i++)
		destination_put_cell(out, &at_start, name_of(l->columns[i].name));
	if (state != STATE_NONE)
		destination_put_cell(out, &at_start, SLICE("$consent"));
	destination_end_row(out);
}

static void put_consent(const struct permission *p, struct buffer *out)
{
	static const struct {
		enum channel channel;
		const char *word;
	} words[] = {{CHANNEL_EMAIL, "email"}, {CHANNEL_SMS, "sms"}, {CHANNEL_POST, "directmail"}};
	bool any = false;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!(p->optin & CHANNEL_BIT(words[i].channel)))
			continue;
		buffer_put_byte(out, any ? ',' : '[');
		any = true;
		destination_put_json(out, slice_of(words[i].word));
	}
	if (any)
		buffer_put_byte(out, ']');
}

/* Dates as they are; "Z" is no time zone to Klaviyo, +00:00 is. */
static void put_time(struct buffer *scratch, struct slice cell)
{
	bool zulu = cell.len > 1 && cell.ptr[cell.len - 1] == 'Z';

	buffer_put(scratch, cell.ptr, cell.len - zulu);
	if (zulu)
		buffer_put_text(scratch, "+00:00");
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	struct buffer scratch = {0};
	bool at_start = true;

	for (size_t i = 0; i < row->layout->count; i++) {
		const struct layout_column *c = &row->layout->columns[i];
		struct slice cell = row->cells[i];
		buffer_clear(&scratch);
		if (c->kind == CELL_BOOL && cell.len)
			cell = slice_is(cell, "1") ? SLICE("true") : SLICE("false");
		else if (c->kind == CELL_DATE) {
			put_time(&scratch, cell);
			cell = buffer_slice(&scratch);
		} else if (c->kind == CELL_LIST && cell.len) {
			destination_put_json_list(&scratch, cell);
			cell = buffer_slice(&scratch);
		}
		destination_put_cell(out, &at_start, destination_text(c, cell, row->counts));
	}
	if (row->state != STATE_NONE) {
		buffer_clear(&scratch);
		put_consent(row->permission, &scratch);
		destination_put_cell(out, &at_start, buffer_slice(&scratch));
	}
	destination_end_row(out);
	buffer_free(&scratch);
}

const struct destination destination_klaviyo = {
	.name = "klaviyo",
	.file = "klaviyo.csv",
	.is_by_address = true,
	.channels = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS),
	.implied = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS),
	.needs = {T_EMAIL, T_PHONE, TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = columns,
	.audience = columns,
	.max_bytes = 50000000, /* "50 MB": the smaller reading of it */
	.states = states,
	.state = state_of,
	.put_header = put_header,
	.put_row = put_row,
};
