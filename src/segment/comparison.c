#include "segment/comparison.h"

#include "base/number.h"
#include "base/table.h"
#include "segment/sheet.h"
#include "stream/cells.h"
#include "stream/order.h"

#include <math.h>
#include <stdlib.h>

/* A customer's segments: a mark for each, those of rules first, then retired ones. */
struct marks {
	bool *of;
	size_t cap;
	bool any; /* in some segment that has a rule */
};

struct comparison {
	struct comparison_options options;
	struct reader *reader;       /* of a stream; NULL: a summary */
	size_t id_column, segments_column;
	struct order order;
	struct record rec;           /* the earlier stream's next row, if there is one */
	bool more;
	struct dictionary known;     /* names of segments; ids from options.segments on: retired */
	struct movement all, none;
	struct movement *of;         /* by id */
	size_t cap;
	struct buffer customer;      /* whose rows are being added */
	bool open;
	struct marks now, before;
	struct arena arena;
	size_t value_columns[4];     /* of a summary: segment, other, metric, value */
};

static void grow(struct comparison *c)
{
	size_t cap = c->cap;

	GROW(c->of, c->cap, c->known.count);
	if (c->cap > cap)
		memset(c->of + cap, 0, (c->cap - cap) * sizeof *c->of);
}

static void marks_grow(struct marks *m, size_t n)
{
	size_t cap = m->cap;

	GROW(m->of, m->cap, n);
	if (m->cap > cap)
		memset(m->of + cap, 0, (m->cap - cap) * sizeof *m->of);
}

static void marks_clear(struct marks *m)
{
	if (m->cap)
		memset(m->of, 0, m->cap * sizeof *m->of);
	m->any = false;
}

static enum so1_status next_before(struct comparison *c, struct so1_error *e)
{
	if (reader_next(c->reader, &c->rec, &c->more, e) != SO1_OK)
		return e->status;
	return c->more ? order_check(&c->order, &c->rec, c->rec.fields[c->id_column], SLICE(""),
				     SLICE(""), false, NULL, e) : SO1_OK;
}

/* The segments of the earlier row, and of those behind it of the same customer. */
static enum so1_status mark_before(struct comparison *c, struct so1_error *e)
{
	struct slice key, value, rest, id = c->rec.fields[c->id_column];
	enum so1_status status = SO1_OK;

	arena_reset(&c->arena);
	marks_clear(&c->before);
	id = arena_copy(&c->arena, id);
	while (status == SO1_OK && c->more && slice_equal(c->rec.fields[c->id_column], id)) {
		rest = c->rec.fields[c->segments_column];
		while (cell_next(&rest, &key, &value, &c->arena)) {
			uint32_t k = dictionary_add(&c->known, key, NULL);
			grow(c);
			marks_grow(&c->before, c->known.count);
			c->before.of[k] = true;
			c->before.any = c->before.any || k < c->options.segments;
		}
		status = next_before(c, e);
	}
	return status;
}

static void move(struct movement *m, bool before, bool now)
{
	m->before += before;
	m->now += now;
	m->entered += now && !before;
	m->left += before && !now;
	m->stayed += now && before;
}

/* A customer who is in the earlier stream, in this one, or in both. */
static void settle(struct comparison *c, bool was_there, bool is_there)
{
	move(&c->all, was_there, is_there);
	move(&c->none, was_there && !c->before.any, is_there && !c->now.any);
	for (size_t i = 0; i < c->known.count; i++)
		move(&c->of[i], was_there && i < c->before.cap && c->before.of[i],
		     is_there && i < c->now.cap && c->now.of[i]);
}

/* All earlier customers before `id`, which have left; up to the end with none. */
static enum so1_status pass_by(struct comparison *c, const struct slice *id, struct so1_error *e)
{
	while (c->more && (id == NULL || slice_compare(c->rec.fields[c->id_column], *id) < 0)) {
		if (mark_before(c, e) != SO1_OK)
			return e->status;
		settle(c, true, false);
	}
	return SO1_OK;
}

/* The customer whose rows have all been added. */
static enum so1_status finish_customer(struct comparison *c, struct so1_error *e)
{
	struct slice id = buffer_slice(&c->customer);

	if (!c->open)
		return SO1_OK;
	if (pass_by(c, &id, e) != SO1_OK)
		return e->status;
	bool was_there = c->more && slice_equal(c->rec.fields[c->id_column], id);
	if (was_there && mark_before(c, e) != SO1_OK)
		return e->status;
	settle(c, was_there, true);
	c->open = false;
	return SO1_OK;
}

enum so1_status comparison_add(struct comparison *c, struct slice customer_id,
			       const uint32_t *members, size_t count, struct so1_error *e)
{
	if (c->reader == NULL)
		return SO1_OK;
	if (c->open && !slice_equal(customer_id, buffer_slice(&c->customer)) &&
	    finish_customer(c, e) != SO1_OK)
		return e->status;
	if (!c->open) {
		c->open = true;
		buffer_clear(&c->customer);
		buffer_put_slice(&c->customer, customer_id);
		marks_clear(&c->now);
		marks_grow(&c->now, c->options.segments + 1);
	}
	for (size_t i = 0; i < count; i++)
		c->now.of[members[i]] = true;
	c->now.any = c->now.any || count > 0;
	return SO1_OK;
}

enum so1_status comparison_finish(struct comparison *c, const uint64_t *rows,
				  struct so1_error *e)
{
	if (c->reader) {
		enum so1_status status = finish_customer(c, e);
		return status == SO1_OK ? pass_by(c, NULL, e) : status;
	}
	c->all.now = rows[0];
	c->none.now = rows[1];
	for (size_t i = 0; i < c->options.segments; i++)
		c->of[i].now = rows[2 + i];
	return SO1_OK;
}

/* An earlier summary. */

static enum so1_status summary_header(void *context, const struct header *h, struct so1_error *e)
{
	static const char *const columns[] = {"segment", "other", "metric", "value"};
	struct comparison *c = context;

	(void)e;
	for (size_t i = 0; i < 4; i++)
		c->value_columns[i] = header_find(h, slice_of(columns[i]));
	return SO1_OK;
}

static enum so1_status summary_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct comparison *c = context;
	struct slice segment = rec->fields[c->value_columns[0]];
	int64_t n;

	if (!slice_is(rec->fields[c->value_columns[2]], "size"))
		return SO1_OK;
	if (!number_parse_int(rec->fields[c->value_columns[3]], &n) || n < 0) {
		error_set(e, SO1_FAILED, "not a size");
		error_value(e, rec->fields[c->value_columns[3]]);
		return error_at(e, rec->file, rec->line, "value");
	}
	if (slice_is(segment, "(all)")) {
		c->all.before = (uint64_t)n;
	} else if (slice_is(segment, "(none)")) {
		c->none.before = (uint64_t)n;
	} else {
		uint32_t k = dictionary_add(&c->known, segment, NULL);
		grow(c);
		c->of[k].before = (uint64_t)n;
		c->of[k].is_new = false;
	}
	return SO1_OK;
}

static enum so1_status read_summary(struct comparison *c, struct so1_error *e)
{
	for (size_t i = 0; i < c->options.segments; i++)
		c->of[i].is_new = true;
	return csv_read_file(c->options.file, summary_header, summary_row, c, e);
}

/* Opening. */

static enum so1_status open_reader(struct comparison *c, bool seal_required, struct so1_error *e)
{
	struct reader_options options = {.threads = 1, .seal_required = seal_required};
	const char *files[] = {c->options.file};

	return reader_open(&c->reader, files, 1, &options, e);
}

static bool is_summary(const struct header *h)
{
	return header_find(h, SLICE("segment")) != COLUMN_NONE &&
	       header_find(h, SLICE("metric")) != COLUMN_NONE &&
	       header_find(h, SLICE("value")) != COLUMN_NONE &&
	       header_find(h, SLICE("other")) != COLUMN_NONE;
}

static enum so1_status open_stream(struct comparison *c, struct so1_error *e)
{
	const struct header *h = reader_header(c->reader);

	c->id_column = header_find(h, SLICE("customer_id"));
	c->segments_column = header_find(h, SLICE("segments"));
	if (c->id_column == COLUMN_NONE || c->segments_column == COLUMN_NONE) {
		error_set(e, SO1_FAILED, "neither a stream with customer_id and segments nor a summary");
		return error_at(e, c->options.file, 0, NULL);
	}
	if (!c->options.has_customers)
		return error_set(e, SO1_USAGE, "--previous compares customers, but the input has no "
				 "column customer_id; give it an earlier --summary");
	return next_before(c, e);
}

enum so1_status comparison_open(struct comparison **out, const struct comparison_options *options,
				struct so1_error *e)
{
	struct comparison *c = *out = xcalloc(1, sizeof *c);

	c->options = *options;
	for (size_t i = 0; i < options->segments; i++)
		dictionary_add(&c->known, options->names[i], NULL);
	if (options->segments)
		grow(c);
	enum so1_status status = open_reader(c, false, e);
	if (status != SO1_OK)
		return status;
	if (is_summary(reader_header(c->reader))) {
		reader_close(c->reader);
		c->reader = NULL;
		return read_summary(c, e);
	}
	/* Only now is it known that a seal is wanted. */
	if (options->seal_required) {
		reader_close(c->reader);
		c->reader = NULL;
		status = open_reader(c, true, e);
	}
	return status == SO1_OK ? open_stream(c, e) : status;
}

void comparison_close(struct comparison *c)
{
	if (c == NULL)
		return;
	reader_close(c->reader);
	order_free(&c->order);
	dictionary_free(&c->known);
	free(c->of);
	buffer_free(&c->customer);
	free(c->now.of);
	free(c->before.of);
	arena_free(&c->arena);
	free(c);
}

/* What came of it. */

bool comparison_knows_customers(const struct comparison *c)
{
	return c->reader != NULL;
}

const struct movement *comparison_all(const struct comparison *c)
{
	return &c->all;
}

const struct movement *comparison_none(const struct comparison *c)
{
	return &c->none;
}

const struct movement *comparison_segment(const struct comparison *c, size_t segment)
{
	return &c->of[segment];
}

size_t comparison_retired_count(const struct comparison *c)
{
	return c->known.count - c->options.segments;
}

struct slice comparison_retired(const struct comparison *c, size_t i, struct movement *m)
{
	*m = c->of[c->options.segments + i];
	return dictionary_item(&c->known, (uint32_t)(c->options.segments + i));
}

double stability_part(uint64_t a, uint64_t n, uint64_t b, uint64_t m)
{
	if (a == 0 && b == 0)
		return 0;
	double p = (a ? (double)a : 0.5) / (double)n;
	double q = (b ? (double)b : 0.5) / (double)m;
	return (p - q) * log(p / q);
}

static double part_of(const struct comparison *c, const struct movement *m)
{
	return stability_part(m->now, c->all.now, m->before, c->all.before);
}

/* Whether "(none)" means the same then and now. A stream's earlier rows are judged by the
 * segments there are now; a summary's figure is what it was by the rules there were. */
static bool compares_none(const struct comparison *c)
{
	bool same = comparison_retired_count(c) == 0;

	for (size_t i = 0; i < c->options.segments; i++)
		same = same && !c->of[i].is_new;
	return same || comparison_knows_customers(c);
}

bool comparison_drift(const struct comparison *c, double *index, size_t *worst)
{
	double most = -1;

	if (c->all.now == 0 || c->all.before == 0)
		return false;
	*worst = SIZE_MAX;
	*index = 0;
	if (compares_none(c))
		*index = most = part_of(c, &c->none);
	for (size_t i = 0; i < c->options.segments; i++) {
		if (c->of[i].is_new)
			continue;
		double part = part_of(c, &c->of[i]);
		*index += part;
		if (part > most) {
			most = part;
			*worst = i;
		}
	}
	return true;
}

#define NO_OTHER SLICE("")

static void put_movement(struct sheet *s, const struct comparison *c, struct slice name,
			 const struct movement *m)
{
	sheet_put_count(s, name, NO_OTHER, "previous_size", m->before);
	if (!comparison_knows_customers(c))
		return;
	sheet_put_count(s, name, NO_OTHER, "entered", m->entered);
	sheet_put_count(s, name, NO_OTHER, "left", m->left);
	sheet_put_count(s, name, NO_OTHER, "stayed", m->stayed);
}

enum so1_status comparison_write(const struct comparison *c, struct writer *w,
				 struct so1_error *e)
{
	struct sheet s;
	double index = 0;
	size_t worst;
	bool known = comparison_drift(c, &index, &worst);

	sheet_open(&s, w, e);
	put_movement(&s, c, SLICE("(all)"), &c->all);
	sheet_put_number(&s, SLICE("(all)"), NO_OTHER, "psi", index, known);
	put_movement(&s, c, SLICE("(none)"), &c->none);
	bool none = known && compares_none(c);
	sheet_put_number(&s, SLICE("(none)"), NO_OTHER, "psi", none ? part_of(c, &c->none) : 0, none);
	for (size_t i = 0; i < c->options.segments; i++) {
		const struct movement *m = &c->of[i];
		if (m->is_new)
			continue;
		put_movement(&s, c, c->options.names[i], m);
		sheet_put_number(&s, c->options.names[i], NO_OTHER, "psi", known ? part_of(c, m) : 0,
				 known);
	}
	for (size_t i = 0; i < comparison_retired_count(c); i++) {
		struct movement m;
		struct slice name = comparison_retired(c, i, &m);
		sheet_put_count(&s, name, NO_OTHER, "previous_size", m.before);
		if (comparison_knows_customers(c))
			sheet_put_count(&s, name, NO_OTHER, "left", m.left);
	}
	return sheet_close(&s);
}
