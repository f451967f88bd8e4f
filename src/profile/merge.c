#include "profile/merge.h"

#include <stdlib.h>

/* Encoded rows that wait for the writer. */
enum { OUT_LIMIT = 256 << 10 };

/* One stream and the record it has come to. */
struct lane {
	struct reader *reader;
	struct state_columns at;
	size_t *golden; /* what at.history.golden points to */
	struct order order;
	struct record rec;
	struct slice id;
	bool more;
};

struct merge {
	struct lane *lanes;
	size_t count;
	const struct header *header; /* borrowed */
};

static bool is_state_column(struct slice name)
{
	for (int c = 0; c < STATE_COLUMNS; c++)
		if (slice_is(name, state_columns[c]))
			return true;
	return false;
}

static enum so1_status find_columns(struct lane *lane, struct header *all, struct so1_error *e)
{
	const struct header *own = reader_header(lane->reader);

	if (reader_need(lane->reader, "customer_id", &lane->at.history.customer_id, e) != SO1_OK)
		return e->status;
	for (int c = 0; c < STATE_COLUMNS; c++)
		if (reader_need(lane->reader, state_columns[c], &lane->at.state[c], e) != SO1_OK)
			return e->status;
	for (size_t i = 0; i < own->count; i++)
		if (!is_state_column(own->names[i]) &&
		    header_find(all, own->names[i]) == COLUMN_NONE)
			header_add(all, own->names[i]);
	return SO1_OK;
}

enum so1_status merge_open(struct merge **out, struct reader *const *readers, size_t count,
			   struct header *header, struct so1_error *e)
{
	struct merge *g = xcalloc(1, sizeof *g);

	*out = g;
	g->lanes = xcalloc(count, sizeof *g->lanes);
	g->count = count;
	g->header = header;
	for (size_t i = 0; i < count; i++) {
		g->lanes[i].reader = readers[i];
		if (find_columns(&g->lanes[i], header, e) != SO1_OK)
			return e->status;
	}
	return SO1_OK;
}

/* Where the stream has the layout's golden columns. */
static void map_golden(struct merge *g, struct lane *lane, const struct row_layout *layout)
{
	const struct header *own = reader_header(lane->reader);
	size_t n = layout->at.golden_count;

	lane->golden = xcalloc(n, sizeof *lane->golden);
	for (size_t i = 0; i < n; i++) {
		size_t c = layout->at.golden[i];
		lane->golden[i] = c == COLUMN_NONE ? COLUMN_NONE
						   : header_find(own, g->header->names[c]);
	}
	lane->at.history.golden = lane->golden;
	lane->at.history.golden_count = n;
}

static enum so1_status advance(struct lane *lane, struct so1_error *e)
{
	struct slice none = slice_of(NULL);

	if (reader_next(lane->reader, &lane->rec, &lane->more, e) != SO1_OK)
		return e->status;
	if (!lane->more)
		return SO1_OK;
	lane->id = lane->rec.fields[lane->at.history.customer_id];
	return order_check(&lane->order, &lane->rec, lane->id, none, none, false, NULL, e);
}

static const struct lane *first_lane(const struct merge *g)
{
	const struct lane *first = NULL;

	for (size_t i = 0; i < g->count; i++)
		if (g->lanes[i].more &&
		    (first == NULL || slice_compare(g->lanes[i].id, first->id) < 0))
			first = &g->lanes[i];
	return first;
}

/* All rows of this customer in one stream. */
static enum so1_status add_rows(struct lane *lane, struct history *h, struct so1_error *e)
{
	struct so1_error why = {0};
	enum so1_status status = SO1_OK;

	while (status == SO1_OK && lane->more &&
	       slice_equal(lane->id, buffer_slice(&h->customer_id))) {
		if (state_add(h, &lane->at, lane->rec.fields, &why) != SO1_OK)
			status = reader_reject(lane->reader, &lane->rec, why.column, why.reason,
					       slice_of(why.value), e);
		if (status == SO1_OK)
			status = advance(lane, e);
	}
	return status;
}

static void take_census(struct maker *m)
{
	const struct history *h = &m->history;

	for (size_t i = 0; i < h->count; i++) {
		const struct happening *ev = &h->events[i];
		if (ev->ts > m->census.last_ts)
			m->census.last_ts = ev->ts;
		if ((ev->kind == EVENT_PURCHASE || ev->kind == EVENT_RETURN) &&
		    ev->amount == AMOUNT_UNKNOWN)
			m->census.without_amount++;
	}
}

static enum so1_status write_out(struct product *p, struct writer *w,
				 struct profile_counts *counts, struct so1_error *e)
{
	if (p->rows && writer_put_bytes(w, buffer_slice(&p->out), p->rows, e) != SO1_OK)
		return e->status;
	counts->rows += p->rows;
	counts->customers += p->customers;
	counts->folded += p->folded;
	counts->future += p->future;
	p->rows = p->customers = p->folded = p->future = 0;
	buffer_clear(&p->out);
	return SO1_OK;
}

static enum so1_status merge_all(struct merge *g, struct maker *m, struct product *p,
				 struct writer *w, struct profile_counts *counts,
				 struct so1_error *e)
{
	const struct lane *first;
	enum so1_status status = SO1_OK;

	for (size_t i = 0; i < g->count && status == SO1_OK; i++)
		status = advance(&g->lanes[i], e);
	while (status == SO1_OK && (first = first_lane(g)) != NULL) {
		history_begin(&m->history, first->id, m->layout->at.golden_count);
		m->open = true;
		for (size_t i = 0; i < g->count && status == SO1_OK; i++)
			status = add_rows(&g->lanes[i], &m->history, e);
		if (status != SO1_OK)
			break;
		take_census(m);
		maker_end(m, p);
		if (p->out.len > OUT_LIMIT)
			status = write_out(p, w, counts, e);
	}
	return status == SO1_OK ? write_out(p, w, counts, e) : status;
}

enum so1_status merge_run(struct merge *g, const struct profile_run *run, struct writer *w,
			  struct profile_counts *counts, struct so1_error *e)
{
	struct product product = {0};
	struct maker maker;

	*counts = (struct profile_counts){.census.last_ts = TIME_NONE};
	for (size_t i = 0; i < g->count; i++)
		map_golden(g, &g->lanes[i], run->layout);
	maker_init(&maker, run->layout, g->header->count, run->emit, run->emit_context);
	enum so1_status status = merge_all(g, &maker, &product, w, counts, e);
	census_join(&counts->census, &maker.census);
	maker_free(&maker);
	product_free(&product);
	return status;
}

void merge_free(struct merge *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->count; i++) {
		free(g->lanes[i].golden);
		order_free(&g->lanes[i].order);
	}
	free(g->lanes);
	free(g);
}
