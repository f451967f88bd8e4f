/* --for jsonl: a JSON object a line (RFC 8259), for programs: booleans, numbers, lists and
 * maps are JSON's own, what is unknown is null. */
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
	(void)l, (void)state, (void)delimiter, (void)out;
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	for (size_t i = 0; i < row->layout->count; i++) {
		const struct layout_column *c = &row->layout->columns[i];
		buffer_put_byte(out, i ? ',' : '{');
		destination_put_json(out, slice_of(c->name));
		buffer_put_byte(out, ':');
		destination_put_json_cell(out, c->kind, row->cells[i]);
	}
	buffer_put_text(out, "}\n");
}

const struct destination destination_jsonl = {
	.name = "jsonl",
	.file = "list.jsonl",
	.has_send_times = true,
	.channels = CHANNELS_ALL,
	.needs = {TOUCHPOINT_COLUMNS},
	.first = first,
	.offers = with_offers,
	.audience = audience,
	.put_header = put_header,
	.put_row = put_row,
};
