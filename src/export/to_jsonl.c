/* --for jsonl: a JSON object a line (RFC 8259), for programs: booleans, numbers, lists and
 * maps are JSON's own, what is unknown is null. */
#include "base/number.h"
#include "export/destination.h"
#include "stream/cells.h"

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

static bool is_digit(struct slice s, size_t i)
{
	return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9';
}

/* JSON's grammar is narrower than ours: 007 and .5 are no numbers there. */
static bool is_json_number(struct slice s)
{
	size_t i = s.len && s.ptr[0] == '-';
	double x;

	if (!is_digit(s, i) || (s.ptr[i] == '0' && is_digit(s, i + 1)))
		return false;
	while (is_digit(s, i))
		i++;
	if (i < s.len && s.ptr[i] == '.' && !is_digit(s, i + 1))
		return false;
	return number_parse_double(s, &x);
}

static void put_map(struct buffer *out, struct slice cell)
{
	struct arena arena = {0};
	struct slice rest = cell, key, value;
	bool more = false;

	buffer_put_byte(out, '{');
	while (cell_next(&rest, &key, &value, &arena)) {
		if (more)
			buffer_put_byte(out, ',');
		more = true;
		destination_put_json(out, key);
		buffer_put_byte(out, ':');
		if (is_json_number(value))
			buffer_put_slice(out, value);
		else
			destination_put_json(out, value);
	}
	buffer_put_byte(out, '}');
	arena_free(&arena);
}

static void put_value(struct buffer *out, enum cell_kind kind, struct slice cell)
{
	if (kind == CELL_LIST)
		destination_put_json_list(out, cell);
	else if (kind == CELL_MAP)
		put_map(out, cell);
	else if (cell.len == 0)
		buffer_put_text(out, "null");
	else if (kind == CELL_BOOL)
		buffer_put_text(out, slice_is(cell, "1") ? "true" : "false");
	else if (kind == CELL_NUMBER && is_json_number(cell))
		buffer_put_slice(out, cell);
	else
		destination_put_json(out, cell);
}

static void put_header(const struct layout *l, size_t state, char delimiter, struct buffer *out)
{
	(void)l, (void)state, (void)delimiter, (void)out;
}

static void put_row(const struct destination_row *row, struct buffer *out)
{
	for (size_t i = 0; i < row->layout->count; i++) {
		const struct layout_column *c = &row->layout->columns[i];
		destination_check_text(c, row->cells[i], row->counts);
		buffer_put_byte(out, i ? ',' : '{');
		destination_put_json(out, slice_of(c->name));
		buffer_put_byte(out, ':');
		put_value(out, c->kind, row->cells[i]);
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
