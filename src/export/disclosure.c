#include "export/disclosure.h"

#include "stream/cells.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const quasi_names[QUASI_IDENTIFIERS] = {
	"gender", "birth_date", "age", "postcode", "city", "country", "language",
};

static bool names_a_person(const struct layout_column *c)
{
	static const char *const names[] = {
		"email", "phone", "social", "loyalty_id", "device_id", "source_id", "order_id",
		"first_name", "last_name", "street", "attrs",
	};

	if (c->attribute && touchpoint_other_of(slice_of(c->attribute)) != TOUCHPOINT_COLUMNS)
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(c->name, names[i]) == 0)
			return true;
	return false;
}

void disclosure_begin(struct disclosure *d, const struct layout *l, uint64_t least)
{
	d->layout = l;
	d->least = least;
	d->segments = layout_find(l, "segments");
	for (size_t i = 0; i < l->person_count; i++)
		if (names_a_person(&l->columns[i]))
			return;
	for (int i = 0; i < QUASI_IDENTIFIERS; i++) {
		size_t column = layout_find(l, quasi_names[i]);
		if (column != COLUMN_NONE)
			d->quasi[d->quasi_count++] = column;
	}
}

static void count_one(struct disclosure_groups *g, struct slice name)
{
	bool added;
	uint32_t id = dictionary_add(&g->names, name, &added);

	GROW(g->counts, g->cap, (size_t)id + 1);
	g->counts[id] = added ? 1 : g->counts[id] + 1;
}

void disclosure_add(struct disclosure *d, const struct parcel *p)
{
	struct slice name, value;

	if (d->least == 0)
		return;
	d->customers++;
	if (d->segments != COLUMN_NONE) {
		struct slice rest = p->fields[d->segments + 1];
		arena_reset(&d->text);
		while (cell_next(&rest, &name, &value, &d->text))
			count_one(&d->by_segment, name);
	}
	if (d->quasi_count == 0)
		return;
	buffer_clear(&d->key);
	for (size_t i = 0; i < d->quasi_count; i++) {
		buffer_put_slice(&d->key, p->fields[d->quasi[i] + 1]);
		buffer_put_byte(&d->key, '\0');
	}
	count_one(&d->by_cell, buffer_slice(&d->key));
}

/* How many groups are too small, and the first of them. */
struct findings {
	uint64_t groups;
	uint64_t size;
	struct slice name;
	const char *what;
};

static void find(struct findings *f, uint64_t size, uint64_t least, struct slice name,
		 const char *what)
{
	if (size == 0 || size >= least)
		return;
	if (f->groups++ == 0)
		*f = (struct findings){1, size, name, what};
}

static void find_groups(struct findings *f, const struct disclosure_groups *g, uint64_t least,
			const char *what)
{
	for (uint32_t i = 0; i < g->names.count; i++)
		find(f, g->counts[i], least, dictionary_item(&g->names, i), what);
}

/* The columns of a cell rather than its values: the message may end up in a log. */
static void put_quasi(const struct disclosure *d, struct buffer *b)
{
	for (size_t i = 0; i < d->quasi_count; i++)
		buffer_printf(b, "%s%s", i ? "," : "", d->layout->columns[d->quasi[i]].name);
}

enum so1_status disclosure_check(const struct disclosure *d, const uint64_t *given,
				 struct so1_error *e)
{
	const struct catalogue *offers = d->layout ? d->layout->offers : NULL;
	struct buffer columns = {0};
	struct findings f = {0};

	find(&f, d->customers, d->least, SLICE("list"), "in the list");
	for (size_t i = 0; offers && given && i < offers->count; i++)
		find(&f, given[i], d->least, offers->items[i].offer_id,
		     "get the offer");
	find_groups(&f, &d->by_segment, d->least, "in the segment");
	uint64_t before = f.groups;
	find_groups(&f, &d->by_cell, d->least, "share the values of the columns");
	if (f.groups == 0)
		return SO1_OK;
	if (before == 0) {
		put_quasi(d, &columns);
		f.name = buffer_slice(&columns);
	}
	char more[48] = "";
	if (f.groups > 1)
		snprintf(more, sizeof more, ", and %llu more groups",
			 (unsigned long long)f.groups - 1);
	error_set(e, SO1_FAILED, "fewer than %llu customers %s: %llu%s",
		  (unsigned long long)d->least, f.what, (unsigned long long)f.size, more);
	error_value(e, f.name);
	buffer_free(&columns);
	return error_at(e, NULL, 0, "--min-cell");
}

static void free_groups(struct disclosure_groups *g)
{
	dictionary_free(&g->names);
	free(g->counts);
}

void disclosure_free(struct disclosure *d)
{
	free_groups(&d->by_segment);
	free_groups(&d->by_cell);
	buffer_free(&d->key);
	arena_free(&d->text);
}
