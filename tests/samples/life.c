#include "life.h"
#include <string.h>

struct life {
	struct trace trace;
	const struct person *p;
	const struct goods *goods;
	struct rng r;
	int64_t week;                       /* its first day */
	int month;
	double wish[CATEGORIES];            /* affinity × season */
	/* the spell of interest one is in */
	enum category spell;
	int spell_left;
	const struct campaign *coupon;      /* in hand, from a mail one clicked on */
	int64_t coupon_until;
	int64_t care_week;                  /* when to come back for a care plan; 0 never */
	int64_t refill_week;                /* when the coffee is finished */
	int64_t subscribed, unsubscribed;   /* days; INT64_MAX never */
	bool buys_boho;
};

static int64_t moment(struct life *l, int64_t day)
{
	int hour = l->p->hour + rng_between(&l->r, -2, 2);
	if (rng_hit(&l->r, 0.25))
		hour = rng_between(&l->r, 7, 23);
	if (hour > 23)
		hour = 23;
	int64_t local = day * 86400 + hour * 3600 + rng_below(&l->r, 3600);
	return local - berlin_offset(local);
}

/* A day of this week; every other time the favourite weekday. The window's first day is a
 * Friday (4). */
static int64_t day_in_week(struct life *l)
{
	if (rng_hit(&l->r, 0.45))
		return l->week + (l->p->weekday + 3) % 7;
	return l->week + rng_below(&l->r, 7);
}

static bool within(int64_t at)
{
	return at >= FIRST_DAY * 86400 && at < END_DAY * 86400;
}

static void browse(struct life *l, int64_t at, enum category c, int views, bool cart,
		const struct product *chosen)
{
	if (!l->p->surfs || !within(at + 3600))
		return;
	struct session s = session_start(&l->trace, at);
	if (rng_hit(&l->r, 0.22)) {
		const struct query *q = &queries[rng_below(&l->r, query_count)];
		for (int tries = 0; tries < 30; tries++) {
			if (!strcmp(q->category, category_names[c]) && (!*q->flavour || l->buys_boho))
				break;
			q = &queries[rng_below(&l->r, query_count)];
		}
		session_search(&l->trace, &s, q->words);
	}
	for (int i = 0; i < views; i++)
		session_view(&l->trace, &s, goods_pick(l->goods, c, l->buys_boho, false, &l->r));
	if (chosen)
		session_view(&l->trace, &s, chosen);
	if (cart)
		session_cart(&l->trace, &s, chosen ? chosen
				: goods_pick(l->goods, c, l->buys_boho, false, &l->r));
}

static const struct product *care_plan(const struct life *l, enum category c)
{
	int first = l->goods->first[WARRANTY];
	int which = c == TV ? (l->p->number % 3 ? 0 : 1) : c == AUDIO ? 2 : c == HOUSEHOLD ? 3 : 4;
	return &l->goods->products[first + which];
}

/* A line of its own, or one more of what is in the basket already. */
static void put_in_basket(struct order *o, const struct product *p, int qty)
{
	for (int i = 0; i < o->count; i++) {
		if (o->lines[i].product == p) {
			o->lines[i].qty += qty;
			return;
		}
	}
	o->lines[o->count++] = (struct line){ p, qty };
}

/* Care plans go with something dear; those who love both television and sound take them, at
 * once or when they come back weeks later. */
static void consider_care(struct life *l, struct order *o)
{
	double cinema = person_cinema(l->p);
	for (int i = 0; i < o->count; i++) {
		enum category c = o->lines[i].product->category;
		bool electric = c == TV || c == AUDIO || c == GAMING || c == HOUSEHOLD;
		if (!electric || o->lines[i].product->cents < 9000)
			continue;
		if (rng_hit(&l->r, 0.04 + 0.3 * cinema)) {
			put_in_basket(o, care_plan(l, c), 1);
			return;
		}
		if (!l->care_week && rng_hit(&l->r, 0.02 + 0.45 * cinema))
			l->care_week = l->week + 7 * rng_between(&l->r, 2, 8);
	}
}

static void fill_basket(struct life *l, struct order *o, enum category c, bool refill,
		const struct product *first)
{
	while (o->count < 6) {
		const struct product *p =
				first ? first : goods_pick(l->goods, c, l->buys_boho, refill, &l->r);
		first = NULL;
		int qty = p->consumable ? rng_between(&l->r, 1, 3) : rng_hit(&l->r, 0.08) ? 2 : 1;
		put_in_basket(o, p, qty);
		if (!rng_hit(&l->r, 0.36))
			break;
		double u = rng_unit(&l->r);
		if (u >= 0.45) {
			c = u < 0.75 ? goods_complement(c)
					: (enum category)rng_pick(&l->r, l->wish, CATEGORIES);
			refill = false;
		}
		if (c == WARRANTY)
			c = AUDIO;
	}
}

static void buy(struct life *l, int64_t at, enum category c, bool refill,
		const struct product *first)
{
	if (!within(at))
		return;
	struct order o = { .at = at };
	o.store = rng_hit(&l->r, l->p->store);
	if (o.store) { /* branches are open nine to eight, not on Sundays */
		int64_t day = at / 86400;
		if ((day + 3) % 7 == 6)
			day--;
		o.at = day * 86400 + rng_between(&l->r, 8 * 3600, 18 * 3600);
	}
	if (!within(o.at))
		return;
	if (l->coupon && l->coupon->category == c && o.at / 86400 <= l->coupon_until &&
			rng_hit(&l->r, 0.5 + 0.5 * l->p->bargain)) {
		o.coupon = l->coupon;
		o.percent_off = l->coupon->percent_off;
	}
	fill_basket(l, &o, c, refill, first);
	if (c != WARRANTY)
		consider_care(l, &o);
	order_write(&l->trace, &o);
	if (o.coupon) {
		mail_write(&l->trace, o.at, "redeemed", o.coupon);
		l->coupon = NULL;
	}
	if (rng_hit(&l->r, 0.035) && within(o.at + 9 * 86400))
		chat_write(&l->trace, moment(l, o.at / 86400 + rng_between(&l->r, 2, 8)), c,
				o.lines[0].product);
}

/* One week inside a spell of interest: look, perhaps fill the cart, perhaps buy. */
static void spell_week(struct life *l)
{
	int64_t at = moment(l, day_in_week(l));
	double closing = l->p->closing * (l->coupon && l->coupon->category == l->spell ? 1.8 : 1);
	bool closes = rng_hit(&l->r, closing);
	const struct product *chosen =
			closes ? goods_pick(l->goods, l->spell, l->buys_boho, false, &l->r) : NULL;
	int views = rng_between(&l->r, 1, 3);
	browse(l, at, l->spell, views, closes || rng_hit(&l->r, 0.14), chosen);
	l->spell_left--;
	if (closes) {
		buy(l, at + rng_between(&l->r, 1800, 200000), l->spell, false, chosen);
		l->spell_left = 0;
	} else if (rng_hit(&l->r, 0.006)) {
		chat_write(&l->trace, at + 7200 < END_DAY * 86400 ? at + 7200 : at, l->spell,
				goods_pick(l->goods, l->spell, l->buys_boho, false, &l->r));
	}
}

static void start_spell(struct life *l, enum category c)
{
	l->spell = c == WARRANTY ? TV : c;
	l->spell_left = rng_between(&l->r, 1, 5);
}

static void customer_week(struct life *l)
{
	double sum = 0;
	for (int c = 0; c < CATEGORIES; c++) {
		l->wish[c] = l->p->affinity[c] * goods_season((enum category)c, l->month);
		sum += l->wish[c];
	}
	if (!l->spell_left && rng_hit(&l->r, l->p->curiosity / 52 * sum))
		start_spell(l, (enum category)rng_pick(&l->r, l->wish, CATEGORIES));
	if (l->spell_left)
		spell_week(l);
	if (rng_hit(&l->r, l->p->rate / 52 * sum)) {
		enum category c = (enum category)rng_pick(&l->r, l->wish, CATEGORIES);
		int64_t at = moment(l, day_in_week(l));
		if (rng_hit(&l->r, 0.25))
			browse(l, at - rng_between(&l->r, 900, 90000), c, 1, false, NULL);
		buy(l, at, c == WARRANTY ? TV : c, false, NULL);
	}
	if (l->care_week && l->week >= l->care_week) {
		const struct product *plan = care_plan(l, TV);
		browse(l, moment(l, l->week + 1), WARRANTY, 1, true, plan);
		buy(l, moment(l, l->week + 2), WARRANTY, false, plan);
		l->care_week = 0;
	}
	if (l->refill_week && l->week >= l->refill_week) {
		if (rng_hit(&l->r, 0.75))
			buy(l, moment(l, day_in_week(l)), HOUSEHOLD, true, NULL);
		l->refill_week = l->week + 7 * rng_between(&l->r, 6, 9);
	}
}

static void mailing(struct life *l, const struct campaign *c, bool customer)
{
	struct rng *r = &l->r;
	int64_t day = day_of(c->year, c->month, c->day);
	double affinity = l->p->affinity[c->category];
	if (day < l->subscribed || day >= l->unsubscribed || !rng_hit(r, 0.45 + 2 * affinity))
		return;
	mail_write(&l->trace, day * 86400 + 7 * 3600 + rng_below(r, 1200), "sent", c);
	double opens = l->p->response * (customer ? 1 : 0.35);
	if (rng_hit(r, opens)) {
		int64_t at = moment(l, day + (int64_t)rng_exponential(r, 0.9));
		at = at < day * 86400 + 30000 ? day * 86400 + 30000 : at;
		if (!within(at + 7200))
			return;
		mail_write(&l->trace, at, "opened", c);
		if (rng_hit(r, 0.1 + 0.9 * (affinity * 2 > 0.7 ? 0.7 : affinity * 2))) {
			mail_write(&l->trace, at + rng_between(r, 8, 300), "clicked", c);
			int views = rng_between(r, 1, 2);
			browse(l, at + 400, c->category, views, rng_hit(r, 0.1), NULL);
			l->coupon = c;
			l->coupon_until = day + 21;
			if (customer && rng_hit(r, 0.7)) {
				start_spell(l, c->category);
				if (rng_hit(r, 0.1 + 0.3 * l->p->bargain))
					buy(l, at + rng_between(r, 900, 200000), c->category, false, NULL);
			}
		}
	}
	if (rng_hit(r, 0.025 * (1 - l->p->response)) && within((day + 3) * 86400)) {
		l->unsubscribed = day + rng_between(r, 0, 2);
		mail_write(&l->trace, l->unsubscribed * 86400 + 68400 + rng_below(r, 7200),
				"unsubscribed", c);
	}
}

static void start_subscription(struct life *l)
{
	l->subscribed = l->unsubscribed = INT64_MAX;
	if (!l->p->subscriber)
		return;
	int64_t from = l->p->join_day > FIRST_DAY - 400 ? l->p->join_day : FIRST_DAY - 400;
	double u = rng_unit(&l->r);
	l->subscribed = from + (int64_t)(u * u * (double)(END_DAY - from));
	mail_write(&l->trace, l->subscribed * 86400 + rng_between(&l->r, 25000, 70000), "subscribed",
			NULL);
}

void life_write(struct world *w, uint64_t number)
{
	struct person p;
	person_make(&p, w->seed, number);
	struct life l = { .p = &p, .goods = &w->goods };
	trace_start(&l.trace, w, &p);
	l.r = rng_start(w->seed, number, 4);
	l.buys_boho = p.persona == BOHO && rng_hit(&l.r, 0.8);
	if (p.in_crm)
		crm_write(&l.trace);
	if (w->crm_only)
		return;
	start_subscription(&l);
	if (p.affinity[HOUSEHOLD] > 0.35 && rng_hit(&l.r, 0.5))
		l.refill_week = (p.join_day > FIRST_DAY ? p.join_day : FIRST_DAY) +
				7 * rng_between(&l.r, 0, 6);
	int next = 0;
	for (l.week = FIRST_DAY; l.week < END_DAY; l.week += 7) {
		int y, d;
		day_split(l.week, &y, &l.month, &d);
		bool customer = l.week >= p.join_day && l.week < p.drop_day;
		for (; next < campaign_count && day_of(campaigns[next].year, campaigns[next].month,
				campaigns[next].day) < l.week + 7; next++)
			mailing(&l, &campaigns[next], customer);
		if (customer)
			customer_week(&l);
	}
	/* Anyone who never did a thing was at least seen once. */
	if (p.surfs && !l.trace.device_told[0] && !p.in_crm && !p.subscriber)
		browse(&l, moment(&l, FIRST_DAY + (int64_t)(number % 700)), FASHION, 1, false, NULL);
	if (rng_hit(&l.r, 0.012))
		suppress_write(&l.trace, END_DAY * 86400 - (int64_t)(number % 700) * 86400);
}
