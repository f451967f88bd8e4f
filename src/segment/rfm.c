#include "segment/rfm.h"

#include "base/number.h"
#include "segment/quantiles.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static const char default_columns[] = "recency_days,orders,spend";

/* Like reader_need, but says which option chooses the columns. */
static enum so1_status find_column(struct rfm *m, int part, struct slice name,
				   const struct reader *r, struct so1_error *e)
{
	m->names[part] = xstrndup(name.ptr, name.len);
	if (reader_need(r, m->names[part], &m->columns[part], e) == SO1_OK)
		return SO1_OK;
	return error_at(e, NULL, 0, "--rfm-columns");
}

enum so1_status rfm_bind(struct rfm *m, const struct rfm_options *o, const struct reader *r,
			 struct so1_error *e)
{
	struct slice rest = slice_of(o->columns ? o->columns : default_columns);
	struct slice names[RFM_PARTS], name;
	enum so1_status status = SO1_OK;
	int count = 0;

	for (; slice_split(&rest, ',', &name); count++)
		if (count < RFM_PARTS)
			names[count] = slice_trim(name);
	if (count != RFM_PARTS) {
		error_set(e, SO1_USAGE, "wants three columns: recency, frequency, money");
		error_at(e, NULL, 0, "--rfm-columns");
		return error_value(e, slice_of(o->columns));
	}
	for (int part = 0; part < RFM_PARTS && status == SO1_OK; part++)
		status = find_column(m, part, names[part], r, e);
	return status;
}

void rfm_free(struct rfm *m)
{
	for (int part = 0; part < RFM_PARTS; part++)
		free(m->names[part]);
	*m = (struct rfm){0};
}

/* More is better: minus the days. */
static double worth_of(int part, double x)
{
	return part == RFM_R ? -x : x;
}

/* Values on their way to the store; the order in which threads deliver them does not
 * matter to order statistics. */
struct measure {
	struct rfm *rfm;
	rfm_check *check;
	const void *context;
	char delimiter;
	pthread_mutex_t lock;
	struct blocks values[RFM_PARTS];
	enum so1_status status; /* of worker_free */
	struct so1_error error;
};

struct worker {
	struct arena text;
	double values[RFM_PARTS][QUANTILE_BLOCK];
	size_t filled[RFM_PARTS];
};

static void *worker_new(void *context)
{
	(void)context;
	return xcalloc(1, sizeof(struct worker));
}

static enum so1_status deliver(struct measure *c, struct worker *w, int part, struct so1_error *e)
{
	size_t n = w->filled[part];

	for (size_t i = n; i < QUANTILE_BLOCK; i++)
		w->values[part][i] = NAN;
	pthread_mutex_lock(&c->lock);
	enum so1_status status = blocks_append(&c->values[part], w->values[part], e);
	c->rfm->known[part] += n;
	pthread_mutex_unlock(&c->lock);
	w->filled[part] = 0;
	return status;
}

static void worker_free(void *context, void *worker)
{
	struct measure *c = context;
	struct worker *w = worker;

	for (int part = 0; part < RFM_PARTS; part++)
		if (w->filled[part] > 0 && c->status == SO1_OK)
			c->status = deliver(c, w, part, &c->error);
	arena_free(&w->text);
	free(w);
}

/* Rejects what is no number before anything of the row is counted. */
static enum so1_status parse_row(const struct measure *c, const struct record *rec,
				 double x[RFM_PARTS], struct so1_error *e)
{
	for (int part = 0; part < RFM_PARTS; part++) {
		struct slice field = rec->fields[c->rfm->columns[part]];
		x[part] = NAN;
		if (field.len == 0 || number_parse_double(field, &x[part]))
			continue;
		error_set(e, SO1_FAILED, "not a number");
		error_at(e, NULL, 0, c->rfm->names[part]);
		return error_value(e, field);
	}
	return SO1_OK;
}

static enum so1_status measure_record(void *context, void *worker, const struct record *rec,
				      struct pipeline_output *out, bool *reject,
				      struct so1_error *e)
{
	struct measure *c = context;
	struct worker *w = worker;
	double x[RFM_PARTS];
	enum so1_status status = parse_row(c, rec, x, e);

	arena_reset(&w->text);
	if (status == SO1_OK && c->check)
		status = c->check(c->context, rec->fields, &w->text, e);
	*reject = status != SO1_OK;
	for (int part = 0; part < RFM_PARTS && status == SO1_OK; part++) {
		if (isnan(x[part]))
			continue;
		w->values[part][w->filled[part]++] = worth_of(part, x[part]);
		if (w->filled[part] == QUANTILE_BLOCK)
			status = deliver(c, w, part, e);
	}
	if (status != SO1_OK)
		return status;
	pipeline_put_record(out, rec, c->delimiter);
	pipeline_end_record(out);
	return SO1_OK;
}

static enum so1_status find_cuts(struct measure *c, struct so1_error *e)
{
	struct rfm *m = c->rfm;
	enum so1_status status = SO1_OK;

	for (int part = 0; part < RFM_PARTS && status == SO1_OK; part++) {
		uint64_t ranks[RFM_CUTS];
		if (m->known[part] == 0)
			continue;
		for (uint64_t k = 0; k < RFM_CUTS; k++)
			ranks[k] = ((k + 1) * m->known[part] + RFM_CUTS) / (RFM_CUTS + 1);
		status = quantiles_find(&c->values[part], ranks, RFM_CUTS, m->cuts[part], e);
	}
	return status;
}

enum so1_status rfm_measure(struct rfm *m, const struct rfm_options *o, struct reader *r,
			    struct writer *w, rfm_check *check, const void *context,
			    struct so1_error *e)
{
	struct measure c = {.rfm = m, .check = check, .context = context,
			    .delimiter = writer_delimiter(w), .lock = PTHREAD_MUTEX_INITIALIZER};
	size_t customer_id = header_find(reader_header(r), SLICE("customer_id"));
	struct pipeline p = {
		.worker_new = worker_new,
		.record = measure_record,
		.worker_free = worker_free,
		.context = &c,
		.threads = o->threads,
		.ordered = customer_id != COLUMN_NONE,
		.order_column = customer_id,
	};

	for (int part = 0; part < RFM_PARTS; part++)
		blocks_init(&c.values[part], QUANTILE_BLOCK_BYTES, o->memory / 4, o->tmpdir);
	enum so1_status status = writer_put_header(w, reader_header(r), e);
	if (status == SO1_OK)
		status = pipeline_run(&p, r, w, e);
	if (status == SO1_OK && c.status != SO1_OK) {
		*e = c.error;
		status = c.status;
	}
	if (status == SO1_OK)
		status = find_cuts(&c, e);
	for (int part = 0; part < RFM_PARTS; part++)
		blocks_free(&c.values[part]);
	pthread_mutex_destroy(&c.lock);
	return status;
}

void rfm_row(const struct rfm *m, const struct slice *fields, int quintiles[RFM_PARTS])
{
	for (int part = 0; part < RFM_PARTS; part++) {
		double x;
		quintiles[part] = 0;
		if (!number_parse_double(fields[m->columns[part]], &x))
			continue;
		quintiles[part] = 1;
		for (int k = 0; k < RFM_CUTS; k++)
			quintiles[part] += worth_of(part, x) > m->cuts[part][k];
	}
}
