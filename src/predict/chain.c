#include "predict/chain.h"

#include "stream/order.h"
#include "stream/pipeline.h"

#include <stdlib.h>

static enum so1_status load_one(struct chain_model *m, const char *path, struct so1_error *e)
{
	struct slice kind;
	enum so1_status s = model_file_read(&m->file, path, e);

	if (s == SO1_OK)
		s = model_file_text(&m->file, "model", "kind", &kind, e);
	if (s != SO1_OK)
		return s;
	m->kind = kind_find(kind, model_file_find(&m->file, "model", "by") != NULL);
	if (m->kind == NULL) {
		error_set(e, SO1_FAILED, "no kind of model this so1-predict knows (%s)",
			  kind_names());
		error_at(e, m->file.path, model_file_find(&m->file, "model", "kind")->line,
			 "model kind");
		return error_value(e, kind);
	}
	return m->kind->load(&m->file, &m->model, e);
}

enum so1_status chain_load(struct chain *c, const char *const *paths, size_t count,
			   struct so1_error *e)
{
	*c = (struct chain){.models = xcalloc(count, sizeof *c->models), .count = count};
	for (size_t i = 0; i < count; i++) {
		enum so1_status s = load_one(&c->models[i], paths[i], e);
		if (s != SO1_OK)
			return s;
	}
	return SO1_OK;
}

enum so1_status chain_explain(struct chain *c, struct so1_error *e)
{
	bool any = false;

	for (size_t i = 0; i < c->count; i++)
		if (c->models[i].kind->explain) {
			c->models[i].kind->explain(c->models[i].model);
			any = true;
		}
	if (any)
		return SO1_OK;
	error_set(e, SO1_USAGE, "none of the models gives reasons");
	return error_at(e, NULL, 0, "--reasons");
}

static enum so1_status add_columns(struct chain *c, struct chain_model *m, struct so1_error *e)
{
	struct slice name;

	m->first_column = c->header.count;
	for (size_t i = 0; (name = m->kind->appends(m->model, i)).len > 0; i++) {
		if (header_find(&c->header, name) != COLUMN_NONE) {
			error_set(e, SO1_FAILED, "appends a column that is there already");
			error_at(e, m->file.path, 0, NULL);
			return error_value(e, name);
		}
		header_add(&c->header, name);
	}
	return SO1_OK;
}

enum so1_status chain_bind(struct chain *c, const struct header *stream, struct so1_error *e)
{
	header_copy(&c->header, stream);
	c->stream_columns = stream->count;
	for (size_t i = 0; i < c->count; i++) {
		struct chain_model *m = &c->models[i];
		enum so1_status s = m->kind->bind(m->model, &c->header, e);
		if (s != SO1_OK)
			return error_at(e, m->file.path, 0, NULL);
		s = add_columns(c, m, e);
		if (s != SO1_OK)
			return s;
	}
	return SO1_OK;
}

enum so1_status chain_apply(const struct chain *c, size_t count, struct slice *fields,
			    struct arena *a, struct so1_error *e)
{
	for (size_t i = 0; i < count; i++) {
		const struct chain_model *m = &c->models[i];
		enum so1_status s = m->kind->apply(m->model, fields, a,
						   &fields[m->first_column], e);
		if (s != SO1_OK)
			return s;
	}
	return SO1_OK;
}

struct run {
	const struct chain *chain;
	char delimiter;
};

struct scratch {
	struct slice *fields;
	struct arena text;
};

static void *scratch_new(void *context)
{
	const struct run *run = context;
	struct scratch *s = xcalloc(1, sizeof *s);

	s->fields = xcalloc(run->chain->header.count, sizeof *s->fields);
	return s;
}

static void scratch_free(void *context, void *worker)
{
	struct scratch *s = worker;

	(void)context;
	free(s->fields);
	arena_free(&s->text);
	free(s);
}

static enum so1_status take_record(void *context, void *worker, const struct record *rec,
				   struct pipeline_output *out, bool *reject, struct so1_error *e)
{
	const struct run *run = context;
	const struct chain *c = run->chain;
	struct scratch *scratch = worker;

	arena_reset(&scratch->text);
	memcpy(scratch->fields, rec->fields, c->stream_columns * sizeof *scratch->fields);
	enum so1_status s = chain_apply(c, c->count, scratch->fields, &scratch->text, e);
	if (s != SO1_OK) {
		*reject = true;
		return s;
	}
	pipeline_put_record(out, rec, run->delimiter);
	for (size_t i = c->stream_columns; i < c->header.count; i++)
		pipeline_put_field(out, scratch->fields[i], run->delimiter);
	pipeline_end_record(out);
	return SO1_OK;
}

enum so1_status chain_run(const struct chain *c, struct reader *r, struct writer *w, int threads,
			  struct so1_error *e)
{
	struct run run = {.chain = c, .delimiter = writer_delimiter(w)};
	size_t customer = header_find(&c->header, SLICE("customer_id"));
	struct pipeline p = {
		.worker_new = scratch_new,
		.record = take_record,
		.worker_free = scratch_free,
		.context = &run,
		.threads = threads,
		.ordered = customer != COLUMN_NONE,
		.order_column = customer,
	};
	enum so1_status s = writer_put_header(w, &c->header, e);

	return s == SO1_OK ? pipeline_run(&p, r, w, e) : s;
}

struct evaluation {
	const struct chain *chain;
	struct reader *reader;
	const char *target;
	size_t target_index, customer;
	struct order order;
	struct scratch *scratch;
	struct scores scores;
	enum so1_status status; /* of adding to them */
	struct observation *observations; /* in the place of scores */
	struct ranked_row *ranked;             /* likewise */
	size_t observation_cap, ranked_cap;
	struct so1_error error;
	uint64_t rows;
};

static void take(void *context, double p, bool y)
{
	struct evaluation *v = context;

	if (v->status == SO1_OK)
		v->status = scores_add(&v->scores, score_pack(p, y), &v->error);
}

static enum so1_status observe(struct evaluation *v, const struct record *rec, struct so1_error *e)
{
	const struct chain_model *last = &v->chain->models[v->chain->count - 1];

	GROW(v->observations, v->observation_cap, v->rows + 1);
	struct observation *x = &v->observations[v->rows];
	x->hash = customer_hash(v->customer == COLUMN_NONE ? NULL : &rec->fields[v->customer], v->rows);
	return last->kind->observe(last->model, v->scratch->fields, rec->fields[v->target_index],
				   v->target, x, e);
}

static enum so1_status rank(struct evaluation *v, const struct record *rec, struct so1_error *e)
{
	const struct chain_model *last = &v->chain->models[v->chain->count - 1];

	GROW(v->ranked, v->ranked_cap, v->rows + 1);
	struct ranked_row *x = &v->ranked[v->rows];
	x->hash = customer_hash(v->customer == COLUMN_NONE ? NULL : &rec->fields[v->customer], v->rows);
	return last->kind->rank(last->model, v->scratch->fields, rec->fields[v->target_index],
				v->target, &v->scratch->text, x, e);
}

static enum so1_status score_record(struct evaluation *v, const struct record *rec,
				    struct so1_error *e)
{
	const struct chain *c = v->chain;
	const struct chain_model *last = &c->models[c->count - 1];
	enum so1_status s = SO1_OK;

	if (v->customer != COLUMN_NONE)
		s = order_check(&v->order, rec, rec->fields[v->customer], SLICE(""), SLICE(""),
				false, NULL, e);
	if (s != SO1_OK)
		return s;
	arena_reset(&v->scratch->text);
	memcpy(v->scratch->fields, rec->fields, c->stream_columns * sizeof *rec->fields);
	s = chain_apply(c, c->count - 1, v->scratch->fields, &v->scratch->text, e);
	if (s == SO1_OK && last->kind->observe)
		s = observe(v, rec, e);
	else if (s == SO1_OK && last->kind->rank)
		s = rank(v, rec, e);
	else if (s == SO1_OK)
		s = last->kind->score(last->model, v->scratch->fields,
				      rec->fields[v->target_index], v->target, &v->scratch->text,
				      take, v, e);
	if (s == SO1_OK && v->status != SO1_OK) {
		*e = v->error;
		return v->status;
	}
	if (s == SO1_OK) {
		v->rows++;
		return SO1_OK;
	}
	struct so1_error why = *e;
	return reader_reject(v->reader, rec, why.column, why.reason,
			     slice_of(why.has_value ? why.value : ""), e);
}

static enum so1_status measure(const struct chain_model *last, struct evaluation *v,
			       struct figures *figures, struct so1_error *e)
{
	if (v->rows == 0)
		return error_set(e, SO1_FAILED, "no rows to evaluate");
	if (last->kind->rank)
		ranking_figures(v->ranked, v->rows, last->kind->list_length(last->model), figures);
	else
		last->kind->measure(v->observations, v->rows, figures);
	return SO1_OK;
}

/* The target that was not given: the one of the fit, label_by_KEY for lists by KEY. */
static enum so1_status default_target(const struct chain_model *last, struct buffer *name,
				      struct so1_error *e)
{
	struct slice text;

	if (last->kind->no_target && !last->kind->rank)
		return error_set(e, SO1_USAGE, "a model of kind %s has no target of its own: give "
				 "--target COL", last->kind->name);
	enum so1_status s = model_file_text(&last->file, "model", last->kind->rank ? "by" : "target",
					    &text, e);
	if (s == SO1_OK)
		buffer_printf(name, "%s%.*s", last->kind->rank ? "label_by_" : "", SLICE_ARGS(text));
	return s;
}

enum so1_status chain_evaluate(const struct chain *c, struct reader *r, const char *target,
			       const char *tmpdir, struct metrics *out, struct figures *figures,
			       uint64_t *rows, struct so1_error *e)
{
	struct run run = {.chain = c};
	struct buffer fitted = {0};
	struct evaluation v = {.chain = c, .reader = r, .target = target};
	const struct chain_model *last = &c->models[c->count - 1];

	if (last->kind->score == NULL && last->kind->observe == NULL && last->kind->rank == NULL) {
		error_set(e, SO1_FAILED, "a model of kind %s is not evaluated by rows; its back-test "
			  "is in its card", last->kind->name);
		return error_at(e, last->file.path, 0, NULL);
	}
	enum so1_status s = SO1_OK;
	bool more = true;

	if (target == NULL) {
		s = default_target(last, &fitted, e);
		v.target = buffer_text(&fitted);
	}
	if (s == SO1_OK)
		s = reader_need(r, v.target, &v.target_index, e);
	if (s != SO1_OK) {
		buffer_free(&fitted);
		return s;
	}
	v.customer = header_find(&c->header, SLICE("customer_id"));
	v.scratch = scratch_new(&run);
	scores_init(&v.scores, tmpdir);
	while (s == SO1_OK && more) {
		struct record rec;
		s = reader_next(r, &rec, &more, e);
		if (s == SO1_OK && more)
			s = score_record(&v, &rec, e);
	}
	if (s == SO1_OK && (last->kind->observe || last->kind->rank))
		s = measure(last, &v, figures, e);
	else if (s == SO1_OK)
		s = metrics_compute(&v.scores, out, e);
	*rows = v.rows;
	free(v.observations);
	free(v.ranked);
	buffer_free(&fitted);
	scratch_free(NULL, v.scratch);
	order_free(&v.order);
	scores_free(&v.scores);
	return s;
}

void chain_free(struct chain *c)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->models[i].model)
			c->models[i].kind->free(c->models[i].model);
		model_file_free(&c->models[i].file);
	}
	free(c->models);
	header_free(&c->header);
	*c = (struct chain){0};
}
