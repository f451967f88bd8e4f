/* Map cells `audio=1;tv=3` and list cells `boho;festival`: keys sorted bytewise,
 * unique; `%`, `;` and `=` inside a key or item are written %25 %3B %3D. */
#ifndef SO1_STREAM_CELLS_H
#define SO1_STREAM_CELLS_H

#include "base/buffer.h"
#include "base/memory.h"

/* Walks a cell: struct slice rest = cell; while (cell_next(&rest, &key, &value, a)) …
 * For a list value is empty. Escapes are decoded into the arena `a` (a key without one
 * is borrowed from the cell). An empty cell has no items. */
bool cell_next(struct slice *rest, struct slice *key, struct slice *value, struct arena *a);
/* The value of `key` in a map cell (values are never escaped: numbers and plain text
 * with the same three bytes escaped; decoded into a). False when it is not there. */
bool map_get(struct slice cell, struct slice key, struct slice *value, struct arena *a);
bool list_has(struct slice cell, struct slice item);
/* Whether a cell obeys the rules above. */
bool cell_is_sorted(struct slice cell);

/* Builds a cell in any order; put sorts. */
struct cell_item {
	struct slice key, value;
};
struct cell_builder {
	struct arena text;
	struct cell_item *items;
	size_t count, cap;
};
/* Copies key and value. For lists value is the empty slice. */
void cell_add(struct cell_builder *c, struct slice key, struct slice value);
/* Sorts, drops repeated keys (the last added wins), escapes, appends to b. */
void cell_put_map(struct cell_builder *c, struct buffer *b);
void cell_put_list(struct cell_builder *c, struct buffer *b);
void cell_clear(struct cell_builder *c);
void cell_free(struct cell_builder *c);
/* One key or value with its escapes. */
void cell_put_escaped(struct buffer *b, struct slice s);

#endif
