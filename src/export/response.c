#include "export/response.h"

#include "base/datetime.h"
#include "base/number.h"
#include "base/table.h"
#include "base/timezone.h"
#include "export/sendlog.h"
#include "stream/order.h"
#include "stream/touchpoint.h"

#include <stdlib.h>

void response_arm_add(struct response_arm *a, bool responded, int64_t revenue)
{
	double x = (double)revenue / DECIMAL_ONE, delta = x - a->mean;

	a->customers++;
	a->responders += responded;
	a->revenue += revenue;
	a->mean += delta / (double)a->customers;
	a->squares += delta * (x - a->mean);
}

double response_arm_variance(const struct response_arm *a)
{
	return a->customers > 1 ? a->squares / (double)(a->customers - 1) : 0;
}

/* A campaign, or one offer of it. */
struct group {
	struct slice campaign, offer_id; /* offer_id.ptr NULL: the campaign */
	struct response_arm mailed, held_out;
};

/* What the history says of one customer and group. */
struct assignment {
	uint32_t group;
	bool mailed, instant;
	int64_t start; /* as sendlog_parse_sent gives it */
};

struct event {
	int64_t ts, amount; /* millionths; returns are negative */
	bool purchase;
};

struct response {
	const struct response_options *o;
	struct sendlog log;
	struct dictionary keys;        /* "campaign" LF, "campaign" LF "offer" */
	struct group *groups;          /* by key */
	size_t group_cap;

	struct sendlog_cursor cursor;
	struct sendlog_row ahead;      /* the next row, if any */
	struct arena text;
	bool more;
	struct buffer assigned_id;     /* the customer whose assignments these are */
	bool has_assigned;
	struct assignment *assignments;
	size_t assignment_count, assignment_cap;

	size_t touch[TOUCHPOINT_COLUMNS], timezone, customer_id;
	struct buffer customer;        /* of the stream, being collected */
	bool has_customer;
	const struct timezone_rules *zone;
	struct event *events;
	size_t event_count, event_cap;

	uint64_t absent;
	int64_t last_ts, last_end;     /* of the stream, of the windows */
	struct dictionary currencies;
};

static uint32_t find_group(struct response *p, struct slice campaign, const struct slice *offer_id)
{
	struct buffer key = {0};
	bool added;

	buffer_put_slice(&key, campaign);
	buffer_put_byte(&key, '\n');
	if (offer_id) {
		buffer_put_byte(&key, '\n');
		buffer_put_slice(&key, *offer_id);
	}
	uint32_t id = dictionary_add(&p->keys, buffer_slice(&key), &added);
	buffer_free(&key);
	if (!added)
		return id;
	struct slice stored = dictionary_item(&p->keys, id);
	GROW(p->groups, p->group_cap, p->keys.count);
	p->groups[id] = (struct group){.campaign = slice_make(stored.ptr, campaign.len)};
	if (offer_id)
		p->groups[id].offer_id = slice_make(stored.ptr + campaign.len + 2, offer_id->len);
	return id;
}

static bool is_wanted(const struct response *p, const struct sendlog_row *row)
{
	const struct slice *f = row->fields;

	return f[SENDLOG_SENT_AT].len &&
	       (p->o->campaign == NULL || slice_is(f[SENDLOG_CAMPAIGN], p->o->campaign));
}

static void assign(struct response *p, uint32_t group, const struct sendlog_row *row)
{
	struct assignment a = {.group = group,
			       .mailed = !slice_is(row->fields[SENDLOG_HELD_OUT], "1")};
	struct assignment *known = NULL;

	sendlog_parse_sent(row->fields[SENDLOG_SENT_AT], &a.instant, &a.start);
	for (size_t i = 0; i < p->assignment_count && known == NULL; i++)
		if (p->assignments[i].group == group)
			known = &p->assignments[i];
	if (known == NULL) {
		GROW(p->assignments, p->assignment_cap, p->assignment_count + 1);
		p->assignments[p->assignment_count++] = a;
		return;
	}
	known->mailed |= a.mailed;
	int64_t before = known->instant ? known->start : known->start * DAY_SECONDS;
	if ((a.instant ? a.start : a.start * DAY_SECONDS) < before) {
		known->instant = a.instant;
		known->start = a.start;
	}
}

/* The assignments of the next customer in the history. */
static void next_assigned(struct response *p)
{
	p->assignment_count = 0;
	p->has_assigned = false;
	buffer_clear(&p->assigned_id);
	while (p->more) {
		const struct slice *f = p->ahead.fields;
		if (!p->has_assigned)
			buffer_put_slice(&p->assigned_id, f[SENDLOG_CUSTOMER_ID]);
		else if (!slice_equal(f[SENDLOG_CUSTOMER_ID], buffer_slice(&p->assigned_id)))
			break;
		p->has_assigned = true;
		if (is_wanted(p, &p->ahead)) {
			assign(p, find_group(p, f[SENDLOG_CAMPAIGN], NULL), &p->ahead);
			if (f[SENDLOG_OFFER_ID].len)
				assign(p, find_group(p, f[SENDLOG_CAMPAIGN], &f[SENDLOG_OFFER_ID]),
				       &p->ahead);
		}
		arena_reset(&p->text);
		p->more = sendlog_walk(&p->log, &p->cursor, &p->ahead, &p->text);
	}
}

/* Counts the customer at hand of the history with the events at hand, or with none. */
static void settle(struct response *p, size_t event_count)
{
	for (size_t i = 0; i < p->assignment_count; i++) {
		const struct assignment *a = &p->assignments[i];
		struct group *g = &p->groups[a->group];
		int64_t start = a->start, revenue = 0;
		bool responded = false;
		if (!a->instant)
			start = p->zone ? timezone_to_utc(p->zone, start * DAY_SECONDS)
					: start * DAY_SECONDS;
		int64_t end = start + (int64_t)p->o->window * DAY_SECONDS;
		for (size_t k = 0; k < event_count; k++)
			if (p->events[k].ts >= start && p->events[k].ts < end) {
				responded |= p->events[k].purchase;
				revenue += p->events[k].amount;
			}
		response_arm_add(a->mailed ? &g->mailed : &g->held_out, responded, revenue);
		p->last_end = end > p->last_end ? end : p->last_end;
	}
}

/* The stream's customer is complete: those of the history up to there. NULL: all. */
static void settle_until(struct response *p, const struct slice *customer)
{
	while (p->has_assigned) {
		int order = customer ? slice_compare(buffer_slice(&p->assigned_id), *customer) : -1;
		const struct timezone_rules *zone = p->zone;
		if (order > 0)
			return;
		if (order < 0) {
			p->absent += p->assignment_count > 0;
			p->zone = NULL;
		}
		settle(p, order == 0 ? p->event_count : 0);
		p->zone = zone;
		next_assigned(p);
	}
}

static void find_zone(struct response *p, const struct slice *fields)
{
	struct slice name = field_at(fields, p->timezone);
	const char *usual = timezone_of_country(field_at(fields, p->touch[T_COUNTRY]));
	struct so1_error ignored = {0};

	if (p->zone)
		return;
	if (name.len) {
		char *text = xstrndup(name.ptr, name.len);
		enum so1_status status = timezone_load(text, &p->zone, &ignored);
		free(text);
		if (status == SO1_OK)
			return;
		p->zone = NULL;
	}
	if (usual && timezone_load(usual, &p->zone, &ignored) != SO1_OK)
		p->zone = NULL;
}

static enum so1_status take_event(struct response *p, struct reader *r, const struct record *rec,
				  struct so1_error *e)
{
	struct slice event = rec->fields[p->touch[T_EVENT]], ts = rec->fields[p->touch[T_TS]];
	struct slice amount = rec->fields[p->touch[T_AMOUNT]];
	struct slice currency = field_at(rec->fields, p->touch[T_CURRENCY]);
	struct event ev = {.purchase = slice_is(event, "purchase")};

	if (!ev.purchase && !slice_is(event, "return"))
		return SO1_OK;
	if (!datetime_parse_iso(ts, &ev.ts, NULL, NULL))
		return reader_reject(r, rec, "ts", "not a time", ts, e);
	if (amount.len && !decimal_parse(amount, &ev.amount))
		return reader_reject(r, rec, "amount", "not an amount", amount, e);
	if (!ev.purchase)
		ev.amount = ev.amount < 0 ? ev.amount : -ev.amount;
	if (currency.len)
		dictionary_add(&p->currencies, currency, NULL);
	p->last_ts = ev.ts > p->last_ts ? ev.ts : p->last_ts;
	GROW(p->events, p->event_cap, p->event_count + 1);
	p->events[p->event_count++] = ev;
	return SO1_OK;
}

static enum so1_status take_row(struct response *p, struct reader *r, const struct record *rec,
				struct order *order, struct so1_error *e)
{
	struct slice id = rec->fields[p->customer_id], last = buffer_slice(&p->customer);
	struct slice ts = rec->fields[p->touch[T_TS]];
	bool is_new;

	if (order_check(order, rec, id, rec->fields[p->touch[T_EVENT]], ts, false, &is_new, e) != SO1_OK)
		return e->status;
	if (is_new || !p->has_customer) {
		if (p->has_customer)
			settle_until(p, &last);
		p->has_customer = true;
		p->event_count = 0;
		p->zone = NULL;
		buffer_clear(&p->customer);
		buffer_put_slice(&p->customer, id);
	}
	find_zone(p, rec->fields);
	return take_event(p, r, rec, e);
}

static enum so1_status read_stream(struct response *p, struct reader *r, struct so1_error *e)
{
	struct order order = {0};
	struct record rec;
	bool more = true;

	while (e->status == SO1_OK && more)
		if (reader_next(r, &rec, &more, e) == SO1_OK && more)
			take_row(p, r, &rec, &order, e);
	order_free(&order);
	if (e->status != SO1_OK)
		return e->status;
	struct slice last = buffer_slice(&p->customer);
	if (p->has_customer)
		settle_until(p, &last);
	settle_until(p, NULL);
	return SO1_OK;
}

static enum so1_status bind(struct response *p, struct reader *r, struct so1_error *e)
{
	static const char *const needed[] = {"ts", "event", "amount"};
	size_t ignored;

	if (reader_need(r, "customer_id", &p->customer_id, e) != SO1_OK)
		return e->status;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (reader_need(r, needed[i], &ignored, e) != SO1_OK)
			return e->status;
	touchpoint_find(reader_header(r), p->touch);
	p->timezone = header_find(reader_header(r), SLICE("timezone"));
	return SO1_OK;
}

static void put_number(struct writer *w, bool known, double x)
{
	struct buffer b = {0};

	if (known)
		number_put_rounded(&b, x, 10);
	writer_put_field(w, buffer_slice(&b));
	buffer_free(&b);
}

/* A metric's row; `known` says which of mailed, held_out, difference, interval are. */
struct metric {
	const char *name;
	bool mailed_known, held_out_known, difference_known, interval_known;
	double mailed, held_out, difference;
	struct interval interval;
};

static enum so1_status put_metric(struct writer *w, const struct group *g, const struct metric *m,
				  struct so1_error *e)
{
	writer_put_field(w, g->campaign);
	writer_put_field(w, g->offer_id.ptr ? g->offer_id : slice_make("", 0));
	writer_put_field(w, slice_of(m->name));
	put_number(w, m->mailed_known, m->mailed);
	put_number(w, m->held_out_known, m->held_out);
	put_number(w, m->difference_known, m->difference);
	put_number(w, m->interval_known, m->interval.low);
	put_number(w, m->interval_known, m->interval.high);
	return writer_end_record(w, e);
}

static enum so1_status put_count(struct writer *w, const struct group *g, const char *name,
				 double mailed, double held_out, struct so1_error *e)
{
	const struct metric m = {.name = name, .mailed_known = true, .held_out_known = true,
				 .mailed = mailed, .held_out = held_out};

	return put_metric(w, g, &m, e);
}

/* A mean of each group, then what the difference comes to over all who were mailed. */
static enum so1_status put_difference(struct writer *w, const struct group *g, struct metric *m,
				      const char *extra, struct so1_error *e)
{
	double n = (double)g->mailed.customers;

	m->difference_known = m->mailed_known && m->held_out_known;
	m->difference = m->mailed - m->held_out;
	if (put_metric(w, g, m, e) != SO1_OK)
		return e->status;
	const struct metric all = {
		.name = extra, .difference_known = m->difference_known,
		.interval_known = m->interval_known, .difference = m->difference * n,
		.interval = {m->interval.low * n, m->interval.high * n},
	};
	return put_metric(w, g, &all, e);
}

static double share(double k, double n)
{
	return n > 0 ? k / n : 0;
}

static enum so1_status put_group(struct writer *w, const struct group *g, struct so1_error *e)
{
	const struct response_arm *a = &g->mailed, *b = &g->held_out;
	double n1 = (double)a->customers, n2 = (double)b->customers;
	bool both = a->customers && b->customers;
	struct metric rate = {
		.name = "response_rate", .mailed_known = a->customers, .held_out_known = b->customers,
		.mailed = share((double)a->responders, n1),
		.held_out = share((double)b->responders, n2),
		.interval_known = both,
	};
	struct metric revenue = {
		.name = "revenue_per_customer", .mailed_known = a->customers,
		.held_out_known = b->customers, .mailed = a->mean, .held_out = b->mean,
	};

	if (both)
		rate.interval = interval_newcombe((double)a->responders, n1, (double)b->responders, n2);
	if (a->customers > 1 && b->customers > 1)
		revenue.interval_known = interval_welch(a->mean, response_arm_variance(a), a->customers,
							b->mean, response_arm_variance(b),
							b->customers, &revenue.interval);
	if (put_count(w, g, "customers", n1, n2, e) != SO1_OK ||
	    put_count(w, g, "responders", (double)a->responders, (double)b->responders, e) != SO1_OK ||
	    put_difference(w, g, &rate, "extra_responders", e) != SO1_OK ||
	    put_count(w, g, "revenue", (double)a->revenue / DECIMAL_ONE,
		      (double)b->revenue / DECIMAL_ONE, e) != SO1_OK)
		return e->status;
	return put_difference(w, g, &revenue, "extra_revenue", e);
}

static int compare_groups(const void *x, const void *y)
{
	const struct group *a = x, *b = y;
	int order = slice_compare(a->campaign, b->campaign);

	if (order)
		return order;
	if (!a->offer_id.ptr || !b->offer_id.ptr)
		return (a->offer_id.ptr != NULL) - (b->offer_id.ptr != NULL);
	return slice_compare(a->offer_id, b->offer_id);
}

static enum so1_status put_report(struct response *p, struct writer *w, struct summary *s,
				  struct so1_error *e)
{
	static const char *const names[] = {"campaign", "offer_id", "metric", "mailed", "held_out",
					    "difference", "low", "high"};
	struct header h = {0};
	size_t n = p->keys.count;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		header_add(&h, slice_of(names[i]));
	enum so1_status status = writer_put_header(w, &h, e);
	header_free(&h);
	if (n > 1)
		qsort(p->groups, n, sizeof *p->groups, compare_groups);
	for (size_t i = 0; i < n && status == SO1_OK; i++) {
		const struct group *g = &p->groups[i];
		status = put_group(w, g, e);
		if (g->offer_id.ptr == NULL && g->held_out.customers == 0)
			summary_note(s, "%.*s: nobody was held out, so there is nothing to compare with",
				     SLICE_ARGS(g->campaign));
		if (g->offer_id.ptr == NULL && g->mailed.customers == 0)
			summary_note(s, "%.*s: nobody was mailed", SLICE_ARGS(g->campaign));
	}
	return status;
}

static void report_notes(const struct response *p, struct summary *s)
{
	struct buffer last = {0};

	if (p->absent)
		summary_note(s, "%llu customers of the history are not in the stream: they count as "
			     "having bought nothing", (unsigned long long)p->absent);
	if (p->last_ts < p->last_end - DAY_SECONDS) {
		if (p->last_ts > INT64_MIN)
			datetime_put(&last, p->last_ts);
		else
			buffer_put_text(&last, "no day");
		summary_note(s, "the last purchase or return is of %s, before the last window ends: is the "
			     "stream complete?", buffer_text(&last));
	}
	if (p->currencies.count > 1)
		summary_note(s, "amounts in %zu currencies were added up as if they were one",
			     p->currencies.count);
	buffer_free(&last);
}

static void response_free(struct response *p)
{
	sendlog_close(&p->log);
	sendlog_cursor_free(&p->cursor);
	dictionary_free(&p->keys);
	dictionary_free(&p->currencies);
	arena_free(&p->text);
	buffer_free(&p->assigned_id);
	buffer_free(&p->customer);
	free(p->groups);
	free(p->assignments);
	free(p->events);
}

enum so1_status response_run(const struct response_options *options, struct reader *r,
			     struct writer *w, struct summary *s, struct so1_error *e)
{
	struct response p = {.o = options, .log.lock = -1, .last_ts = INT64_MIN, .last_end = INT64_MIN};
	struct sendlog_options log = {.path = options->history, .tmpdir = options->tmpdir,
				      .memory = options->memory};
	enum so1_status status = bind(&p, r, e);

	if (status == SO1_OK)
		status = sendlog_open(&p.log, &log, NULL, NULL, e);
	if (status == SO1_OK) {
		p.more = sendlog_walk(&p.log, &p.cursor, &p.ahead, &p.text);
		next_assigned(&p);
		status = read_stream(&p, r, e);
	}
	if (status == SO1_OK && p.keys.count == 0) {
		error_set(e, SO1_FAILED, options->campaign ? "no customer of that campaign"
							    : "no entry of a message or a held-out "
							      "customer");
		if (options->campaign)
			error_value(e, slice_of(options->campaign));
		status = error_at(e, options->history, 0, NULL);
	}
	if (status == SO1_OK)
		status = put_report(&p, w, s, e);
	if (status == SO1_OK)
		report_notes(&p, s);
	response_free(&p);
	return status;
}
