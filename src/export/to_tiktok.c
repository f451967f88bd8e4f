/* --for tiktok: a customer file. From the vendor's help pages: headers Email_SHA256 and
 * Phone_SHA256, normal forms in matchkey.h, files below 1 GB of at least 1,000 entries. */
#include "export/adlist.h"

static const char *const first[] = {"email", "phone", NULL};
static const char *const none[] = {NULL};

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	(void)l, (void)state, (void)delimiter;
	buffer_put_text(out, "Email_SHA256,Phone_SHA256\n");
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	struct slice email = destination_cell(row, "email"), phone = destination_cell(row, "phone");
	struct buffer key = {0};
	bool first_cell = true;

	adlist_hash(row, email, match_put_email(MATCH_TIKTOK, email, &key), &key);
	destination_put_cell(out, &first_cell, buffer_slice(&key));
	buffer_clear(&key);
	adlist_hash(row, phone, match_put_phone(MATCH_TIKTOK, phone, &key), &key);
	destination_put_cell(out, &first_cell, buffer_slice(&key));
	destination_end_row(out);
	buffer_free(&key);
}

static bool can_match(const struct slice *fields, const size_t index[TOUCHPOINT_COLUMNS])
{
	return adlist_can_match(MATCH_TIKTOK, fields, index);
}

static enum so1_status check(const struct layout *l, struct so1_error *e)
{
	return destination_check_columns(l, first, e);
}

const struct destination destination_tiktok = {
	.name = "tiktok",
	.file = "tiktok.csv",
	.channels = CHANNELS_ALL,
	.refused = CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_BIT(CHANNEL_SMS) | CHANNEL_BIT(CHANNEL_PHONE),
	.needs = {T_EMAIL, T_PHONE, TOUCHPOINT_COLUMNS},
	.can_match = can_match,
	.first = first,
	.offers = none,
	.audience = none,
	.drops_offers = true,
	.min_rows = 1000,
	.max_bytes = 999999999,
	.check = check,
	.put_header = put_header,
	.put_row = put_row,
};
