/* affinity --by KEY, the fit: counts of the items, and EASE. */
#include "predict/affinity_holdout.h"

#include "base/number.h"
#include "predict/baseline.h"
#include "predict/ease.h"
#include "predict/pairs.h"
#include "stream/touchpoint.h"
#include "predict/window.h"
#include "stream/cells.h"
#include "stream/order.h"

#include <math.h>
#include <stdlib.h>

enum { DIGITS = 10, WEIGHT_DIGITS = 6, WINDOWS = 5 };
static const double windows[WINDOWS] = {28, 91, 182, 365, INFINITY};

enum map { MAP_ORDERS, MAP_RECENCY, MAPS };

struct item {
	double customers, orders, repeats;
	double rows;            /* that have it among their orders */
	double recent[WINDOWS]; /* customers by days since they last bought it */
	uint32_t place;         /* in the vocabulary, PAIR_NO_KEY outside it */
};

struct fit {
	const struct fit_request *request;
	struct buffer names[MAPS]; /* of the columns */
	size_t columns[MAPS], customer, as_of; /* the last two may be COLUMN_NONE */
	struct dictionary keys;
	struct item *items;        /* by key */
	size_t item_cap;
	struct pair_entry *entries; /* of the last row, not counted yet */
	size_t entry_count, entry_cap;
	bool waiting;
	uint64_t rows, customers;  /* rows: the last of everybody */
	double without;            /* of them, that have no orders */
	struct window window;
	double active[WINDOWS];
	struct tape baskets;       /* a customer: the number of his items, then their keys */
	uint32_t *basket;
	size_t basket_cap;
	uint32_t *vocabulary;      /* keys, bytewise */
	size_t vocabulary_count;
	uint64_t floor;            /* customers an item of the vocabulary has */
	int days;                  /* of windows[] */
	double repeat_share, recent_share; /* of all items */
	struct affinity_holdout holdout;
	struct arena scratch;
};

static void make_room(struct fit *f)
{
	size_t before = f->item_cap;

	GROW(f->items, f->item_cap, f->keys.count);
	for (size_t i = before; i < f->item_cap; i++)
		f->items[i] = (struct item){.place = PAIR_NO_KEY};
}

/* Counts the waiting row. */
static enum so1_status count_row(struct fit *f, struct so1_error *e)
{
	double nearest = INFINITY;
	uint32_t n = 0, there = 0;

	if (!f->waiting)
		return SO1_OK;
	f->waiting = false;
	affinity_holdout_keep(&f->holdout);
	make_room(f);
	GROW(f->basket, f->basket_cap, f->entry_count);
	for (size_t k = 0; k < f->entry_count; k++) {
		const struct pair_entry *x = &f->entries[k];
		struct item *item = &f->items[x->key];
		item->rows += x->map == MAP_ORDERS;
		there += x->map == MAP_ORDERS;
		if (x->map == MAP_ORDERS && x->value > 0) {
			item->customers++;
			item->orders += x->value;
			item->repeats += fmax(x->value - 1, 0);
			f->basket[n++] = x->key;
		} else if (x->map == MAP_RECENCY) {
			nearest = fmin(nearest, x->value);
			for (int w = 0; w < WINDOWS; w++)
				item->recent[w] += x->value <= windows[w];
		}
	}
	f->rows++;
	f->without += there == 0;
	for (int w = 0; w < WINDOWS; w++)
		f->active[w] += nearest <= windows[w] && isfinite(nearest);
	if (n == 0)
		return SO1_OK;
	f->customers++;
	enum so1_status s = tape_put(&f->baskets, &n, sizeof n, e);
	return s == SO1_OK ? tape_put(&f->baskets, f->basket, n * sizeof *f->basket, e) : s;
}

static enum so1_status read_row(struct fit *f, const struct record *rec, struct so1_error *e)
{
	f->entry_count = 0;
	arena_reset(&f->scratch);
	for (uint32_t m = 0; m < MAPS; m++) {
		size_t first = f->entry_count;
		struct slice field = rec->fields[f->columns[m]];
		enum so1_status s = pair_cell_read(field, m, NULL, &f->keys, &f->scratch, &f->entries,
						   &f->entry_count, &f->entry_cap, e);
		for (size_t k = first; k < f->entry_count && s == SO1_OK; k++)
			if (f->entries[k].value < 0) {
				s = error_set(e, SO1_FAILED, "less than 0");
				error_value(e, field);
			}
		if (s != SO1_OK)
			return error_at(e, NULL, 0, buffer_text(&f->names[m]));
	}
	window_take(&f->window, field_at(rec->fields, f->as_of));
	f->waiting = true;
	return SO1_OK;
}

static enum so1_status take_record(struct fit *f, struct reader *r, const struct record *rec,
				   struct order *order, struct so1_error *e)
{
	bool new_customer = true;
	enum so1_status s = SO1_OK;

	if (f->customer != COLUMN_NONE)
		s = order_check(order, rec, rec->fields[f->customer], SLICE(""), SLICE(""), false,
				&new_customer, e);
	/* Of several snapshots of a customer the last one holds the others' orders. */
	if (s == SO1_OK && new_customer)
		s = count_row(f, e);
	if (s != SO1_OK)
		return s;
	if (read_row(f, rec, e) == SO1_OK) {
		struct slice customer = field_at(rec->fields, f->customer);
		affinity_holdout_take(&f->holdout, rec->fields,
				      customer.len ? slice_hash(customer, 0) : f->rows);
		return SO1_OK;
	}
	struct so1_error why = *e;
	f->waiting = false;
	affinity_holdout_forget(&f->holdout);
	return reader_reject(r, rec, why.column, why.reason,
			     slice_of(why.has_value ? why.value : ""), e);
}

static enum so1_status read_rows(struct fit *f, struct reader *r, struct so1_error *e)
{
	struct order order = {0};
	enum so1_status s = SO1_OK;
	bool more = true;

	while (s == SO1_OK && more) {
		struct record rec;
		s = reader_next(r, &rec, &more, e);
		if (s == SO1_OK && more)
			s = take_record(f, r, &rec, &order, e);
	}
	if (s == SO1_OK)
		s = count_row(f, e);
	order_free(&order);
	return s == SO1_OK ? tape_finish(&f->baskets, e) : s;
}

static int by_falling(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x < *y) - (*x > *y);
}

/* The lowest floor from --min-support up that leaves no more items than fit. */
static uint64_t choose_floor(const struct fit *f)
{
	uint64_t floor = f->request->min_support > 1 ? f->request->min_support : 1;

	if (f->keys.count <= AFFINITY_ITEMS_MOST)
		return floor;
	double *counts = xcalloc(f->keys.count, sizeof *counts);
	for (size_t i = 0; i < f->keys.count; i++)
		counts[i] = f->items[i].customers;
	qsort(counts, f->keys.count, sizeof *counts, by_falling);
	uint64_t least = (uint64_t)counts[AFFINITY_ITEMS_MOST] + 1;
	free(counts);
	return floor > least ? floor : least;
}

struct named {
	struct slice name;
	uint32_t key;
};

static int by_name(const void *a, const void *b)
{
	return slice_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static enum so1_status choose_items(struct fit *f, struct summary *summary, struct so1_error *e)
{
	struct named *all = xcalloc(f->keys.count, sizeof *all);
	size_t n = 0;

	make_room(f);
	f->floor = choose_floor(f);
	for (uint32_t i = 0; i < f->keys.count; i++)
		if (f->items[i].customers >= (double)f->floor)
			all[n++] = (struct named){dictionary_item(&f->keys, i), i};
	qsort(all, n, sizeof *all, by_name);
	f->vocabulary = xcalloc(n, sizeof *f->vocabulary);
	f->vocabulary_count = n;
	for (size_t k = 0; k < n; k++) {
		f->vocabulary[k] = all[k].key;
		f->items[all[k].key].place = (uint32_t)k;
	}
	free(all);
	if (n == 0)
		return error_set(e, SO1_FAILED, "no key was bought by %llu customers or more; see "
				 "--min-support", (unsigned long long)f->floor);
	if (f->floor > f->request->min_support && f->floor > 1)
		summary_note(summary, "more than %d keys: those with fewer than %llu customers are left "
			     "out", AFFINITY_ITEMS_MOST, (unsigned long long)f->floor);
	return SO1_OK;
}

static void choose_window(struct fit *f)
{
	double orders = 0, repeats = 0, customers = 0, recent = 0;

	while (f->days < WINDOWS - 1 && f->active[f->days] < AFFINITY_ACTIVE)
		f->days++;
	for (size_t i = 0; i < f->keys.count; i++) {
		orders += f->items[i].orders;
		repeats += f->items[i].repeats;
		customers += f->items[i].customers;
		recent += f->items[i].recent[f->days];
	}
	f->repeat_share = orders > 0 ? repeats / orders : 0;
	f->recent_share = customers > 0 ? recent / customers : 0;
}

static double repeat_of(const struct fit *f, const struct item *x)
{
	return (x->repeats + AFFINITY_PRIOR * f->repeat_share) / (x->orders + AFFINITY_PRIOR);
}

static double fresh_of(const struct fit *f, const struct item *x)
{
	return sqrt((x->recent[f->days] + AFFINITY_PRIOR * f->recent_share) /
		    (x->customers + AFFINITY_PRIOR));
}

static double recent_of(const struct fit *f, const struct item *x)
{
	double active = f->active[f->days];

	return active > 0 ? x->recent[f->days] / active : 0;
}

static int by_place(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static enum so1_status add_baskets(struct fit *f, struct ease *ease, struct so1_error *e)
{
	for (uint64_t c = 0; c < f->customers; c++) {
		uint32_t n, kept = 0;
		enum so1_status s = tape_get(&f->baskets, &n, sizeof n, e);
		if (s == SO1_OK)
			s = tape_get(&f->baskets, f->basket, n * sizeof *f->basket, e);
		if (s != SO1_OK)
			return s;
		for (uint32_t k = 0; k < n; k++) {
			uint32_t place = f->items[f->basket[k]].place;
			if (place != PAIR_NO_KEY)
				f->basket[kept++] = place;
		}
		/* Bytewise maps come in order. */
		qsort(f->basket, kept, sizeof *f->basket, by_place);
		ease_add(ease, f->basket, kept);
	}
	return SO1_OK;
}

static void add_number(struct cell_builder *c, struct slice key, double x, int digits)
{
	struct buffer b = {0};

	number_put_rounded(&b, x, digits);
	cell_add(c, key, buffer_slice(&b));
	buffer_free(&b);
}

static void add_cell(struct model_file *m, const char *section, struct slice name,
		     struct cell_builder *c)
{
	struct buffer b = {0};

	cell_put_map(c, &b);
	model_file_add(m, section, name, buffer_slice(&b));
	buffer_free(&b);
	cell_clear(c);
}

static struct slice name_of(const struct fit *f, size_t place)
{
	return dictionary_item(&f->keys, f->vocabulary[place]);
}

static void write_items(const struct fit *f, struct model_file *m)
{
	struct cell_builder c = {0};

	for (size_t k = 0; k < f->vocabulary_count; k++) {
		const struct item *x = &f->items[f->vocabulary[k]];
		cell_add(&c, SLICE("kind"), SLICE("key"));
		add_number(&c, SLICE("fresh"), fresh_of(f, x), DIGITS);
		add_number(&c, SLICE("orders"), x->orders, DIGITS);
		add_number(&c, SLICE("recent"), recent_of(f, x), DIGITS);
		add_number(&c, SLICE("repeat"), repeat_of(f, x), DIGITS);
		add_number(&c, SLICE("support"), x->customers, DIGITS);
		add_cell(m, "transform", name_of(f, k), &c);
	}
	cell_free(&c);
}

static void write_weights(const struct fit *f, const struct ease *ease, struct model_file *m)
{
	struct best_item items[AFFINITY_NEIGHBOURS];
	double weights[AFFINITY_NEIGHBOURS];
	struct best best = {items, AFFINITY_NEIGHBOURS, 0};
	double *factor = xcalloc(ease->items, sizeof *factor);
	struct cell_builder c = {0};

	for (size_t k = 0; k < ease->items; k++)
		factor[k] = fresh_of(f, &f->items[f->vocabulary[k]]);
	for (size_t k = 0; k < ease->items; k++) {
		ease_nearest(ease, k, factor, &best, weights);
		for (size_t i = 0; i < best.count; i++)
			add_number(&c, name_of(f, items[i].key), weights[i], WEIGHT_DIGITS);
		add_cell(m, "term", name_of(f, k), &c);
	}
	cell_free(&c);
	free(factor);
}

static void describe_baseline(const struct fit *f, struct model_file *m)
{
	struct baseline_key *keys = xcalloc(f->keys.count, sizeof *keys);
	size_t n = 0;

	for (uint32_t i = 0; i < f->keys.count; i++)
		if (f->items[i].rows > 0)
			keys[n++] = (struct baseline_key){dictionary_item(&f->keys, i), f->items[i].rows};
	baseline_keys(buffer_slice(&f->names[MAP_ORDERS]), keys, n, 0, f->without, f->rows, m);
	free(keys);
}

static void describe(const struct fit *f, double lambda, struct model_file *m)
{
	const struct fit_request *q = f->request;

	model_file_add(m, "model", SLICE("kind"), slice_of(q->kind));
	model_file_add_number(m, "model", "version", MODELFILE_VERSION);
	model_file_add(m, "model", SLICE("by"), slice_of(q->by));
	model_file_add_number(m, "model", "lambda", lambda);
	model_file_add_number(m, "model", "top", (double)q->top);
	model_file_add_number(m, "model", "repeat_share", f->repeat_share);
	model_file_add(m, "model", SLICE("command"), slice_of(q->command));
	window_describe(&f->window, m);
	model_file_add_number(m, "card", "rows", (double)f->rows);
	model_file_add_number(m, "card", "customers", (double)f->customers);
	model_file_add_number(m, "card", "keys", (double)f->keys.count);
	model_file_add_number(m, "card", "keys_used", (double)f->vocabulary_count);
	model_file_add_number(m, "card", "least_customers", (double)f->floor);
	if (isfinite(windows[f->days]))
		model_file_add_number(m, "card", "recent_days", windows[f->days]);
	model_file_add_number(m, "card", "recent_customers", f->active[f->days]);
	describe_baseline(f, m);
}

/* What the held-out say goes into the card, before the rest of the model. */
static enum so1_status hold_out(struct fit *f, const struct model_file *rest,
				struct summary *summary, struct model_file *m, struct so1_error *e)
{
	struct affinity_holdout *h = &f->holdout;
	struct model_file whole = {0};

	model_file_append(&whole, m);
	model_file_append(&whole, rest);
	enum so1_status s = affinity_holdout_judge(h, &whole, f->request->threads, m, e);
	model_file_free(&whole);
	if (h->unreadable)
		summary_note(summary, "label_by_%s is no map of numbers, and so not among the held "
			     "out: rows %llu", f->request->by, (unsigned long long)h->unreadable);
	return s;
}

static enum so1_status learn(struct fit *f, struct summary *summary, struct model_file *m,
			     struct so1_error *e)
{
	const struct fit_request *q = f->request;
	double lambda = isnan(q->lambda) ? AFFINITY_LAMBDA : q->lambda;
	struct model_file rest = {0};
	struct ease ease = {0};
	enum so1_status s = choose_items(f, summary, e);

	if (s != SO1_OK)
		return s;
	choose_window(f);
	ease_init(&ease, f->vocabulary_count);
	s = add_baskets(f, &ease, e);
	if (s == SO1_OK)
		s = ease_solve(&ease, lambda, e);
	if (s == SO1_OK) {
		describe(f, lambda, m);
		write_items(f, &rest);
		write_weights(f, &ease, &rest);
		s = hold_out(f, &rest, summary, m, e);
		model_file_append(m, &rest);
	}
	model_file_free(&rest);
	ease_free(&ease);
	return s;
}

static enum so1_status find_columns(struct fit *f, const struct reader *r, struct so1_error *e)
{
	enum so1_status s = SO1_OK;

	buffer_printf(&f->names[MAP_ORDERS], "orders_by_%s", f->request->by);
	buffer_printf(&f->names[MAP_RECENCY], "recency_by_%s", f->request->by);
	for (int m = 0; m < MAPS && s == SO1_OK; m++)
		s = reader_need(r, buffer_text(&f->names[m]), &f->columns[m], e);
	f->customer = header_find(reader_header(r), SLICE("customer_id"));
	f->as_of = header_find(reader_header(r), SLICE("as_of"));
	affinity_holdout_open(&f->holdout, reader_header(r), f->request->by);
	return s;
}

enum so1_status affinity_fit(const struct fit_request *q, struct reader *r,
			     struct summary *summary, struct fit_result *result,
			     struct so1_error *e)
{
	struct fit f = {.request = q};

	tape_init(&f.baskets, q->memory / 2, q->tmpdir);
	enum so1_status s = find_columns(&f, r, e);
	if (s == SO1_OK)
		s = read_rows(&f, r, e);
	if (s == SO1_OK)
		s = learn(&f, summary, &result->model, e);
	for (int m = 0; m < MAPS; m++)
		buffer_free(&f.names[m]);
	dictionary_free(&f.keys);
	tape_free(&f.baskets);
	arena_free(&f.scratch);
	window_free(&f.window);
	affinity_holdout_free(&f.holdout);
	free(f.items);
	free(f.entries);
	free(f.basket);
	free(f.vocabulary);
	return s;
}
