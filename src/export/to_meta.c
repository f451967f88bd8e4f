/* --for meta-audience: a customer list. From the vendor's help pages: the template's header
 * with email and phone three times each, SHA-256 of everything but madid and value, normal
 * forms in matchkey.h, value a number not below 0 without currency, country in every row,
 * lists under 100 people advised against. */
#include "base/number.h"
#include "export/adlist.h"

/* What is in the stream of the template's columns. */
static const char *const first[] = {
	"email", "attrs.other_email", "attrs.other_email_2", "phone", "attrs.other_phone",
	"attrs.other_phone_2", "device_id", "first_name", "last_name", "postcode", "city",
	"country", "birth_date", "gender", "clv", NULL,
};
static const char *const none[] = {NULL};

enum part { EMAIL, PHONE, MADID, NAME, ZIP, CITY, COUNTRY, BIRTH_DATE, GENDER, VALUE, BLANK };

/* The template; so1 has no state, year of birth, age or app user id. */
static const struct {
	const char *header, *column;
	enum part part;
} parts[] = {
	{"email", "email", EMAIL}, {"email", "attrs.other_email", EMAIL},
	{"email", "attrs.other_email_2", EMAIL}, {"phone", "phone", PHONE},
	{"phone", "attrs.other_phone", PHONE}, {"phone", "attrs.other_phone_2", PHONE},
	{"madid", "device_id", MADID}, {"fn", "first_name", NAME}, {"ln", "last_name", NAME},
	{"zip", "postcode", ZIP}, {"ct", "city", CITY}, {"st", "", BLANK},
	{"country", "country", COUNTRY}, {"dob", "birth_date", BIRTH_DATE}, {"doby", "", BLANK},
	{"gen", "gender", GENDER}, {"age", "", BLANK}, {"uid", "", BLANK}, {"value", "clv", VALUE},
};

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	bool first_cell = true;

	(void)l, (void)state, (void)delimiter;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		destination_put_cell(out, &first_cell, slice_of(parts[i].header));
	destination_end_row(out);
}

/* 8-4-4-4-12 hex digits: a mobile advertising id. A cookie is none. */
static bool put_madid(struct slice cell, struct buffer *out)
{
	if (cell.len != 36)
		return false;
	for (size_t i = 0; i < cell.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? cell.ptr[i] != '-'
			 : !memchr("0123456789abcdefABCDEF", cell.ptr[i], 22))
			return false;
	}
	for (size_t i = 0; i < cell.len; i++)
		buffer_put_byte(out, cell.ptr[i] >= 'A' && cell.ptr[i] <= 'F'
					     ? (char)(cell.ptr[i] + 32) : cell.ptr[i]);
	return true;
}

static void put_value(struct slice cell, struct buffer *out)
{
	double x;

	if (number_parse_double(cell, &x) && x >= 0)
		number_put_rounded(out, x, 10);
}

static bool put_key(const struct destination_row *row, enum part part, struct slice cell,
		    struct buffer *key)
{
	switch (part) {
	case EMAIL: return match_put_email(MATCH_META, cell, key);
	case PHONE: return match_put_phone(MATCH_META, cell, key);
	case NAME: return match_put_name(MATCH_META, cell, key);
	case ZIP: return match_put_postcode(cell, destination_cell(row, "country"), key);
	case CITY: return match_put_city(cell, key);
	case COUNTRY: return match_put_country(cell, key);
	case BIRTH_DATE: return match_put_birth_date(cell, key);
	case GENDER: return match_put_gender(cell, key);
	case MADID: case VALUE: case BLANK: break;
	}
	return false;
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	struct buffer key = {0};
	bool first_cell = true;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct slice cell = destination_cell(row, parts[i].column);
		buffer_clear(&key);
		if (parts[i].part == MADID)
			put_madid(cell, &key);
		else if (parts[i].part == VALUE)
			put_value(cell, &key);
		else if (cell.len)
			adlist_hash(row, cell, put_key(row, parts[i].part, cell, &key), &key);
		destination_put_cell(out, &first_cell, buffer_slice(&key));
	}
	row->counts->no_country += destination_cell(row, "country").len == 0;
	destination_end_row(out);
	buffer_free(&key);
}

static bool can_match(const struct slice *fields, const size_t index[TOUCHPOINT_COLUMNS])
{
	return adlist_can_match(MATCH_META, fields, index);
}

static enum so1_status check(const struct layout *l, struct so1_error *e)
{
	return destination_check_columns(l, first, e);
}

const struct destination destination_meta = {
	.name = "meta-audience",
	.file = "meta-audience.csv",
	.channels = CHANNELS_ALL,
	.refused = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS) | CHANNEL_BIT(CHANNEL_PHONE),
	.needs = {T_EMAIL, T_PHONE, TOUCHPOINT_COLUMNS},
	.can_match = can_match,
	.first = first,
	.offers = none,
	.audience = none,
	.drops_offers = true,
	.min_rows = 100,
	.check = check,
	.put_header = put_header,
	.put_row = put_row,
};
