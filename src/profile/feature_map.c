/* What a customer did by category, brand, sku and tag. Entries come sorted by name. */
#include "profile/feature.h"

#include "base/number.h"

enum { AFFINE_DIGITS = 6 };
static const double AFFINE_LEAST = .0001;

static struct slice name_at(const struct snapshot *s, enum key_space k,
			    const struct key_stat *stat)
{
	return dictionary_item(&s->history->names->keys[k], stat->name);
}

static void orders_by(const struct snapshot *s, struct feature_part part,
		      struct feature_value *v)
{
	const struct key_table *t = &s->keys[part.key];

	for (size_t i = 0; i < t->count; i++) {
		const struct key_stat *stat = &t->items[i];
		if (stat->orders == 0)
			continue;
		value_key(v, name_at(s, part.key, stat));
		number_put_int(v->cell, stat->orders);
	}
}

static void spend_by(const struct snapshot *s, struct feature_part part,
		     struct feature_value *v)
{
	const struct key_table *t = &s->keys[part.key];

	for (size_t i = 0; i < t->count; i++) {
		const struct key_stat *stat = &t->items[i];
		int64_t net;
		if (stat->spend.lines == 0 || !money_known(&stat->spend, &net))
			continue;
		value_key(v, name_at(s, part.key, stat));
		decimal_put(v->cell, net, 2);
	}
}

static void recency_by(const struct snapshot *s, struct feature_part part,
		       struct feature_value *v)
{
	const struct key_table *t = &s->keys[part.key];

	for (size_t i = 0; i < t->count; i++) {
		const struct key_stat *stat = &t->items[i];
		if (stat->orders == 0)
			continue;
		value_key(v, name_at(s, part.key, stat));
		number_put_int(v->cell, s->day - stat->last_day);
	}
}

static void views_by(const struct snapshot *s, struct feature_part part,
		     struct feature_value *v)
{
	const struct key_table *t = &s->keys[part.key];

	for (size_t i = 0; i < t->count; i++) {
		const struct key_stat *stat = &t->items[i];
		if (stat->views == 0)
			continue;
		value_key(v, name_at(s, part.key, stat));
		number_put_int(v->cell, stat->views);
	}
}

static void carts_by(const struct snapshot *s, struct feature_part part,
		     struct feature_value *v)
{
	const struct key_table *t = &s->keys[part.key];

	for (size_t i = 0; i < t->count; i++) {
		const struct key_stat *stat = &t->items[i];
		if (stat->carts == 0)
			continue;
		value_key(v, name_at(s, part.key, stat));
		number_put_int(v->cell, stat->carts);
	}
}

static void affine_by(const struct snapshot *s, struct feature_part part,
		      struct feature_value *v)
{
	const struct key_table *t = &s->keys[part.key];

	for (size_t i = 0; i < t->count; i++) {
		const struct key_stat *stat = &t->items[i];
		if (stat->orders == 0)
			continue;
		double now = stat->affine * snapshot_decay(s->order_count - 1 - stat->last_order);
		if (now < AFFINE_LEAST)
			continue;
		value_key(v, name_at(s, part.key, stat));
		number_put_rounded(v->cell, now, AFFINE_DIGITS);
	}
}

static void interest_by_tag(const struct snapshot *s, struct feature_part part,
			    struct feature_value *v)
{
	(void)part;
	for (size_t i = 0; i < s->tags.count; i++) {
		value_key(v, dictionary_item(&s->history->names->tags, s->tags.items[i].name));
		number_put_int(v->cell, s->tags.items[i].views);
	}
}

const struct feature feature_map_table[] = {
	{"orders_by_K", "map of orders", "For each key, the orders before as_of that contain it.",
	 "purchase: K; orders", SCOPE_KEY, false, orders_by},
	{"spend_by_K", "map of currency",
	 "For each key, as spend. Keys without a known amount are left out.",
	 "purchase, return: K, amount", SCOPE_KEY, false, spend_by},
	{"recency_by_K", "map of days",
	 "For each key, as_of less the day (UTC) of the last order that contains it.",
	 "purchase: K, ts; orders", SCOPE_KEY, false, recency_by},
	{"views_by_K", "map of events", "For each key, view events before as_of.",
	 "view: K", SCOPE_KEY, false, views_by},
	{"carts_by_K", "map of events", "For each key, cart events before as_of.",
	 "cart: K", SCOPE_KEY, false, carts_by},
	{"affine_by_K", "map of decayed orders",
	 "For each key, the orders that contain it, each counted .9 to the power of the number "
	 "of orders that came after it, to six significant digits; below .0001 left out.",
	 "purchase: K; orders; item frequency with time decay of Hu and others 2020",
	 SCOPE_KEY, false, affine_by},
	{"interest_by_tag", "map of events", "For each tag, the events before as_of that bear it.",
	 "any event: tags", SCOPE_ONCE, false, interest_by_tag},
	{0},
};
