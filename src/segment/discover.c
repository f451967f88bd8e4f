#include "segment/discover.h"

#include "base/number.h"

#include <inttypes.h>
#include <math.h>

enum { QUANTILES_MOST = 100 };

/* A number of rows: a share of at most one, in percent or not, or a count. */
enum so1_status support_parse(const char *text, struct support *s, struct so1_error *e)
{
	struct slice t = slice_of(text);
	bool percent = t.len > 0 && t.ptr[t.len - 1] == '%';
	double x = 0;

	if (percent)
		t.len--;
	bool fits = number_parse_double(t, &x) && x > 0;
	*s = (struct support){0};
	if (fits && percent && x <= 100)
		s->share = x / 100;
	else if (fits && !percent && x < 1)
		s->share = x;
	else if (fits && !percent && x == floor(x) && x <= UINT32_MAX)
		s->count = (uint64_t)x;
	else {
		error_set(e, SO1_USAGE, "not a share ('2%%', '0.02') or a number of rows ('500')");
		error_value(e, slice_of(text));
		return error_at(e, NULL, 0, "--min-support");
	}
	return SO1_OK;
}

uint64_t support_rows(const struct support *s, uint64_t rows)
{
	/* 0.07 of 100 is 7.000000000000001 */
	double wanted = ceil(s->share * (double)rows - 1e-9);
	uint64_t n = s->count;

	if (wanted > (double)n)
		n = (uint64_t)wanted;
	return n ? n : 1;
}

static enum so1_status out_of_range(struct so1_error *e, const char *option, const char *range)
{
	error_set(e, SO1_USAGE, "must be %s", range);
	return error_at(e, NULL, 0, option);
}

enum so1_status discover_check(const struct discover_run *run, struct so1_error *e)
{
	if (run->depth < 1 || run->depth > DISCOVER_DEPTH_MOST)
		return out_of_range(e, "--depth", "1 to 4");
	if (!(run->fdr > 0 && run->fdr <= 0.5))
		return out_of_range(e, "--fdr", "above 0 and at most 0.5");
	if (run->quantiles < 2 || run->quantiles > QUANTILES_MOST)
		return out_of_range(e, "--quantiles", "2 to 100");
	if (!(run->min_lift >= 1))
		return out_of_range(e, "--min-lift", "at least 1");
	return SO1_OK;
}

static enum so1_status check_target(const struct discover_run *run, struct so1_error *e)
{
	const uint32_t *rows = run->table.rows;

	if (rows[0] && rows[1])
		return SO1_OK;
	if (rows[0] == 0 && rows[1] == 0)
		error_set(e, SO1_FAILED, "no row whose target is known");
	else
		error_set(e, SO1_FAILED, "the target is %d in all %" PRIu32 " rows: nothing tells "
			  "them apart", rows[1] > 0, rows[0] + rows[1]);
	error_value(e, slice_of(run->target));
	return error_at(e, NULL, 0, "--discover");
}

enum so1_status discover(struct discover_run *run, struct reader *r, const struct outcome *target,
			 struct so1_error *e)
{
	enum so1_status status = discover_table_read(&run->table, r, target, &run->columns, e);

	if (status == SO1_OK)
		status = check_target(run, e);
	if (status != SO1_OK)
		return status;
	uint64_t rows = (uint64_t)run->table.rows[0] + run->table.rows[1];
	struct discover_limits limits = {.support = support_rows(&run->support, rows),
					 .depth = (uint32_t)run->depth, .fdr = run->fdr};
	struct select_options select = {.fdr = run->fdr, .min_lift = run->min_lift,
					.top = (size_t)run->top};
	condition_set_build(&run->set, &run->table, (uint32_t)run->quantiles, limits.support,
			    run->threads);
	uint64_t bitmaps = run->set.count * (run->set.words[0] + run->set.words[1]) * sizeof(uint64_t);
	status = discover_table_fits(&run->table, run->columns.memory, bitmaps, e);
	if (status != SO1_OK)
		return status;
	discover_search(&run->findings, &run->set, &limits, run->threads);
	discover_select(&run->discoveries, &run->findings, &run->set, &select);
	return SO1_OK;
}

void discover_left_out(const struct discover_run *run,
		       void (*visit)(void *context, struct slice name), void *context)
{
	const struct discover_table *t = &run->table;
	size_t next = 0;

	for (size_t i = 0; i < t->header.count; i++) {
		const struct discover_column *c = next < t->count ? &t->columns[next] : NULL;
		bool taken = c && c->index == i;
		next += taken;
		if (!taken || c->all_dates || c->too_many)
			visit(context, t->header.names[i]);
	}
}

size_t discover_giveaway(const struct discover_run *run)
{
	uint64_t all = run->set.positives;

	for (size_t i = 0; i < run->discoveries.count; i++) {
		const struct finding *f = &run->discoveries.items[i].finding;
		/* Where most rows are positives, many a rule is like that. */
		if (2 * all < run->set.rows && 10 * (uint64_t)f->positives >= 9 * (uint64_t)f->rows &&
		    10 * (uint64_t)f->positives >= 9 * all)
			return i;
	}
	return SIZE_MAX;
}

static void put_figure(struct buffer *b, const char *before, double x, int digits)
{
	buffer_put_text(b, before);
	number_put_rounded(b, x, digits);
}

static void put_rounded(struct buffer *b, const char *before, double x)
{
	put_figure(b, before, x, 4);
}

static void put_head(const struct discover_run *run, struct buffer *b)
{
	const struct condition_set *set = &run->set;
	const struct discoveries *d = &run->discoveries;
	struct slice rest = slice_of(run->target), line;

	buffer_put_text(b, "# What lifts the target:");
	/* Of several lines, should it be such an expression. */
	while (slice_split(&rest, '\n', &line)) {
		buffer_put_byte(b, ' ');
		buffer_put_slice(b, slice_trim(line));
	}
	buffer_printf(b, "\n# rows %" PRIu64 ", positives %" PRIu64, set->rows, set->positives);
	put_rounded(b, ", rate ", (double)set->positives / (double)set->rows);
	buffer_printf(b, "; %zu conditions, %.0f conjunctions of up to %" PRIu64
		      " tried on at least %" PRIu64 " rows\n", set->count, run->findings.tried,
		      run->depth, support_rows(&run->support, set->rows));
	buffer_printf(b, "# discoveries %zu", d->passed);
	put_rounded(b, " at a false discovery rate of ", run->fdr);
	put_rounded(b, " (Benjamini-Hochberg); intervals 95 %; lift at least ", run->min_lift);
	buffer_printf(b, "\n# left out: %zu that others say as well, %zu of lower lift\n",
		      d->redundant, d->below_top);
	if (d->count == 0)
		buffer_put_text(b, "# nothing lifts the target beyond chance\n");
}

/* Names of rules and columns share one space. */
static void put_name(const struct discover_run *run, const struct finding *f,
		     struct dictionary *names, struct buffer *b)
{
	struct buffer name = {0};
	bool added;

	for (uint32_t d = 0; d < f->depth; d++) {
		if (d > 0)
			buffer_put_text(&name, "_and");
		condition_put_name(&run->set, &run->set.items[f->conditions[d]], &name);
	}
	double number;
	if (name.len == 0 || number_parse_double(buffer_slice(&name), &number))
		buffer_put_text(&name, "_rule");
	size_t len = name.len;
	dictionary_add(names, buffer_slice(&name), &added);
	for (int i = 2; !added; i++) {
		name.len = len;
		buffer_printf(&name, "_%d", i);
		dictionary_add(names, buffer_slice(&name), &added);
	}
	buffer_put_slice(b, buffer_slice(&name));
	buffer_free(&name);
}

static void put_rule(const struct discover_run *run, const struct discovery *d,
		     struct dictionary *names, struct buffer *b)
{
	const struct finding *f = &d->finding;

	buffer_printf(b, "\n# size %" PRIu32, f->rows);
	put_rounded(b, ", share ", (double)f->rows / (double)run->set.rows);
	put_rounded(b, ", rate ", (double)f->positives / (double)f->rows);
	put_rounded(b, ", lift ", d->lift.value);
	put_rounded(b, " (", d->lift.low);
	put_rounded(b, " to ", d->lift.high);
	/* Under the range of double the figure would be 0. */
	if (d->q < 1e-300)
		buffer_put_text(b, "), q under 1e-300");
	else
		put_figure(b, "), q ", d->q, 2);
	buffer_put_byte(b, '\n');
	put_name(run, f, names, b);
	buffer_put_text(b, " : ");
	for (uint32_t i = 0; i < f->depth; i++) {
		if (i > 0)
			buffer_put_text(b, " and ");
		condition_put_expression(&run->set, &run->set.items[f->conditions[i]], b);
	}
	buffer_put_byte(b, '\n');
}

enum so1_status discover_write(const struct discover_run *run, struct writer *w,
			       struct so1_error *e)
{
	struct dictionary names = {0};
	struct buffer b = {0};

	for (size_t i = 0; i < run->table.header.count; i++)
		dictionary_add(&names, run->table.header.names[i], NULL);
	put_head(run, &b);
	for (size_t i = 0; i < run->discoveries.count; i++)
		put_rule(run, &run->discoveries.items[i], &names, &b);
	enum so1_status status = writer_put_bytes(w, buffer_slice(&b), run->discoveries.count, e);
	dictionary_free(&names);
	buffer_free(&b);
	return status;
}

void discover_free(struct discover_run *run)
{
	discoveries_free(&run->discoveries);
	findings_free(&run->findings);
	condition_set_free(&run->set);
	discover_table_free(&run->table);
}
