#include "dedupe/nicknames.h"

#include "dedupe/fold.h"
#include "stream/reader.h"
#include "stream/touchpoint.h"

#include <stdlib.h>

struct loading {
	struct nicknames *names;
	size_t name, short_forms; /* columns */
	struct buffer folded;
};

static enum so1_status take_header(void *context, const struct header *h, struct so1_error *e)
{
	struct loading *l = context;

	l->name = header_find(h, SLICE("name"));
	l->short_forms = header_find(h, SLICE("short_forms"));
	if (l->name == COLUMN_NONE || l->short_forms == COLUMN_NONE)
		return error_set(e, SO1_FAILED, "a table of nicknames has the columns name and short_forms");
	return SO1_OK;
}

static void add_name(struct loading *l, struct slice name, bool heads)
{
	struct nicknames *n = l->names;

	buffer_clear(&l->folded);
	fold_names(name, &l->folded);
	if (l->folded.len == 0)
		return;
	GROW(n->entries, n->cap, n->count + 1);
	n->entries[n->count++] = (struct nickname_entry){
		strings_add(&n->names, buffer_slice(&l->folded)), n->lines, heads};
}

static void add_line(struct loading *l, struct slice name, struct slice short_forms)
{
	struct slice item;

	add_name(l, name, true);
	while (slice_split(&short_forms, ';', &item))
		add_name(l, item, false);
	l->names->lines++;
}

static enum so1_status take_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct loading *l = context;

	(void)e;
	add_line(l, rec->fields[l->name], rec->fields[l->short_forms]);
	return SO1_OK;
}

static void take_builtin(struct loading *l)
{
	for (size_t i = 0; nicknames_builtin[i]; i++) {
		struct slice line = slice_of(nicknames_builtin[i]);
		size_t comma = slice_find_byte(line, ',');
		add_line(l, slice_make(line.ptr, comma),
			 slice_make(line.ptr + comma + 1, line.len - comma - 1));
	}
}

static int compare_entries(const void *x, const void *y)
{
	const struct nickname_entry *a = x, *b = y;

	return a->name != b->name ? (a->name < b->name ? -1 : 1)
				  : (a->line > b->line) - (a->line < b->line);
}

enum so1_status nicknames_open(struct nicknames *n, const char *path, struct so1_error *e)
{
	struct loading l = {.names = n};

	*n = (struct nicknames){0};
	strings_init(&n->names);
	enum so1_status status = SO1_OK;
	if (path)
		status = csv_read_file(path, take_header, take_row, &l, e);
	else
		take_builtin(&l);
	if (status)
		error_at(e, e->file[0] ? NULL : path, 0, NULL);
	buffer_free(&l.folded);
	if (n->count)
		qsort(n->entries, n->count, sizeof *n->entries, compare_entries);
	return status;
}

static const struct nickname_entry *first_entry(const struct nicknames *n, uint32_t name)
{
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (n->entries[middle].name < name)
			low = middle + 1;
		else
			high = middle;
	}
	return n->entries + low;
}

bool nicknames_match(const struct nicknames *n, struct slice a, struct slice b)
{
	const struct nickname_entry *end = n->entries + n->count;

	if (n->count == 0)
		return false;
	uint32_t x = strings_find(&n->names, a), y = strings_find(&n->names, b);
	if (x == STRINGS_NONE || y == STRINGS_NONE || x == y)
		return false;
	const struct nickname_entry *p = first_entry(n, x), *q = first_entry(n, y);
	while (p < end && q < end && p->name == x && q->name == y) {
		if (p->line == q->line)
			return true;
		if (p->line < q->line)
			p++;
		else
			q++;
	}
	return false;
}

bool nicknames_has_name(const struct nicknames *n, struct slice name)
{
	uint32_t id = n->count ? strings_find(&n->names, name) : STRINGS_NONE;

	if (id == STRINGS_NONE)
		return false;
	for (const struct nickname_entry *p = first_entry(n, id);
	     p < n->entries + n->count && p->name == id; p++)
		if (p->heads)
			return true;
	return false;
}

uint64_t nicknames_digest(const struct nicknames *n)
{
	uint64_t digest = n->lines;

	for (size_t i = 0; i < n->count; i++) {
		const uint32_t where[] = {n->entries[i].line, n->entries[i].heads};
		digest = slice_hash(slice_make((const char *)where, sizeof where), digest);
		digest = slice_hash(strings_get(&n->names, n->entries[i].name), digest);
	}
	return digest;
}

void nicknames_free(struct nicknames *n)
{
	if (n->names.place)
		strings_free(&n->names);
	free(n->entries);
	*n = (struct nicknames){0};
}
