/* What a customer looks at and likes. */
#include "profile/feature.h"

#include "base/datetime.h"

#include <math.h>

enum { CART_DAYS = 28 };

static void visits_within(const struct snapshot *s, struct feature_part part,
			  struct feature_value *v)
{
	value_count(v, s->within[EVENT_VISIT][part.span]);
}

static void views_within(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	value_count(v, s->within[EVENT_VIEW][part.span]);
}

static void carts_within(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	value_count(v, s->within[EVENT_CART][part.span]);
}

static void searches_28d(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	(void)part;
	value_count(v, s->within[EVENT_SEARCH][s->plan->span_28]);
}

static void abandoned_cart(const struct snapshot *s, struct feature_part part,
			   struct feature_value *v)
{
	(void)part;
	value_flag(v, s->last_cart != TIME_NONE && s->last_cart > s->last_purchase &&
		      s->last_cart >= s->time - CART_DAYS * DAY_SECONDS);
}

static void categories(const struct snapshot *s, struct feature_part part,
		       struct feature_value *v)
{
	const struct key_table *t = &s->keys[KEY_CATEGORY];
	uint64_t n = 0;

	(void)part;
	for (size_t i = 0; i < t->count; i++)
		n += t->items[i].orders > 0;
	value_count(v, n);
}

static void category_entropy(const struct snapshot *s, struct feature_part part,
			     struct feature_value *v)
{
	const struct key_table *t = &s->keys[KEY_CATEGORY];
	double total = 0, bits = 0;

	(void)part;
	for (size_t i = 0; i < t->count; i++)
		total += t->items[i].orders;
	if (total == 0)
		return;
	for (size_t i = 0; i < t->count; i++) {
		double share = t->items[i].orders / total;
		if (share > 0)
			bits -= share * log2(share);
	}
	value_number(v, bits);
}

static void category_concentration(const struct snapshot *s, struct feature_part part,
				   struct feature_value *v)
{
	const struct key_table *t = &s->keys[KEY_CATEGORY];
	double total = 0, squares = 0;

	(void)part;
	for (size_t i = 0; i < t->count; i++) {
		double orders = t->items[i].orders;
		total += orders;
		squares += orders * orders;
	}
	value_share(v, squares, total * total);
}

static void skus(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	const struct key_table *t = &s->keys[KEY_SKU];
	uint64_t n = 0;

	(void)part;
	for (size_t i = 0; i < t->count; i++)
		n += t->items[i].orders > 0;
	value_count(v, n);
}

static bool key_beats(const struct key_stat *a, const struct key_stat *b)
{
	if (a->orders != b->orders)
		return a->orders > b->orders;
	if (a->views != b->views)
		return a->views > b->views;
	return a->carts > b->carts;
}

/* Entries are sorted by name, so the first of equals is the smallest name. */
static void put_top(const struct snapshot *s, enum key_space k, struct feature_value *v)
{
	const struct key_table *t = &s->keys[k];
	const struct key_stat *top = NULL;

	for (size_t i = 0; i < t->count; i++) {
		const struct key_stat *stat = &t->items[i];
		if (stat->orders + stat->views + stat->carts == 0)
			continue;
		if (top == NULL || key_beats(stat, top))
			top = stat;
	}
	if (top == NULL)
		return;
	v->kind = VALUE_TEXT;
	v->text = dictionary_item(&s->history->names->keys[k], top->name);
}

static void top_category(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	(void)part;
	put_top(s, KEY_CATEGORY, v);
}

static void top_brand(const struct snapshot *s, struct feature_part part,
		      struct feature_value *v)
{
	(void)part;
	put_top(s, KEY_BRAND, v);
}

const struct feature feature_interest_table[] = {
	{"visits_Wd", "events", "visit events in [as_of - W days, as_of).",
	 "visit: ts", SCOPE_WINDOW, false, visits_within},
	{"views_Wd", "events", "view events in [as_of - W days, as_of).",
	 "view: ts", SCOPE_WINDOW, false, views_within},
	{"carts_Wd", "events", "cart events in [as_of - W days, as_of).",
	 "cart: ts", SCOPE_WINDOW, false, carts_within},
	{"searches_28d", "events", "search events in [as_of - 28 days, as_of).",
	 "search: ts", SCOPE_ONCE, false, searches_28d},
	{"abandoned_cart", "flag",
	 "1 when the latest cart event is in [as_of - 28 days, as_of) and no purchase came at "
	 "its time or after it, else 0.",
	 "cart, purchase: ts", SCOPE_ONCE, false, abandoned_cart},
	{"categories", "categories", "Distinct categories in orders before as_of.",
	 "orders_by_category", SCOPE_ONCE, false, categories},
	{"category_entropy", "bits",
	 "Shannon entropy, to base 2, of orders_by_category: 0 when all is one category. "
	 "Unknown when no order has a category.",
	 "orders_by_category; Shannon 1948", SCOPE_ONCE, false, category_entropy},
	{"category_concentration", "0 to 1",
	 "Sum of the squares of the shares of orders_by_category (Herfindahl's index): 1 when "
	 "all is one category. Unknown when no order has a category.",
	 "orders_by_category; Herfindahl 1950", SCOPE_ONCE, false, category_concentration},
	{"skus", "skus", "Distinct skus in orders before as_of.",
	 "orders_by_sku", SCOPE_ONCE, false, skus},
	{"top_category", "name",
	 "The category in most orders before as_of; among equals the one with most views, "
	 "then carts, then the bytewise first. So of a customer without orders it is the most "
	 "viewed.",
	 "orders_by_category, views_by_category, carts_by_category",
	 SCOPE_ONCE, false, top_category},
	{"top_brand", "name", "The same of brands.",
	 "orders_by_brand, views_by_brand, carts_by_brand", SCOPE_ONCE, false, top_brand},
	{0},
};
