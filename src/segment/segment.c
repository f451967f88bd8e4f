#include "segment/segment.h"

#include "base/memory.h"
#include "stream/pipeline.h"

#include <stdlib.h>

#define SEGMENTS SLICE("segments")

static int compare_names(const void *a, const void *b, void *rules)
{
	return slice_compare(rules_name(rules, *(const size_t *)a),
			     rules_name(rules, *(const size_t *)b));
}

enum so1_status segmenter_init(struct segmenter *s, const struct rule_set *rules,
			       const struct header *in, const struct additions *additions,
			       bool replace, bool sums, struct so1_error *e)
{
	*s = (struct segmenter){.rules = rules, .count = rules_count(rules),
				.additions = additions};
	s->replaced = s->count > 0 ? header_find(in, SEGMENTS) : COLUMN_NONE;
	if (s->replaced != COLUMN_NONE && !replace)
		return error_set(e, SO1_USAGE, "the input has a column 'segments' already; "
				 "--replace writes it anew");
	if (sums && s->count > LEDGER_MOST_SEGMENTS)
		return error_set(e, SO1_USAGE, "--summary takes at most %d rules, not %zu",
				 LEDGER_MOST_SEGMENTS, s->count);
	header_copy(&s->header, in);
	if (s->count > 0 && s->replaced == COLUMN_NONE)
		header_add(&s->header, SEGMENTS);
	s->sorted = xmalloc(s->count * sizeof *s->sorted);
	for (size_t i = 0; i < s->count; i++)
		s->sorted[i] = i;
	qsort_r(s->sorted, s->count, sizeof *s->sorted, compare_names, (void *)rules);
	s->names = xmalloc(s->count * sizeof *s->names);
	for (size_t i = 0; i < s->count; i++)
		s->names[i] = rules_name(rules, s->sorted[i]);
	ledger_columns_find(&s->columns, in);
	ledger_init(&s->ledger, s->count, sums ? &s->columns : NULL);
	return SO1_OK;
}

void segmenter_free(struct segmenter *s)
{
	free(s->sorted);
	free(s->names);
	header_free(&s->header);
	ledger_columns_free(&s->columns);
	ledger_free(&s->ledger);
	overlap_free(&s->overlap);
}

/* What the pipeline's threads read, and the total they add to one after the other. */
struct context {
	struct segmenter *segmenter;
	char delimiter;
	size_t customer_id;
};

struct worker {
	struct arena arena;
	struct expr_value *values;
	size_t *members;
	struct buffer cell;
	struct slice *fields; /* with additions: the record's and the new ones */
	struct ledger ledger;
	struct overlap overlap;
};

static void *worker_new(void *context)
{
	const struct segmenter *s = ((struct context *)context)->segmenter;
	struct worker *w = xcalloc(1, sizeof *w);

	w->values = xmalloc(s->count * sizeof *w->values);
	w->members = xmalloc(s->count * sizeof *w->members);
	if (s->additions)
		w->fields = xmalloc(s->additions->header.count * sizeof *w->fields);
	ledger_init(&w->ledger, s->count, s->ledger.columns);
	if (s->target)
		overlap_init(&w->overlap, s->count);
	return w;
}

static void worker_free(void *context, void *worker)
{
	struct segmenter *s = ((struct context *)context)->segmenter;
	struct worker *w = worker;

	ledger_merge(&s->ledger, &w->ledger);
	if (s->target)
		overlap_merge(&s->overlap, &w->overlap);
	arena_free(&w->arena);
	free(w->values);
	free(w->members);
	buffer_free(&w->cell);
	free(w->fields);
	ledger_free(&w->ledger);
	overlap_free(&w->overlap);
	free(w);
}

/* The segments of a row into w->members and w->cell. Names of rules need no escapes. */
static size_t find_members(const struct segmenter *s, struct worker *w)
{
	size_t count = 0;

	buffer_clear(&w->cell);
	for (size_t i = 0; i < s->count; i++) {
		bool unknown;
		if (expr_is_true(&w->values[s->sorted[i]], &unknown)) {
			if (count > 0)
				buffer_put_byte(&w->cell, ';');
			buffer_put_slice(&w->cell, s->names[i]);
			w->members[count++] = i;
		}
		w->ledger.unknown[i] += unknown;
	}
	return count;
}

static void put_row(const struct segmenter *s, const struct record *rec,
		    const struct slice *fields, struct slice cell, char delimiter,
		    struct pipeline_output *out)
{
	size_t count = s->additions ? s->additions->header.count : rec->count, i = 0;

	/* The record's own bytes, unless a field in it is written anew. */
	if (s->replaced == COLUMN_NONE && !(s->additions && s->additions->replaces)) {
		pipeline_put_record(out, rec, delimiter);
		i = rec->count;
	}
	for (; i < count; i++)
		pipeline_put_field(out, i == s->replaced ? cell : fields[i], delimiter);
	if (s->count > 0 && s->replaced == COLUMN_NONE)
		pipeline_put_field(out, cell, delimiter);
	pipeline_end_record(out);
}

/* For compare_rows: length of the customer's id, the id, number of segments, segments. */
static void put_aside(struct buffer *side, struct slice id, const size_t *members, size_t count)
{
	uint32_t n = (uint32_t)id.len;

	buffer_put(side, &n, sizeof n);
	buffer_put_slice(side, id);
	n = (uint32_t)count;
	buffer_put(side, &n, sizeof n);
	for (size_t i = 0; i < count; i++) {
		n = (uint32_t)members[i];
		buffer_put(side, &n, sizeof n);
	}
}

static uint32_t take_number(struct slice *side)
{
	uint32_t n;

	memcpy(&n, side->ptr, sizeof n);
	side->ptr += sizeof n;
	side->len -= sizeof n;
	return n;
}

/* The earlier stream is read row after row, so this is done in the order of the input. */
static enum so1_status compare_rows(void *context, struct slice side, struct so1_error *e)
{
	const struct segmenter *s = ((struct context *)context)->segmenter;
	uint32_t *members = xrealloc_array(NULL, s->count, sizeof *members);
	enum so1_status status = SO1_OK;

	while (status == SO1_OK && side.len > 0) {
		uint32_t n = take_number(&side);
		struct slice id = slice_make(side.ptr, n);
		side.ptr += n;
		side.len -= n;
		uint32_t count = take_number(&side);
		for (uint32_t i = 0; i < count; i++)
			members[i] = take_number(&side);
		status = comparison_add(s->comparison, id, members, count, e);
	}
	free(members);
	return status;
}

static enum so1_status segment_record(void *context, void *worker, const struct record *rec,
				      struct pipeline_output *out, bool *reject,
				      struct so1_error *e)
{
	const struct context *c = context;
	const struct segmenter *s = c->segmenter;
	struct worker *w = worker;
	const struct slice *fields = rec->fields;
	enum so1_status status = SO1_OK;
	enum outcome_value y = OUTCOME_UNKNOWN;

	arena_reset(&w->arena);
	if (s->additions) {
		status = additions_row(s->additions, fields, w->fields, &w->arena, e);
		fields = w->fields;
	}
	if (status != SO1_OK || rules_eval(s->rules, fields, w->values, &w->arena, e) != SO1_OK ||
	    (s->target && outcome_read(s->target, fields, &w->arena, &y, e) != SO1_OK)) {
		*reject = true;
		return SO1_FAILED;
	}
	size_t count = find_members(s, w);
	if (s->target)
		overlap_add(&w->overlap, w->members, count, y);
	if (s->comparison && c->customer_id != COLUMN_NONE)
		put_aside(&out->side, rec->fields[c->customer_id], w->members, count);
	ledger_add(&w->ledger, fields, w->members, count);
	put_row(s, rec, fields, buffer_slice(&w->cell), c->delimiter, out);
	return SO1_OK;
}

enum so1_status segmenter_run(struct segmenter *s, struct reader *r, struct writer *w, int threads,
			      struct so1_error *e)
{
	size_t customer_id = header_find(reader_header(r), SLICE("customer_id"));
	struct context context = {.segmenter = s, .delimiter = writer_delimiter(w),
				  .customer_id = customer_id};
	struct pipeline p = {
		.worker_new = worker_new,
		.record = segment_record,
		.worker_free = worker_free,
		.settled = s->comparison ? compare_rows : NULL,
		.context = &context,
		.threads = threads,
		.ordered = customer_id != COLUMN_NONE,
		.order_column = customer_id,
	};

	if (writer_put_header(w, &s->header, e) != SO1_OK)
		return e->status;
	if (s->target)
		overlap_init(&s->overlap, s->count);
	enum so1_status status = pipeline_run(&p, r, w, e);
	if (status == SO1_OK && s->comparison)
		status = comparison_finish(s->comparison, s->ledger.size, e);
	return status;
}
