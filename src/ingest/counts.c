#include "ingest/counts.h"

#include <inttypes.h>
#include <stdlib.h>

static void add_event(struct counts *c, struct slice name, uint64_t rows)
{
	bool added;
	uint32_t id = dictionary_add(&c->events, name, &added);

	GROW(c->event_rows, c->event_cap, (size_t)id + 1);
	if (added)
		c->event_rows[id] = 0;
	c->event_rows[id] += rows;
}

void counts_event(struct counts *c, struct slice name)
{
	add_event(c, name, 1);
}

void counts_add(struct counts *to, const struct counts *from)
{
	for (size_t i = 0; i < TOUCHPOINT_COLUMNS; i++)
		for (size_t v = 0; v < VERDICT_COUNT; v++)
			to->verdicts[i][v] += from->verdicts[i][v];
	for (uint32_t id = 0; id < from->events.count; id++)
		add_event(to, dictionary_item(&from->events, id), from->event_rows[id]);
	to->unknown_skus += from->unknown_skus;
}

struct named_count {
	struct slice name;
	uint64_t rows;
};

static int compare_names(const void *a, const void *b)
{
	return slice_compare(((const struct named_count *)a)->name,
			     ((const struct named_count *)b)->name);
}

/* A note a name, the most frequent ones of very many. */
static void note_events(const struct counts *c, struct summary *s)
{
	enum { NAMES_MOST = 20 };
	size_t n = c->events.count;
	struct named_count *list = xcalloc(n, sizeof *list);

	for (uint32_t id = 0; id < n; id++)
		list[id] = (struct named_count){dictionary_item(&c->events, id), c->event_rows[id]};
	if (n > 1)
		qsort(list, n, sizeof *list, compare_names);
	for (size_t i = 0; i < n && i < NAMES_MOST; i++)
		summary_note(s, "event '%.*s' is not a standard one: %" PRIu64,
			     SLICE_ARGS(list[i].name), list[i].rows);
	if (n > NAMES_MOST)
		summary_note(s, "and %zu more events that are not standard ones", n - NAMES_MOST);
	free(list);
}

void counts_note(const struct counts *c, struct summary *s)
{
	for (size_t i = 0; i < TOUCHPOINT_COLUMNS; i++) {
		for (size_t v = VERDICT_OK + 1; v < VERDICT_NOT_DATE; v++) {
			if (c->verdicts[i][v] == 0)
				continue;
			if (v == VERDICT_AMBIGUOUS)
				summary_note(s, "%s: %" PRIu64 " like 1,234 read as thousands "
					     "(the map's decimal setting decides)",
					     touchpoint_table[i].name, c->verdicts[i][v]);
			else if (v == VERDICT_BEFORE_1900)
				summary_note(s, "%s: %" PRIu64 " before 1900, kept as they are",
					     touchpoint_table[i].name, c->verdicts[i][v]);
			else
				summary_note(s, "unknown %" PRIu64 ": %s: %s", c->verdicts[i][v],
					     touchpoint_table[i].name, verdict_text(v));
		}
	}
	note_events(c, s);
	if (c->unknown_skus > 0)
		summary_note(s, "sku not in the product list: %" PRIu64,
			     c->unknown_skus);
}

void counts_free(struct counts *c)
{
	dictionary_free(&c->events);
	free(c->event_rows);
	*c = (struct counts){0};
}
