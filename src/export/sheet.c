#include "export/sheet.h"

#include "base/datetime.h"
#include "base/number.h"
#include "base/table.h"
#include "stream/cells.h"

static const char *const tag_columns[] = {"tags", "segments", NULL};

/* The place of a column among those that become the one tag cell: 0 the first of those
 * there are, which stands for both; -1 none of them. */
static int tag_place(const struct sheet *s, const struct layout *l, const char *name)
{
	if (s->tags == NULL)
		return -1;
	if (strcmp(name, tag_columns[0]) == 0)
		return 0;
	if (strcmp(name, tag_columns[1]) == 0)
		return layout_find(l, tag_columns[0]) != COLUMN_NONE;
	return -1;
}

bool sheet_has_cell(const struct sheet *s, const struct layout *l, size_t column)
{
	return tag_place(s, l, l->columns[column].name) <= 0;
}

static char letter_of(enum sheet_letters letters, char c)
{
	bool small = c >= 'a' && c <= 'z', big = c >= 'A' && c <= 'Z';

	if (letters == SHEET_ANY || (c >= '0' && c <= '9') || c == '_')
		return c;
	if (!small && !big)
		return '_';
	if (letters == SHEET_LOWER && big)
		return (char)(c + 32);
	return letters == SHEET_UPPER && small ? (char)(c - 32) : c;
}

static void put_name(const struct sheet *s, const struct layout *l, const char *column,
		     struct buffer *out)
{
	if (tag_place(s, l, column) == 0) {
		buffer_put_text(out, s->tags);
		return;
	}
	for (const struct sheet_name *n = s->names; n->column; n++)
		if (strcmp(n->column, column) == 0) {
			buffer_put_text(out, n->name);
			return;
		}
	for (; *column; column++)
		buffer_put_byte(out, letter_of(s->letters, *column));
}

void sheet_put_names(const struct sheet *s, const struct layout *l, bool *first,
		     struct buffer *out)
{
	struct buffer name = {0};

	for (size_t i = 0; i < l->count; i++) {
		if (!sheet_has_cell(s, l, i))
			continue;
		buffer_clear(&name);
		put_name(s, l, l->columns[i].name, &name);
		destination_put_cell(out, first, buffer_slice(&name));
	}
	buffer_free(&name);
}

enum so1_status sheet_check(const struct sheet *s, const struct layout *l, const char *extra,
			    struct so1_error *e)
{
	struct dictionary seen = {0};
	struct buffer name = {0};
	enum so1_status status = SO1_OK;

	if (extra)
		dictionary_add(&seen, slice_of(extra), NULL);
	for (size_t i = 0; i < l->count && status == SO1_OK; i++) {
		bool added;
		if (!sheet_has_cell(s, l, i))
			continue;
		buffer_clear(&name);
		put_name(s, l, l->columns[i].name, &name);
		dictionary_add(&seen, buffer_slice(&name), &added);
		if (added)
			continue;
		error_set(e, SO1_USAGE, "two columns with the header '%s'", buffer_text(&name));
		error_value(e, slice_of(l->columns[i].name));
		status = error_at(e, NULL, 0, "--columns");
	}
	if (status == SO1_OK && s->columns_most && seen.count > s->columns_most) {
		status = error_set(e, SO1_USAGE, "%zu columns, and a file may have %zu", seen.count,
				   s->columns_most);
		error_at(e, NULL, 0, "--columns");
	}
	dictionary_free(&seen);
	buffer_free(&name);
	return status;
}

static bool is_tag(const struct sheet *s, struct slice tag)
{
	if (tag.len == 0 || (s->tag_no_minus && tag.ptr[0] == '-'))
		return false;
	for (const char *c = s->tag_refused; *c; c++)
		if (slice_find_byte(tag, *c) < tag.len)
			return false;
	return true;
}

/* tags, then those of segments that are no tag already. */
static void put_tags(const struct sheet *s, const struct destination_row *row,
		     struct buffer *scratch)
{
	struct arena arena = {0};

	for (const char *const *name = tag_columns; *name; name++) {
		struct slice rest = destination_cell(row, *name), tag, value;
		while (cell_next(&rest, &tag, &value, &arena)) {
			if (name != tag_columns && list_has(destination_cell(row, "tags"), tag))
				continue;
			if (!is_tag(s, tag)) {
				row->counts->left_out++;
				continue;
			}
			if (scratch->len)
				buffer_put_text(scratch, s->tag_separator);
			buffer_put_slice(scratch, tag);
		}
	}
	arena_free(&arena);
}

static void put_list(const struct sheet *s, struct slice cell, struct buffer *scratch)
{
	struct arena arena = {0};
	struct slice rest = cell, item, value;

	while (cell_next(&rest, &item, &value, &arena)) {
		if (scratch->len)
			buffer_put_text(scratch, s->separator);
		buffer_put_slice(scratch, item);
	}
	arena_free(&arena);
}

static void put_date(const struct sheet *s, struct slice cell, struct buffer *scratch)
{
	struct civil c;
	bool has_time;
	int64_t t;

	if (!datetime_parse_iso(cell, &t, &has_time, NULL)) {
		buffer_put_slice(scratch, cell);
		return;
	}
	civil_from_time(t, &c);
	if (s->dates == SHEET_UNIX)
		number_put_int(scratch, t);
	else if (s->dates == SHEET_DAY)
		buffer_printf(scratch, "%04d-%02d-%02d", c.year, c.month, c.day);
	else if (s->dates == SHEET_ISO || (has_time && s->dates != SHEET_US_TIME))
		buffer_put_slice(scratch, cell);
	else if (s->dates == SHEET_DAY_MONTH_YEAR)
		buffer_printf(scratch, "%02d-%02d-%04d", c.day, c.month, c.year);
	else
		buffer_printf(scratch, "%02d/%02d/%04d", c.month, c.day, c.year);
	if (has_time && s->dates == SHEET_US_TIME)
		buffer_printf(scratch, " %02d:%02d", c.hour, c.minute);
}

/* Whether a number field takes it: at most two decimals, not below 0. */
static bool is_plain_number(struct slice cell)
{
	size_t point = slice_find_byte(cell, '.');

	return cell.ptr[0] != '-' && slice_find_byte(cell, 'e') == cell.len &&
	       cell.len - point <= 3;
}

/* U+2600–27BF, everything from U+1F000 to U+1FAFF, and what joins or styles them. */
size_t emoji_length(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	if (s.len >= 4 && p[0] == 0xf0 && p[1] == 0x9f)
		return 4;
	if (s.len >= 3 && p[0] == 0xe2 && p[1] >= 0x98 && p[1] <= 0x9e)
		return 3;
	if (s.len >= 3 && ((p[0] == 0xef && p[1] == 0xb8 && p[2] == 0x8f) ||
			   (p[0] == 0xe2 && p[1] == 0x80 && p[2] == 0x8d)))
		return 3;
	return 0;
}

/* Appends the cell with blanks for line breaks and, for some, without emoji. */
static void put_plain(const struct sheet *s, struct slice cell,
		      struct destination_counts *counts, struct buffer *scratch)
{
	while (cell.len) {
		size_t n = s->no_emoji ? emoji_length(cell) : 0;
		if (n)
			counts->characters++;
		else
			buffer_put_byte(scratch, *cell.ptr == '\n' || *cell.ptr == '\r' ? ' '
										: *cell.ptr);
		n += n == 0;
		cell = slice_make(cell.ptr + n, cell.len - n);
	}
}

static bool needs_plain(struct slice cell)
{
	for (size_t i = 0; i < cell.len; i++)
		if ((unsigned char)cell.ptr[i] >= 0x80 || cell.ptr[i] == '\n' || cell.ptr[i] == '\r')
			return true;
	return false;
}

struct slice sheet_cell(const struct sheet *s, const struct destination_row *row, size_t column,
			struct buffer *scratch)
{
	const struct layout_column *c = &row->layout->columns[column];
	struct slice cell = row->cells[column];

	buffer_clear(scratch);
	if (tag_place(s, row->layout, c->name) == 0) {
		put_tags(s, row, scratch);
		cell = buffer_slice(scratch);
	} else if (cell.len == 0) {
		return cell;
	} else if (c->kind == CELL_BOOL) {
		cell = slice_of(slice_is(cell, "1") ? s->yes : s->no);
	} else if (c->kind == CELL_DATE) {
		put_date(s, cell, scratch);
		cell = buffer_slice(scratch);
	} else if (c->kind == CELL_LIST) {
		put_list(s, cell, scratch);
		cell = buffer_slice(scratch);
	} else if (c->kind == CELL_NUMBER && s->counts_numbers) {
		double x;
		row->counts->numbers += number_parse_double(cell, &x) && !is_plain_number(cell);
	}
	if (s->one_line && needs_plain(cell)) {
		/* What was made so far may lie in scratch. */
		size_t from = scratch->len;
		size_t at = from && cell.ptr >= scratch->ptr && cell.ptr <= scratch->ptr + from
				    ? (size_t)(cell.ptr - scratch->ptr) : SIZE_MAX;
		buffer_reserve(scratch, cell.len);
		if (at != SIZE_MAX)
			cell.ptr = scratch->ptr + at;
		put_plain(s, cell, row->counts, scratch);
		cell = slice_make(scratch->ptr + from, scratch->len - from);
	}
	/* Last: what is taken away in front may uncover a formula. */
	return destination_text(c, cell, row->counts);
}

static void put_quoted(struct buffer *out, bool *first, struct slice cell)
{
	if (!*first)
		buffer_put_byte(out, ',');
	*first = false;
	buffer_put_byte(out, '"');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.ptr[i] == '"')
			buffer_put_byte(out, '"');
		buffer_put_byte(out, cell.ptr[i]);
	}
	buffer_put_byte(out, '"');
}

static bool is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

void sheet_put_cells(const struct sheet *s, const struct destination_row *row, bool *first,
		     struct buffer *out)
{
	struct buffer scratch = {0};

	for (size_t i = 0; i < row->layout->count; i++) {
		if (!sheet_has_cell(s, row->layout, i))
			continue;
		struct slice cell = sheet_cell(s, row, i, &scratch);
		if (s->quote_accents && !is_ascii(cell))
			put_quoted(out, first, cell);
		else
			destination_put_cell(out, first, cell);
	}
	buffer_free(&scratch);
}
