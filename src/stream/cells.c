#include "stream/cells.h"

#include <stdlib.h>

static bool must_escape(char c)
{
	return c == '%' || c == ';' || c == '=';
}

void cell_put_escaped(struct buffer *b, struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (must_escape(s.ptr[i]))
			buffer_printf(b, "%%%02X", (unsigned char)s.ptr[i]);
		else
			buffer_put_byte(b, s.ptr[i]);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The byte written %XX at s[i], or -1 where s[i] is just itself: hand-made cells with
 * a lone % ("10%") mean that. */
static int escaped_byte(struct slice s, size_t i)
{
	if (s.ptr[i] != '%' || s.len - i < 3)
		return -1;
	int high = hex_digit(s.ptr[i + 1]), low = hex_digit(s.ptr[i + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static struct slice unescape(struct slice s, struct arena *a)
{
	if (slice_find_byte(s, '%') == s.len)
		return s;
	char *to = arena_bytes(a, s.len);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		int c = escaped_byte(s, i);
		to[n++] = (char)(c < 0 ? s.ptr[i] : c);
		if (c >= 0)
			i += 2;
	}
	return slice_make(to, n);
}

/* The item's two sides as they stand in the cell. */
static bool next_raw(struct slice *rest, struct slice *key, struct slice *value)
{
	struct slice item;

	if (rest->len == 0 && rest->ptr != NULL)
		rest->ptr = NULL;
	/* "a;" has one item: a trailing separator is no empty item. */
	if (rest->ptr == NULL || !slice_split(rest, ';', &item))
		return false;
	size_t equals = slice_find_byte(item, '=');
	*key = slice_make(item.ptr, equals);
	*value = equals < item.len ? slice_make(item.ptr + equals + 1, item.len - equals - 1)
				   : slice_make(item.ptr + item.len, 0);
	return true;
}

bool cell_next(struct slice *rest, struct slice *key, struct slice *value, struct arena *a)
{
	struct slice raw_key, raw_value;

	if (!next_raw(rest, &raw_key, &raw_value))
		return false;
	*key = unescape(raw_key, a);
	*value = unescape(raw_value, a);
	return true;
}

/* Whether s, decoded, is `plain`; without memory, for the lookups. */
static bool decodes_to(struct slice s, struct slice plain)
{
	size_t n = 0;

	if (s.len == plain.len && slice_find_byte(s, '%') == s.len)
		return slice_equal(s, plain);
	if (s.len < plain.len)
		return false;
	for (size_t i = 0; i < s.len; i++, n++) {
		int c = escaped_byte(s, i);
		if (n == plain.len || plain.ptr[n] != (char)(c < 0 ? s.ptr[i] : c))
			return false;
		if (c >= 0)
			i += 2;
	}
	return n == plain.len;
}

bool map_get(struct slice cell, struct slice key, struct slice *value, struct arena *a)
{
	struct slice k, v;

	while (next_raw(&cell, &k, &v))
		if (decodes_to(k, key)) {
			*value = unescape(v, a);
			return true;
		}
	return false;
}

bool list_has(struct slice cell, struct slice item)
{
	struct slice k, v;

	while (next_raw(&cell, &k, &v))
		if (decodes_to(k, item))
			return true;
	return false;
}

/* Escapes are those three and no others, in capitals; nothing bare is left. */
static bool is_well_escaped(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == ';' || s.ptr[i] == '=')
			return false;
		if (s.ptr[i] != '%')
			continue;
		int c = escaped_byte(s, i);
		if (c < 0 || !must_escape((char)c) || s.ptr[i + 2] == 'b' || s.ptr[i + 2] == 'd')
			return false;
	}
	return true;
}

bool cell_is_sorted(struct slice cell)
{
	struct arena a = {0};
	struct slice k, v, last = {0};
	bool good = cell.len == 0 || cell.ptr[cell.len - 1] != ';';

	while (good && next_raw(&cell, &k, &v)) {
		good = k.len > 0 && is_well_escaped(k) && is_well_escaped(v);
		struct slice key = unescape(k, &a);
		if (good && last.ptr != NULL)
			good = slice_compare(last, key) < 0;
		last = key;
	}
	arena_free(&a);
	return good;
}

void cell_add(struct cell_builder *c, struct slice key, struct slice value)
{
	GROW(c->items, c->cap, c->count + 1);
	c->items[c->count++] = (struct cell_item){
		.key = arena_copy(&c->text, key),
		.value = arena_copy(&c->text, value),
	};
}

/* Merge sort by key, stable, so that the last of equal keys is the last added. */
static void sort_items(struct cell_item *items, struct cell_item *spare, size_t n)
{
	if (n < 2)
		return;
	size_t half = n / 2, i = 0, j = half, k = 0;
	sort_items(items, spare, half);
	sort_items(items + half, spare, n - half);
	if (slice_compare(items[half - 1].key, items[half].key) <= 0)
		return;
	memcpy(spare, items, half * sizeof *items);
	while (i < half && j < n)
		items[k++] = slice_compare(spare[i].key, items[j].key) <= 0 ? spare[i++] : items[j++];
	while (i < half)
		items[k++] = spare[i++];
}

static void put_cell(struct cell_builder *c, struct buffer *b, bool map)
{
	struct cell_item *spare = xmalloc((c->count / 2 + 1) * sizeof *spare);
	bool first = true;

	sort_items(c->items, spare, c->count);
	free(spare);
	for (size_t i = 0; i < c->count; i++) {
		if (i + 1 < c->count && slice_equal(c->items[i].key, c->items[i + 1].key))
			continue;
		/* An empty item cannot be told from none. */
		if (c->items[i].key.len == 0)
			continue;
		if (!first)
			buffer_put_byte(b, ';');
		first = false;
		cell_put_escaped(b, c->items[i].key);
		if (map) {
			buffer_put_byte(b, '=');
			cell_put_escaped(b, c->items[i].value);
		}
	}
}

void cell_put_map(struct cell_builder *c, struct buffer *b)
{
	put_cell(c, b, true);
}

void cell_put_list(struct cell_builder *c, struct buffer *b)
{
	put_cell(c, b, false);
}

void cell_clear(struct cell_builder *c)
{
	c->count = 0;
	arena_reset(&c->text);
}

void cell_free(struct cell_builder *c)
{
	free(c->items);
	arena_free(&c->text);
	*c = (struct cell_builder){0};
}
