/* What a customer is worth. */
#include "profile/feature.h"

static void orders(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	(void)part;
	value_count(v, s->order_count);
}

static void items(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	__int128 net = s->items_bought - s->items_returned;

	(void)part;
	if (net > INT64_MAX || net < -INT64_MAX)
		return;
	v->kind = VALUE_DECIMAL;
	v->i = (int64_t)net;
}

static void spend(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	(void)part;
	value_money(v, &s->spend);
}

static void aov(const struct snapshot *s, struct feature_part part, struct feature_value *v)
{
	int64_t net;

	(void)part;
	if (s->order_count && money_known(&s->spend, &net))
		value_number(v, (double)net / 1e6 / s->order_count);
}

static void orders_within(const struct snapshot *s, struct feature_part part,
			  struct feature_value *v)
{
	value_count(v, s->orders_within[part.span]);
}

static void spend_within(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	value_money(v, &s->spend_within[part.span]);
}

static void spend_last_year(const struct snapshot *s, struct feature_part part,
			    struct feature_value *v)
{
	(void)part;
	value_money(v, &s->spend_last_year);
}

static void orders_last_year(const struct snapshot *s, struct feature_part part,
			     struct feature_value *v)
{
	(void)part;
	value_count(v, s->orders_last_year);
}

static void basket_items(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	(void)part;
	if (s->items_bought > 0)
		value_share(v, (double)s->items_bought / 1e6, s->order_count);
}

static void return_rate(const struct snapshot *s, struct feature_part part,
			struct feature_value *v)
{
	(void)part;
	value_share(v, (double)s->items_returned, (double)s->items_bought);
}

static void coupon_share(const struct snapshot *s, struct feature_part part,
			 struct feature_value *v)
{
	(void)part;
	value_share(v, (double)s->coupon_orders, s->order_count);
}

const struct feature feature_value_table[] = {
	{"orders", "orders",
	 "Distinct orders whose first purchase line is before as_of. An order is what one "
	 "source calls by one order_id; lines without an order_id are one order for each "
	 "source and time. An order that was returned in full still counts.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, orders},
	{"items", "items",
	 "Quantity bought less quantity returned before as_of. A line without qty is one item.",
	 "purchase, return: qty", SCOPE_ONCE, false, items},
	{"spend", "currency",
	 "Amounts of purchase lines less amounts of return lines before as_of, exact. Unknown "
	 "when there are lines and none has an amount; lines without one add nothing.",
	 "purchase, return: amount", SCOPE_ONCE, false, spend},
	{"aov", "currency",
	 "Average order value: spend / orders. Unknown without an order or without spend.",
	 "spend, orders", SCOPE_ONCE, false, aov},
	{"orders_Wd", "orders",
	 "Orders whose first purchase line is in [as_of - W days, as_of).",
	 "purchase: source, order_id, ts", SCOPE_WINDOW, false, orders_within},
	{"spend_Wd", "currency",
	 "As spend, of lines in [as_of - W days, as_of): a return counts on its own day.",
	 "purchase, return: amount, ts", SCOPE_WINDOW, false, spend_within},
	{"spend_same_last_year", "currency",
	 "As spend, of lines in [as_of - 365 days, as_of - 365 days + H), where H is the days "
	 "of --horizon, else of --label, else 28, and never reaching past as_of.",
	 "purchase, return: amount, ts", SCOPE_ONCE, false, spend_last_year},
	{"orders_same_last_year", "orders",
	 "Orders whose first purchase line is in the window of spend_same_last_year.",
	 "purchase: source, order_id, ts", SCOPE_ONCE, false, orders_last_year},
	{"basket_items", "items",
	 "Quantity bought / orders, before as_of: the mean size of a basket, whatever came "
	 "back. Unknown when nothing was bought.",
	 "purchase: qty; orders", SCOPE_ONCE, false, basket_items},
	{"return_rate", "share",
	 "Quantity returned / quantity bought, before as_of. Unknown when nothing was bought.",
	 "purchase, return: qty", SCOPE_ONCE, false, return_rate},
	{"coupon_share", "share",
	 "Of orders, the share with an offer_id on a purchase line, or named by the order_id "
	 "of a redeem event of the same source, before as_of. Unknown without an order.",
	 "purchase: offer_id; redeem: source, order_id; orders", SCOPE_ONCE, false, coupon_share},
	{0},
};
