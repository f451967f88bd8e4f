/* --for google-customer-match: a customer list. From the vendor's help pages and reference
 * code: headers Email, Phone, First Name, Last Name, Country, Zip in English, of which Email,
 * Phone and Zip may repeat; SHA-256 in lower-case hex of all but Country and Zip; normal
 * forms in matchkey.h; Country and Zip count with both names only; consent of EU users is
 * stated for the whole upload. From memory: lists under 100 people are not served. */
#include "export/adlist.h"

static const char *const first[] = {
	"email", "phone", "first_name", "last_name", "country", "postcode", NULL,
};
static const char *const more[] = {NULL};

enum part { AD_EMAIL, AD_PHONE, AD_FIRST, AD_LAST, AD_COUNTRY, AD_ZIP, AD_OTHER };

static const struct {
	const char *header;
	const char *column;
} parts[] = {
	[AD_EMAIL] = {"Email", "email"}, [AD_PHONE] = {"Phone", "phone"},
	[AD_FIRST] = {"First Name", "first_name"}, [AD_LAST] = {"Last Name", "last_name"},
	[AD_COUNTRY] = {"Country", "country"}, [AD_ZIP] = {"Zip", "postcode"},
};

/* attrs.other_email_2 is one more Email. */
static enum part part_of(const struct layout_column *c)
{
	if (c->attribute) {
		enum touchpoint_column other = touchpoint_other_of(slice_of(c->attribute));
		return other == T_EMAIL ? AD_EMAIL : other == T_PHONE ? AD_PHONE : AD_OTHER;
	}
	for (int p = 0; p < AD_OTHER; p++)
		if (strcmp(c->name, parts[p].column) == 0)
			return (enum part)p;
	return AD_OTHER;
}

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	bool first_cell = true;

	(void)state, (void)delimiter;
	/* All six, also what the stream lacks: the upload is mapped once. */
	for (int p = 0; p < AD_OTHER; p++)
		destination_put_cell(out, &first_cell, slice_of(parts[p].header));
	for (size_t i = 0; i < l->person_count; i++)
		if (l->columns[i].attribute)
			destination_put_cell(out, &first_cell,
					     slice_of(parts[part_of(&l->columns[i])].header));
	destination_end_row(out);
}

static bool put_key(enum part part, struct slice cell, struct buffer *key)
{
	if (part == AD_EMAIL)
		return match_put_email(MATCH_GOOGLE, cell, key);
	if (part == AD_PHONE)
		return match_put_phone(MATCH_GOOGLE, cell, key);
	return match_put_name(MATCH_GOOGLE, cell, key);
}

/* Never hashed: the two letters in capitals, the postcode as it is written. */
static void put_place(enum part part, struct slice cell, struct buffer *key)
{
	if (part == AD_ZIP) {
		buffer_put_slice(key, slice_trim(cell));
		return;
	}
	if (match_put_country(cell, key))
		for (size_t i = 0; i < key->len; i++)
			key->ptr[i] = (char)(key->ptr[i] - 32);
}

static void put_part(const struct destination_row *row, enum part part, struct slice cell,
		     struct buffer *key)
{
	buffer_clear(key);
	if (part == AD_COUNTRY || part == AD_ZIP)
		put_place(part, cell, key);
	else
		adlist_hash(row, cell, put_key(part, cell, key), key);
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	struct buffer key = {0};
	bool first_cell = true;

	for (int p = 0; p < AD_OTHER; p++) {
		put_part(row, (enum part)p, destination_cell(row, parts[p].column), &key);
		destination_put_cell(out, &first_cell, buffer_slice(&key));
	}
	for (size_t i = 0; i < row->layout->person_count; i++) {
		const struct layout_column *c = &row->layout->columns[i];
		if (!c->attribute)
			continue;
		put_part(row, part_of(c), row->cells[i], &key);
		destination_put_cell(out, &first_cell, buffer_slice(&key));
	}
	destination_end_row(out);
	buffer_free(&key);
}

/* An address, a phone number, or names with country and postcode. */
static bool can_match(const struct slice *fields, const size_t index[TOUCHPOINT_COLUMNS])
{
	static const enum touchpoint_column place[] = {T_FIRST_NAME, T_LAST_NAME, T_COUNTRY,
						       T_POSTCODE};

	if (adlist_can_match(MATCH_GOOGLE, fields, index))
		return true;
	for (size_t i = 0; i < sizeof place / sizeof *place; i++)
		if (field_at(fields, index[place[i]]).len == 0)
			return false;
	return true;
}

static enum so1_status check(const struct layout *l, struct so1_error *e)
{
	for (size_t i = 0; i < l->person_count; i++) {
		if (part_of(&l->columns[i]) != AD_OTHER)
			continue;
		error_set(e, SO1_USAGE, "the destination has no place for it");
		error_value(e, slice_of(l->columns[i].name));
		return error_at(e, NULL, 0, "--columns");
	}
	return SO1_OK;
}

const struct destination destination_google = {
	.name = "google-customer-match",
	.file = "google-customer-match.csv",
	.channels = CHANNELS_ALL,
	.refused = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS) | CHANNEL_BIT(CHANNEL_PHONE),
	.needs = {T_EMAIL, T_PHONE, T_POSTCODE, TOUCHPOINT_COLUMNS},
	.can_match = can_match,
	.first = first,
	.offers = more,
	.audience = more,
	.drops_offers = true,
	.min_rows = 100,
	.check = check,
	.put_header = put_header,
	.put_row = put_row,
};
