/* --for csv: so1's own stream, so1(7). */
#include "export/destination.h"

static const char *const first[] = {"customer_id", NULL};
static const char *const with_offers[] = {
	"email", "phone", "loyalty_id", "first_name", "last_name", "street", "city", "postcode",
	"country", "language", NULL,
};
static const char *const audience[] = {
	"email", "phone", "social", "loyalty_id", "first_name", "last_name", "birth_date", "gender",
	"street", "city", "postcode", "country", "language", "optin_email", "optin_sms",
	"optin_phone", "optin_post", "tags", "segments", NULL,
};

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	(void)state;
	for (size_t i = 0; i < l->count; i++) {
		if (i)
			buffer_put_byte(out, delimiter);
		csv_put_field(out, slice_of(l->columns[i].name), delimiter);
	}
	destination_end_row(out);
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	for (size_t i = 0; i < row->layout->count; i++) {
		if (i)
			buffer_put_byte(out, row->delimiter);
		csv_put_field(out, destination_text(&row->layout->columns[i], row->cells[i],
						    row->counts), row->delimiter);
	}
	destination_end_row(out);
}

const struct destination destination_csv = {
	.name = "csv",
	.file = "list.csv",
	.is_stream = true,
	.has_send_times = true,
	.channels = CHANNELS_ALL,
	.needs = {TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = with_offers,
	.audience = audience,
	.put_header = put_header,
	.put_row = put_row,
};
