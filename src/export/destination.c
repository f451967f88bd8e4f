#include "export/destination.h"

#include "stream/cells.h"

#define DECLARE(id, text) extern const struct destination destination_##id;
DESTINATIONS(DECLARE, DECLARE)

#define ADDRESS(id, text) &destination_##id,
const struct destination *const destination_table[] = {DESTINATIONS(ADDRESS, ADDRESS)};
const size_t destination_count = sizeof destination_table / sizeof *destination_table;

void destination_check_text(const struct layout_column *c, struct slice cell,
			    struct destination_counts *counts)
{
	/* E.164 numbers and handles start so by nature: only what people typed is counted. */
	if (c->kind == CELL_FREE && cell.len && memchr("=+-@\t\r", cell.ptr[0], 6))
		counts->formulas++;
}

void destination_put_cell(struct buffer *out, bool *first, struct slice cell)
{
	if (!*first)
		buffer_put_byte(out, ',');
	*first = false;
	csv_put_field(out, cell, ',');
}

void destination_end_row(struct buffer *out)
{
	buffer_put_byte(out, '\n');
}

void destination_put_json(struct buffer *out, struct slice text)
{
	size_t done = 0;

	buffer_put_byte(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buffer_put(out, text.ptr + done, i - done);
		done = i + 1;
		if (c == '"' || c == '\\')
			buffer_printf(out, "\\%c", c);
		else
			buffer_printf(out, "\\u%04x", c);
	}
	buffer_put(out, text.ptr + done, text.len - done);
	buffer_put_byte(out, '"');
}

void destination_put_json_list(struct buffer *out, struct slice cell)
{
	struct arena arena = {0};
	struct slice rest = cell, item, value;
	bool first = true;

	buffer_put_byte(out, '[');
	while (cell_next(&rest, &item, &value, &arena)) {
		if (!first)
			buffer_put_byte(out, ',');
		first = false;
		destination_put_json(out, item);
	}
	buffer_put_byte(out, ']');
	arena_free(&arena);
}
