#include "dedupe/crosswalk.h"

#include "base/prefetch.h"
#include "base/threads.h"

#include <math.h>
#include <stdio.h>

/* The bits of the strongest probable link among the tuples. */
static double weight_of(const struct identity *id, const uint32_t *tuples, size_t n)
{
	double best = -INFINITY;

	for (size_t i = 0; i < n && id->weight; i++)
		if (id->clusters.layer[tuples[i]] == LAYER_MODEL && id->weight[tuples[i]] > best)
			best = id->weight[tuples[i]];
	return best;
}

/* Customers of a round, in pieces a thread takes at a time. */
enum { PIECE = 2048, PIECES = 32 };

struct crosswalk {
	const struct tuples *t;
	const struct identity *id;
	const struct customers *c;
	const struct members *m;
	char delimiter;
	uint32_t first;               /* rank the round begins at */
	struct buffer lines[PIECES];
	uint64_t rows[PIECES];
};

static void put_line(struct buffer *b, const struct crosswalk *x, const char *customer_id,
		     uint32_t tuple, int layer, double weight)
{
	char bits[32];
	/* What a clerk joined has no weight. */
	int n = layer == LAYER_MODEL && isfinite(weight) ? snprintf(bits, sizeof bits, "%.2f", weight) : 0;

	buffer_put(b, customer_id, CUSTOMER_ID_LENGTH);
	buffer_put_byte(b, x->delimiter);
	csv_put_field(b, tuple_text(x->t, tuple, T_SOURCE), x->delimiter);
	buffer_put_byte(b, x->delimiter);
	csv_put_field(b, tuple_text(x->t, tuple, T_SOURCE_ID), x->delimiter);
	buffer_put_byte(b, x->delimiter);
	buffer_put_text(b, layer_name((enum layer)layer));
	buffer_put_byte(b, x->delimiter);
	buffer_put(b, bits, (size_t)n);
	buffer_put_byte(b, '\n');
}

/* Asks, in steps, for what the lines of a tuple to come are made of. */
static void expect_tuple(const struct crosswalk *x, uint32_t i, uint32_t end)
{
	enum { FAR = 48, MIDDLE = 32, NEAR = 16 };
	const struct tuples *t = x->t;

	if (i + FAR < end) {
		uint32_t tuple = x->m->tuples[i + FAR];
		prefetch_read(t->items[tuple].field + T_SOURCE_ID);
		prefetch_read(&x->id->record[tuple]);
		prefetch_read(&x->id->clusters.layer[tuple]);
	}
	if (i + MIDDLE < end)
		strings_fetch(&t->text[T_SOURCE_ID],
			      t->items[x->m->tuples[i + MIDDLE]].field[T_SOURCE_ID], 0);
	if (i + NEAR < end)
		strings_fetch(&t->text[T_SOURCE_ID],
			      t->items[x->m->tuples[i + NEAR]].field[T_SOURCE_ID], 1);
}

/* The lines of one customer; returns how many. */
static uint64_t put_customer(struct buffer *b, const struct crosswalk *x, uint32_t rank)
{
	const struct members *m = x->m;
	const struct identity *id = x->id;
	char customer_id[CUSTOMER_ID_LENGTH];
	uint64_t lines = 0;

	customer_id_put(x->c->ids[rank], customer_id);
	for (uint32_t i = m->begin[rank], end; i < m->begin[rank + 1]; i = end, lines++) {
		/* The tuples of one record stand side by side. */
		uint32_t record = id->record[m->tuples[i]];
		int layer = id->clusters.layer[m->tuples[i]];
		expect_tuple(x, i, m->begin[x->c->count]);
		for (end = i + 1; end < m->begin[rank + 1] && record != 0 &&
		     id->record[m->tuples[end]] == record; end++)
			if (id->clusters.layer[m->tuples[end]] < layer)
				layer = id->clusters.layer[m->tuples[end]];
		if (layer == LAYER_SELF && end - i > 1)
			layer = LAYER_SOURCE_ID;
		put_line(b, x, customer_id, m->tuples[i], layer,
			 weight_of(id, m->tuples + i, end - i));
	}
	return lines;
}

static void put_pieces(void *context, size_t begin, size_t end, int thread)
{
	struct crosswalk *x = context;

	(void)thread;
	for (size_t piece = begin; piece < end; piece++) {
		uint32_t rank = x->first + (uint32_t)piece * PIECE;
		uint32_t last = x->c->count - rank < PIECE ? x->c->count : rank + PIECE;
		buffer_clear(&x->lines[piece]);
		x->rows[piece] = 0;
		for (; rank < last; rank++)
			x->rows[piece] += put_customer(&x->lines[piece], x, rank);
	}
}

static enum so1_status put_round(struct crosswalk *x, struct writer *w, int threads,
				 struct so1_error *e)
{
	size_t left = (x->c->count - x->first + PIECE - 1) / PIECE;
	size_t pieces = left < PIECES ? left : PIECES;

	threads_for(pieces, 1, threads, put_pieces, x);
	for (size_t i = 0; i < pieces; i++)
		if (writer_put_bytes(w, buffer_slice(&x->lines[i]), x->rows[i], e))
			return e->status;
	x->first = left > PIECES ? x->first + PIECES * PIECE : x->c->count;
	return SO1_OK;
}

enum so1_status crosswalk_write(struct writer *w, const struct tuples *t, const struct identity *id,
				const struct customers *c, const struct members *m, int threads,
				struct so1_error *e)
{
	static const char *const names[] = {"customer_id", "source", "source_id", "layer", "weight"};
	struct crosswalk x = {.t = t, .id = id, .c = c, .m = m, .delimiter = writer_delimiter(w)};
	struct header h = {0};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		header_add(&h, slice_of(names[i]));
	enum so1_status status = writer_put_header(w, &h, e);
	header_free(&h);
	while (status == SO1_OK && x.first < c->count)
		status = put_round(&x, w, threads, e);
	for (size_t i = 0; i < PIECES; i++)
		buffer_free(&x.lines[i]);
	return status;
}
