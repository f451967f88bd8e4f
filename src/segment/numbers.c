#include "segment/numbers.h"

#include "base/number.h"
#include "stream/order.h"
#include "stream/touchpoint.h"

#include <math.h>
#include <stdlib.h>

/* Squares of more would overflow when they are summed. */
static const double most = 1e100;
/* Of two values this close together a difference is rounding. */
static const double rounding = 1e-12;
/* As so1-predict. Without logarithms clusters of real customers tell less of what they do next:
 * tests/cli/real/online-retail-clusters. */
static const double skewed = 2;

double number_log(double x)
{
	return copysign(log1p(fabs(x)), x);
}

double number_of_coordinate(const struct number_column *c, double z)
{
	double t = c->mean + c->sd * z;

	return c->log ? copysign(expm1(fabs(t)), t) : t;
}

double number_as_written(double x)
{
	struct buffer b = {0};

	number_put_rounded(&b, x, 10);
	number_parse_double(buffer_slice(&b), &x);
	buffer_free(&b);
	return x;
}

static enum so1_status parse(struct slice name, struct slice field, double *x,
			     struct so1_error *e)
{
	char *column;
	bool number = number_parse_double(field, x);

	if (number && fabs(*x) <= most)
		return SO1_OK;
	error_set(e, SO1_FAILED, number ? "too large a number" : "not a number");
	column = xstrndup(name.ptr, name.len);
	error_at(e, NULL, 0, column);
	free(column);
	return error_value(e, field);
}

enum so1_status number_coordinate(const struct number_column *c, struct slice field, double *z,
				  struct so1_error *e)
{
	double x;

	*z = 0;
	if (field.len == 0)
		return SO1_OK;
	enum so1_status status = parse(c->name, field, &x, e);
	if (status == SO1_OK)
		*z = ((c->log ? number_log(x) : x) - c->mean) / c->sd;
	return status;
}

/* Sums of one column over its known values. */
struct moments {
	double count, sum, log_sum; /* first pass */
	double m2, m3, log_m2;             /* second: about the means */
};

struct candidate {
	struct slice name;
	size_t index;
	bool text;            /* some value is no number */
	bool named;           /* by --columns: it must be numbers */
	struct moments moments;
	double mean, log_mean;
};

struct reading {
	const struct numbers_options *o;
	struct numbers *n;
	struct candidate *candidates;
	size_t count;
	struct matrix raw;    /* NaN: unknown */
	size_t customer, as_of;
	struct order order;
	const char *file;     /* of the last record */
};

/* Choosing by name. */

static bool is_own(struct slice name)
{
	return slice_is(name, "rfm") || slice_is(name, "cluster");
}

static enum so1_status check_named(const struct reader *r, const enum column_role *roles,
				   const char *name, struct so1_error *e)
{
	size_t i;

	if (reader_need(r, name, &i, e) == SO1_OK) {
		if (roles[i] == COLUMN_FEATURE || roles[i] == COLUMN_GOLDEN ||
		    roles[i] == COLUMN_IGNORED)
			return SO1_OK;
		error_set(e, SO1_FAILED, "'%s' is among the %s, which are no measure of likeness",
			  name, column_role_text(roles[i]));
	}
	return error_at(e, NULL, 0, "--columns");
}

static enum so1_status check_all_named(const struct reader *r, const enum column_role *roles,
				       const char *list, struct so1_error *e)
{
	struct slice rest = slice_of(list), item;
	enum so1_status status = SO1_OK;

	while (list && status == SO1_OK && slice_split(&rest, ',', &item)) {
		item = slice_trim(item);
		char *name = xstrndup(item.ptr, item.len);
		status = check_named(r, roles, name, e);
		free(name);
	}
	return status;
}

static enum so1_status choose(struct reading *d, const struct reader *r, struct summary *summary,
			      struct so1_error *e)
{
	const struct header *h = &d->n->header;
	struct column_options options = {.ignore = d->o->ignore};
	enum column_role *roles = xcalloc(h->count, sizeof *roles);
	enum so1_status status = columns_choose(h, &options, roles, e);

	if (status == SO1_OK)
		status = check_all_named(r, roles, d->o->columns, e);
	if (status == SO1_OK && d->o->columns == NULL)
		columns_note_left_out(h, roles, summary);
	d->candidates = xcalloc(h->count, sizeof *d->candidates);
	for (size_t i = 0; i < h->count && status == SO1_OK; i++) {
		struct slice name = h->names[i];
		bool named = columns_listed(d->o->columns, name) && roles[i] != COLUMN_IGNORED;
		if (named || (d->o->columns == NULL && roles[i] == COLUMN_FEATURE && !is_own(name)))
			d->candidates[d->count++] = (struct candidate){
				.name = name, .index = i, .named = named,
			};
	}
	free(roles);
	return status;
}

/* Reading. */

static enum so1_status read_row(struct reading *d, const struct slice *fields, double *row,
				struct so1_error *e)
{
	for (size_t k = 0; k < d->count; k++) {
		struct candidate *c = &d->candidates[k];
		struct slice field = fields[c->index];
		row[k] = NAN;
		if (field.len == 0 || c->text)
			continue;
		if (parse(c->name, field, &row[k], e) == SO1_OK)
			continue;
		row[k] = NAN;
		if (c->named)
			return e->status;
		c->text = true;
	}
	return SO1_OK;
}

static void note_as_of(struct numbers *n, struct slice as_of)
{
	if (as_of.len == 0)
		return;
	if (n->first_as_of.len == 0 || slice_compare(as_of, buffer_slice(&n->first_as_of)) < 0) {
		buffer_clear(&n->first_as_of);
		buffer_put_slice(&n->first_as_of, as_of);
	}
	if (slice_compare(as_of, buffer_slice(&n->last_as_of)) > 0) {
		buffer_clear(&n->last_as_of);
		buffer_put_slice(&n->last_as_of, as_of);
	}
}

static enum so1_status check_order(struct reading *d, const struct record *rec,
				   struct so1_error *e)
{
	if (d->customer == COLUMN_NONE)
		return SO1_OK;
	/* Snapshots of several dates may come as several files. */
	if (d->file != rec->file)
		d->order.any = false;
	d->file = rec->file;
	return order_check(&d->order, rec, rec->fields[d->customer], SLICE(""), SLICE(""), false,
			   NULL, e);
}

static enum so1_status take_record(struct reading *d, struct reader *r, const struct record *rec,
				   double *cells, struct so1_error *e)
{
	double *row;

	if (check_order(d, rec, e) != SO1_OK)
		return e->status;
	if (read_row(d, rec->fields, cells, e) != SO1_OK) {
		struct so1_error why = *e;
		return reader_reject(r, rec, why.column, why.reason, slice_of(why.value), e);
	}
	if (matrix_add(&d->raw, &row, e) != SO1_OK)
		return e->status;
	memcpy(row, cells, d->count * sizeof *row);
	note_as_of(d->n, field_at(rec->fields, d->as_of));
	return SO1_OK;
}

static enum so1_status read_all(struct reading *d, struct reader *r, struct so1_error *e)
{
	double *cells = xcalloc(d->count, sizeof *cells);
	enum so1_status status = SO1_OK;
	bool more = true;

	while (status == SO1_OK && more) {
		struct record rec;
		status = reader_next(r, &rec, &more, e);
		if (status == SO1_OK && more)
			status = take_record(d, r, &rec, cells, e);
	}
	free(cells);
	order_free(&d->order);
	return status == SO1_OK ? matrix_finish(&d->raw, e) : status;
}

/* Moments, in two passes. */

static void sum_first(void *context, const double *cells, size_t rows, uint64_t first,
		      void *partial)
{
	const struct reading *d = context;
	struct moments *m = partial;

	(void)first;
	for (size_t i = 0; i < rows; i++, cells += d->count)
		for (size_t k = 0; k < d->count; k++) {
			double x = cells[k];
			if (isnan(x))
				continue;
			m[k].count++;
			m[k].sum += x;
			m[k].log_sum += number_log(x);
		}
}

static void fold_first(void *context, const void *partial)
{
	struct reading *d = context;
	const struct moments *m = partial;

	for (size_t k = 0; k < d->count; k++) {
		struct moments *to = &d->candidates[k].moments;
		to->count += m[k].count;
		to->sum += m[k].sum;
		to->log_sum += m[k].log_sum;
	}
}

static void sum_second(void *context, const double *cells, size_t rows, uint64_t first,
		       void *partial)
{
	const struct reading *d = context;
	struct moments *m = partial;

	(void)first;
	for (size_t i = 0; i < rows; i++, cells += d->count)
		for (size_t k = 0; k < d->count; k++) {
			if (isnan(cells[k]))
				continue;
			double x = cells[k] - d->candidates[k].mean;
			double l = number_log(cells[k]) - d->candidates[k].log_mean;
			m[k].m2 += x * x;
			m[k].m3 += x * x * x;
			m[k].log_m2 += l * l;
		}
}

static void fold_second(void *context, const void *partial)
{
	struct reading *d = context;
	const struct moments *m = partial;

	for (size_t k = 0; k < d->count; k++) {
		struct moments *to = &d->candidates[k].moments;
		to->m2 += m[k].m2;
		to->m3 += m[k].m3;
		to->log_m2 += m[k].log_m2;
	}
}

static enum so1_status measure(struct reading *d, struct so1_error *e)
{
	struct matrix_pass pass = {.threads = d->o->threads,
				   .partial_bytes = d->count * sizeof(struct moments),
				   .work = sum_first, .fold = fold_first, .context = d};
	enum so1_status status = matrix_run(&d->raw, &pass, e);

	for (size_t k = 0; k < d->count; k++) {
		struct candidate *c = &d->candidates[k];
		double count = c->moments.count;
		c->mean = count > 0 ? c->moments.sum / count : 0;
		c->log_mean = count > 0 ? c->moments.log_sum / count : 0;
	}
	pass.work = sum_second;
	pass.fold = fold_second;
	return status == SO1_OK ? matrix_run(&d->raw, &pass, e) : status;
}

static bool wants_log(const struct candidate *c, enum number_scale scale)
{
	const struct moments *m = &c->moments;

	if (scale != NUMBERS_AUTO)
		return scale == NUMBERS_LOG;
	return fabs(m->m3 / m->count) > skewed * pow(m->m2 / m->count, 1.5);
}

/* False when all its known values are alike. */
static bool make_column(const struct candidate *c, const struct reading *d,
			struct number_column *out)
{
	const struct moments *m = &c->moments;
	bool logs = wants_log(c, d->o->scale);
	double sd = sqrt((logs ? m->log_m2 : m->m2) / m->count);

	*out = (struct number_column){
		.name = c->name,
		.log = logs,
		.mean = number_as_written(logs ? c->log_mean : c->mean),
		.sd = number_as_written(sd),
		.missing = 1 - m->count / (double)d->raw.rows,
	};
	return sd > rounding * fabs(out->mean);
}

/* Columns from candidates; place[i] is the candidate of column i. */
static void settle(struct reading *d, size_t *place, struct summary *summary)
{
	static const char *const reasons[] = {"text", "unknown everywhere", "all alike"};
	struct buffer left[3] = {0};
	struct numbers *n = d->n;

	n->columns = xcalloc(d->count, sizeof *n->columns);
	for (size_t k = 0; k < d->count; k++) {
		const struct candidate *c = &d->candidates[k];
		int why = -1;
		if (c->text)
			why = 0;
		else if (c->moments.count == 0)
			why = 1;
		else if (!make_column(c, d, &n->columns[n->count]))
			why = 2;
		if (why >= 0)
			buffer_printf(&left[why], " %.*s", SLICE_ARGS(c->name));
		else
			place[n->count++] = k;
	}
	for (int why = 0; why < 3; why++) {
		if (left[why].len)
			summary_note(summary, "left out, %s:%s", reasons[why],
				     buffer_text(&left[why]));
		buffer_free(&left[why]);
	}
}

/* Blocks of numbers give way to blocks of coordinates, so that memory holds one of both. */
static enum so1_status convert(struct reading *d, const size_t *place, struct so1_error *e)
{
	struct numbers *n = d->n;
	void *scratch = xmalloc(d->raw.blocks.block_bytes);
	enum so1_status status = SO1_OK;
	const void *block;

	matrix_init(&n->matrix, n->count, d->o->memory, d->o->tmpdir);
	for (size_t b = 0; b < d->raw.blocks.count && status == SO1_OK; b++) {
		status = blocks_read(&d->raw.blocks, b, scratch, &block, e);
		const double *cells = block;
		size_t rows = matrix_block_rows(&d->raw, b);
		for (size_t i = 0; i < rows && status == SO1_OK; i++, cells += d->count) {
			double *to;
			status = matrix_add(&n->matrix, &to, e);
			for (size_t k = 0; k < n->count && status == SO1_OK; k++) {
				const struct number_column *c = &n->columns[k];
				double x = cells[place[k]];
				double t = c->log ? number_log(x) : x;
				to[k] = isnan(x) ? 0 : (t - c->mean) / c->sd;
			}
		}
		blocks_release(&d->raw.blocks, b);
	}
	free(scratch);
	return status == SO1_OK ? matrix_finish(&n->matrix, e) : status;
}

static enum so1_status standardise(struct reading *d, struct summary *summary,
				   struct so1_error *e)
{
	size_t *place = xcalloc(d->count, sizeof *place);
	enum so1_status status = SO1_OK;

	if (d->raw.rows == 0)
		status = error_set(e, SO1_FAILED, "no rows to cluster");
	if (status == SO1_OK)
		status = measure(d, e);
	if (status == SO1_OK)
		settle(d, place, summary);
	if (status == SO1_OK && d->n->count == 0)
		status = error_set(e, SO1_FAILED, "no numeric column that varies: "
				   "nothing to tell clusters by");
	if (status == SO1_OK)
		status = convert(d, place, e);
	free(place);
	return status;
}

enum so1_status numbers_read(struct numbers *n, struct reader *r, const struct numbers_options *o,
			     struct summary *summary, struct so1_error *e)
{
	struct reading d = {.o = o, .n = n};

	header_copy(&n->header, reader_header(r));
	d.customer = header_find(&n->header, SLICE("customer_id"));
	d.as_of = header_find(&n->header, SLICE("as_of"));
	enum so1_status status = choose(&d, r, summary, e);
	if (status == SO1_OK && d.count == 0)
		status = error_set(e, SO1_FAILED, "no numeric column to tell clusters by");
	if (status == SO1_OK) {
		matrix_init(&d.raw, d.count, o->memory, o->tmpdir);
		status = read_all(&d, r, e);
	}
	if (status == SO1_OK)
		status = standardise(&d, summary, e);
	matrix_free(&d.raw);
	free(d.candidates);
	return status;
}

void numbers_free(struct numbers *n)
{
	header_free(&n->header);
	free(n->columns);
	matrix_free(&n->matrix);
	buffer_free(&n->first_as_of);
	buffer_free(&n->last_as_of);
	*n = (struct numbers){0};
}
