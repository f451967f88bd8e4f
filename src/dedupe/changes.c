#include "dedupe/changes.h"

#include "base/memory.h"

#include <stdlib.h>

struct change_line {
	enum change event;
	bool has_previous;
	struct customer_id id, previous;
	struct slice identifier;
};

struct changes {
	struct change_line *lines;
	size_t count, cap;
	struct arena text;
};

struct changes *changes_new(void)
{
	return xcalloc(1, sizeof(struct changes));
}

void changes_add(struct changes *c, enum change event, struct customer_id id,
		 const struct customer_id *previous, struct slice identifier)
{
	struct change_line line = {.event = event, .id = id, .has_previous = previous != NULL};

	if (previous)
		line.previous = *previous;
	line.identifier = identifier.len ? arena_copy(&c->text, identifier) : SLICE("");
	GROW(c->lines, c->cap, c->count + 1);
	c->lines[c->count++] = line;
}

static int compare_lines(const void *x, const void *y)
{
	const struct change_line *a = x, *b = y;
	int c;

	if (a->event != b->event)
		return a->event < b->event ? -1 : 1;
	if ((c = customer_id_compare(a->id, b->id)) != 0 ||
	    (c = customer_id_compare(a->previous, b->previous)) != 0)
		return c;
	return slice_compare(a->identifier, b->identifier);
}

static enum so1_status put_line(struct writer *w, const struct change_line *line,
				struct so1_error *e)
{
	static const char *const names[] = {"new", "merged", "split", "moved", "erased"};
	char id[CUSTOMER_ID_LENGTH], previous[CUSTOMER_ID_LENGTH];

	customer_id_put(line->id, id);
	customer_id_put(line->previous, previous);
	writer_put_field(w, slice_of(names[line->event]));
	writer_put_field(w, slice_make(id, sizeof id));
	writer_put_field(w, slice_make(previous, line->has_previous ? sizeof previous : 0));
	writer_put_field(w, line->identifier);
	return writer_end_record(w, e);
}

enum so1_status changes_write(struct changes *c, struct writer *w, struct so1_error *e)
{
	static const char *const names[] = {"event", "customer_id", "previous_id", "identifier"};
	struct header h = {0};

	if (c->count)
		qsort(c->lines, c->count, sizeof *c->lines, compare_lines);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		header_add(&h, slice_of(names[i]));
	enum so1_status status = writer_put_header(w, &h, e);
	for (size_t i = 0; i < c->count && status == SO1_OK; i++)
		status = put_line(w, &c->lines[i], e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	header_free(&h);
	return status;
}

void changes_free(struct changes *c)
{
	if (c == NULL)
		return;
	free(c->lines);
	arena_free(&c->text);
	free(c);
}
