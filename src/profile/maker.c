#include "profile/maker.h"

#include <stdlib.h>

/* Names kept from customer to customer; a catalogue of a hundred thousand items fits. */
enum { VOCABULARY_LIMIT = 32 << 20 };

void product_free(struct product *p)
{
	buffer_free(&p->out);
	free(p->refused);
	arena_free(&p->text);
}

void maker_init(struct maker *m, const struct row_layout *layout, size_t column_count,
		maker_emit *emit, const void *emit_context)
{
	*m = (struct maker){.layout = layout, .emit = emit, .emit_context = emit_context};
	m->fields = xcalloc(column_count, sizeof *m->fields);
	m->census.last_ts = TIME_NONE;
	m->history.names = &m->names;
}

void maker_free(struct maker *m)
{
	vocabulary_free(&m->names);
	history_free(&m->history);
	order_free(&m->order);
	snapshot_free(&m->snapshot);
	buffer_free(&m->cell);
	free(m->fields);
	census_free(&m->census);
	arena_free(&m->text);
}

void maker_follow(struct maker *m, struct slice customer_id)
{
	m->order.any = customer_id.len > 0;
	buffer_clear(&m->order.last_id);
	buffer_put_slice(&m->order.last_id, customer_id);
	buffer_clear(&m->order.last_ts);
}

static struct slice keep(struct product *p, struct slice s)
{
	return s.len ? arena_copy(&p->text, s) : slice_of(NULL);
}

static void refuse(struct product *p, const struct record *rec, const struct problem *why)
{
	GROW(p->refused, p->refused_cap, p->refused_count + 1);
	struct refused *r = &p->refused[p->refused_count++];
	*r = (struct refused){.rec = *rec, .problem = *why};
	r->rec.fields = NULL;
	r->rec.raw = keep(p, rec->raw);
	r->problem.reason = arena_copy(&p->text, slice_of(why->reason)).ptr;
	r->problem.column = keep(p, why->column);
	r->problem.value = keep(p, why->value);
}

static void refuse_error(struct product *p, const struct record *rec, const struct so1_error *why)
{
	refuse(p, rec, &(struct problem){.reason = why->reason, .column = slice_of(why->column),
					 .value = slice_of(why->value)});
}

static void count_line(struct census *c, struct slice amount, struct slice currency)
{
	if (amount.len == 0)
		c->without_amount++;
	else if (currency.len)
		tally_add(&c->currencies, currency, 1);
}

/* Notes that come of a record the history took. */
static void take_census(struct maker *m, const struct slice *fields, int64_t ts)
{
	const struct history_columns *at = &m->layout->at;
	struct slice event = field_at(fields, at->touch[T_EVENT]);
	enum event_kind kind = event_of(event);

	if (ts > m->census.last_ts)
		m->census.last_ts = ts;
	if (kind == EVENT_OTHER)
		tally_add(&m->census.events, event, 1);
	else if (kind == EVENT_PURCHASE || kind == EVENT_RETURN)
		count_line(&m->census, field_at(fields, at->touch[T_AMOUNT]),
			   field_at(fields, at->touch[T_CURRENCY]));
}

/* What the record says, or the reason why it says nothing. */
static enum so1_status read_record(struct maker *m, const struct slice *fields, int64_t ts,
				   struct so1_error *e)
{
	const struct plan *plan = m->layout->plan;
	struct slice currency = field_at(fields, m->layout->at.touch[T_CURRENCY]);

	if (plan->currency.len && currency.len && !slice_equal(currency, plan->currency)) {
		error_set(e, SO1_FAILED, "not the currency of --currency");
		error_at(e, NULL, 0, "currency");
		return error_value(e, currency);
	}
	return history_add(&m->history, &m->layout->at, fields, ts, e);
}

static bool bad_time(struct slice cell, int64_t *ts, struct so1_error *e)
{
	if (history_time(cell, ts))
		return false;
	error_set(e, SO1_FAILED, "not a time");
	error_at(e, NULL, 0, "ts");
	error_value(e, cell);
	return true;
}

/* False when the run ends here. */
static bool add_record(struct maker *m, struct product *p, const struct record *rec)
{
	const struct history_columns *at = &m->layout->at;
	const struct slice *fields = rec->fields;
	struct slice id = fields[at->customer_id], cell = field_at(fields, at->touch[T_TS]);
	struct so1_error why;
	bool new_customer;
	int64_t ts;

	/* A time that is none has no place in the order either. */
	if (bad_time(cell, &ts, &why)) {
		refuse_error(p, rec, &why);
		return true;
	}
	p->status = order_check(&m->order, rec, id, field_at(fields, at->touch[T_EVENT]), cell,
				false, &new_customer, &p->error);
	if (p->status != SO1_OK)
		return false;
	if (new_customer || !m->open) {
		maker_end(m, p);
		history_begin(&m->history, id, at->golden_count);
		m->open = true;
	}
	if (read_record(m, fields, ts, &why) != SO1_OK)
		refuse_error(p, rec, &why);
	else
		take_census(m, fields, ts);
	return true;
}

void maker_add(struct maker *m, struct product *p, const struct batch *b, size_t from, size_t to)
{
	struct record rec;
	struct problem problem;

	for (size_t i = from; i < to && p->status == SO1_OK; i++) {
		arena_reset(&m->text);
		if (!batch_read(b, i, m->fields, &m->text, &rec, &problem)) {
			refuse(p, &rec, &problem);
			/* Reporting it ends the run. */
			if (problem.fatal)
				p->status = SO1_FAILED;
		} else if (!add_record(m, p, &rec)) {
			return;
		}
	}
}

void maker_end(struct maker *m, struct product *p)
{
	if (!m->open)
		return;
	m->open = false;
	history_finish(&m->history);
	m->emit(m, p);
	if (vocabulary_trim(&m->names, VOCABULARY_LIMIT))
		snapshot_free(&m->snapshot);
}

void maker_emit_rows(struct maker *m, struct product *p)
{
	const struct plan *plan = m->layout->plan;
	const struct timezone_rules *zone;
	struct slice zone_name;
	uint64_t before = p->rows;

	row_zone(plan, &m->history, &zone, &zone_name);
	for (size_t i = 0; i < plan->as_of_count; i++) {
		if (!snapshot_take(&m->snapshot, plan, &m->history, plan->as_of[i], zone,
				   zone_name))
			continue;
		row_put(&p->out, m->layout, &m->snapshot, &m->cell);
		p->rows++;
	}
	if (p->rows > before) {
		p->customers++;
		p->folded += m->history.rows;
	} else {
		p->future += m->history.rows;
	}
}
