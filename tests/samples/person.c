#include "person.h"
#include <stdio.h>
#include <string.h>
#include "text.h"

enum { STREAM_HOUSE = 1, STREAM_SELF = 2, STREAM_TRAITS = 3 };

struct house {
	bool couple, one_name, one_mail, one_line, one_device, twins, junior;
	int surname, surname2;
	struct address home;
	char junior_gender;
};

/* Frequency falls with rank as 1/(rank+8): Müller is common, but not a tenth of the country. */
static int pick_surname(struct rng *r)
{
	static double weights[256];
	if (!weights[0])
		for (int i = 0; i < last_name_count; i++)
			weights[i] = 1.0 / (i + 8);
	return rng_pick(r, weights, last_name_count);
}

static struct address pick_address(struct rng *r)
{
	static double weights[64];
	if (!weights[0])
		for (int i = 0; i < town_count; i++)
			weights[i] = towns[i].weight;
	struct address a;
	a.town = rng_pick(r, weights, town_count);
	a.postcode = towns[a.town].postcode + rng_below(r, towns[a.town].postcodes);
	a.street = rng_below(r, street_count);
	double u = rng_unit(r);
	a.number = 1 + (int)(u * u * 140);
	return a;
}

static struct house make_house(uint64_t seed, uint64_t number)
{
	struct rng r = rng_start(seed, number / 2, STREAM_HOUSE);
	struct house h = { 0 };
	h.couple = rng_hit(&r, 0.42);
	h.one_name = rng_hit(&r, 0.8);
	h.one_mail = rng_hit(&r, 0.14);
	h.one_line = rng_hit(&r, 0.6);
	h.one_device = rng_hit(&r, 0.35);
	double kin = rng_unit(&r);
	h.twins = kin < 0.02;
	h.junior = kin >= 0.02 && kin < 0.05;
	h.surname = pick_surname(&r);
	h.surname2 = pick_surname(&r);
	h.home = pick_address(&r);
	h.junior_gender = rng_hit(&r, 0.7) ? 'm' : 'f';
	return h;
}

static int year_of(int64_t day)
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	return y;
}

static const struct first_name *pick_first(char gender, int year, struct rng *r)
{
	const struct first_name *name = NULL;
	for (int tries = 0; tries < 40; tries++) {
		const struct first_name *f = &first_names[rng_below(r, first_name_count)];
		bool right = gender == 'x' || f->gender == gender;
		if (right)
			name = f;
		if (right && f->from <= year && year <= f->to)
			break;
	}
	return name ? name : &first_names[0];
}

static int64_t pick_birthday(struct rng *r)
{
	/* Three uniform draws: most are in their thirties to fifties, few under 20 or over 80. */
	double sum = rng_unit(r);
	sum += rng_unit(r);
	sum += rng_unit(r);
	double age = 17 + sum / 3 * 62;
	return END_DAY - (int64_t)(age * 365.25) - rng_below(r, 365);
}

static void make_name(struct person *p, const struct house *h, struct rng *r)
{
	bool second = p->number % 2 == 1;
	p->gender = rng_hit(r, 0.008) ? 'x' : rng_hit(r, 0.54) ? 'f' : 'm';
	p->born = pick_birthday(r);
	const char *own = last_names[pick_surname(r)];
	p->last = own;
	if (h->couple) {
		p->last = last_names[h->one_name || !second ? h->surname : h->surname2];
		if (h->one_name && second && !h->twins && !h->junior && rng_hit(r, 0.25) &&
				strcmp(own, p->last))
			p->maiden = own;
	}
	if (h->couple && (h->twins || h->junior)) {
		/* Both must draw the same: from the household, not from themselves. */
		struct rng kin = *r;
		kin.state = rng_mix((uint64_t)h->home.postcode * 1000 + (uint64_t)h->surname);
		int64_t born = pick_birthday(&kin);
		p->last = last_names[h->surname];
		if (h->twins) {
			p->born = born;
		} else {
			p->gender = h->junior_gender;
			p->born = day_of(1948 + h->surname % 26, 1, 1) + born % 365 + (second ? 9900 : 0);
			p->first = pick_first(p->gender, 1984, &kin);
		}
	}
	if (!p->first)
		p->first = pick_first(p->gender, year_of(p->born), r);
}

/* Every number in here comes from rng_scramble of the person's: addresses never collide. */
static void make_contacts(struct person *p, const struct house *h, uint64_t seed, struct rng *r)
{
	char first[32], last[48], lower[64];
	dirt_lower(lower, sizeof lower, p->first->name);
	dirt_ascii(first, sizeof first, lower);
	dirt_lower(lower, sizeof lower, p->maiden && rng_hit(r, 0.5) ? p->maiden : p->last);
	dirt_ascii(last, sizeof last, lower);
	for (char *c = last; *c; c++)
		if (*c == ' ')
			*c = '-';
	unsigned long long id = rng_scramble(p->number, seed + 1);
	const char *domain = mail_domains[rng_below(r, mail_domain_count)];
	switch (rng_below(r, 6)) {
	case 0: snprintf(p->email, sizeof p->email, "%.1s.%s%llu@%s", first, last, id, domain); break;
	case 1: snprintf(p->email, sizeof p->email, "%s%llu@%s", first, id, domain); break;
	case 2: snprintf(p->email, sizeof p->email, "%s_%s.%llu@%s", last, first, id, domain); break;
	case 3: snprintf(p->email, sizeof p->email, "%s%s%llu@%s", first, last, id, domain); break;
	default: snprintf(p->email, sizeof p->email, "%s.%s%llu@%s", first, last, id, domain);
	}
	if (h->couple && h->one_mail)
		snprintf(p->email, sizeof p->email, "familie.%llu@%s",
				(unsigned long long)rng_scramble(p->number / 2, seed + 2),
				mail_domains[p->number / 2 % (uint64_t)mail_domain_count]);
	if (rng_hit(r, 0.3))
		snprintf(p->email2, sizeof p->email2, "%s.%s@firma-%llu.example", first, last, id);
	static const int prefixes[][10] = {
		{ 1511, 1520, 1573, 1590, 1601, 1626, 1702, 1719, 1746, 1766 },
		{ 1512, 1522, 1575, 1591, 1602, 1627, 1703, 1718, 1747, 1767 },
	};
	uint64_t range = p->number / PEOPLE_PER_RANGE;
	p->mobile = (uint64_t)prefixes[range][rng_below(r, 10)] * 10000000 +
			rng_scramble(p->number % PEOPLE_PER_RANGE + 1000000, seed + 3) % 10000000;
	if (rng_hit(r, 0.55)) {
		uint64_t owner = h->couple && h->one_line ? p->number / 2 * 2 : p->number;
		p->landline = rng_scramble(owner % PEOPLE_PER_RANGE + 1000000, seed + 4) % 10000000;
		p->landline += range * 10000000; /* a digit more */
	}
	bool tweets = rng_hit(r, 0.3), by_first = rng_hit(r, 0.5), dashed = rng_hit(r, 0.3);
	if (tweets)
		snprintf(p->twitter, sizeof p->twitter, "@%.10s%s%llu", by_first ? first : last,
				dashed ? "_" : "", id);
}

static void make_devices(struct person *p, const struct house *h, uint64_t seed, struct rng *r)
{
	p->devices = 1;
	p->devices += rng_hit(r, 0.45);
	p->devices += rng_hit(r, 0.15);
	for (int i = 0; i < p->devices; i++) {
		/* The shared one is the second: everyone has at least one of their own. */
		bool shared = h->couple && h->one_device && i == 1;
		uint64_t owner = shared ? p->number / 2 : p->number;
		uint64_t id = rng_mix(rng_mix(seed + 77) ^ (owner * 8 + (shared ? 7 : (uint64_t)i)));
		snprintf(p->device[i], sizeof p->device[i], "d-%012llx",
				(unsigned long long)(id & UINT64_C(0xffffffffffff)));
	}
}

static void make_presence(struct person *p, uint64_t seed, struct rng *r)
{
	double u = rng_unit(r);
	p->account = u < 0.6;
	p->guest = u >= 0.6 && u < 0.76;
	p->in_crm = rng_hit(r, p->account ? 0.75 : 0.7);
	p->subscriber = rng_hit(r, p->account ? 0.55 : 0.35);
	p->surfs = rng_hit(r, p->account ? 0.9 : 0.5);
	if (rng_hit(r, 0.4) || (!p->account && !p->guest && rng_hit(r, 0.6)))
		p->card = 700000000 + rng_scramble(p->number + 1000000, seed + 5);
	if (!p->account && !p->guest && !p->in_crm && !p->subscriber && !p->surfs)
		p->in_crm = true;
}

/* TV AUDIO GAMING GARDEN FASHION BOOKS HOUSEHOLD OUTDOOR WARRANTY, in parts of 100 */
static const double persona_taste[PERSONAS][CATEGORIES] = {
	[SOFA] = { 30, 25, 20, 2, 5, 5, 9, 2, 2 },
	[GARDENER] = { 4, 3, 1, 52, 8, 10, 16, 6, 0 },
	[BOHO] = { 2, 9, 2, 5, 48, 8, 6, 20, 0 },
	[READER] = { 3, 8, 2, 8, 9, 55, 12, 3, 0 },
	[NEST] = { 6, 5, 5, 10, 14, 14, 42, 3, 1 },
	[ALLROUNDER] = { 11, 11, 11, 11, 16, 14, 16, 10, 0 },
	[HUNTER] = { 14, 14, 14, 8, 20, 8, 18, 4, 0 },
};

static enum persona pick_persona(const struct person *p, struct rng *r)
{
	double age = (double)(END_DAY - p->born) / 365.25;
	bool young = age < 36, old = age > 55;
	double weights[PERSONAS] = {
		[SOFA] = p->gender == 'm' ? 20 : 9,
		[GARDENER] = old ? 26 : young ? 3 : 12,
		[BOHO] = young ? (p->gender == 'f' ? 34 : 14) : 3,
		[READER] = old ? 20 : 12,
		[NEST] = young ? 10 : 20,
		[ALLROUNDER] = 16,
		[HUNTER] = 10,
	};
	return (enum persona)rng_pick(r, weights, PERSONAS);
}

static void make_traits(struct person *p, struct rng *r)
{
	p->persona = pick_persona(p, r);
	double sum = 0;
	for (int c = 0; c < CATEGORIES; c++) {
		double own = rng_exponential(r, 1.0); /* gamma noise keeps people of a persona apart */
		p->affinity[c] = persona_taste[p->persona][c] * (0.4 + 0.6 * own) + 0.1;
		sum += p->affinity[c];
	}
	for (int c = 0; c < CATEGORIES; c++)
		p->affinity[c] /= sum;
	p->rate = 0.1 + rng_exponential(r, p->persona == NEST ? 2.0 : 1.3);
	p->curiosity = 0.4 + rng_exponential(r, 2.1);
	double u = rng_unit(r);
	p->closing = 0.04 + 0.3 * u * u;
	u = rng_unit(r);
	p->response = 0.05 + 0.75 * u * u;
	p->bargain = p->persona == HUNTER ? 0.8 : 0.3 * rng_unit(r);
	double age = (double)(END_DAY - p->born) / 365.25;
	p->store = (age > 55 ? 0.45 : 0.15) * (0.3 + 1.4 * rng_unit(r));
	if (!p->account && !p->guest)
		p->store = 1;
	p->hour = age > 60 ? rng_between(r, 9, 17) : rng_hit(r, 0.7) ? rng_between(r, 18, 22)
			: rng_between(r, 7, 13);
	p->weekday = rng_below(r, 7);
	/* Half were customers before the window opens; a fifth of those have left by then. */
	if (rng_hit(r, 0.55)) {
		p->join_day = FIRST_DAY - rng_below(r, 1500);
		p->drop_day = rng_hit(r, 0.2) ? FIRST_DAY
				: FIRST_DAY + 20 + (int64_t)rng_exponential(r, 800);
	} else {
		p->join_day = FIRST_DAY + rng_below(r, 725);
		p->drop_day = p->join_day + 10 + (int64_t)rng_exponential(r, 500);
	}
}

void person_make(struct person *p, uint64_t seed, uint64_t number)
{
	*p = (struct person){ .number = number, .move_day = INT64_MAX };
	struct house h = make_house(seed, number);
	struct rng r = rng_start(seed, number, STREAM_SELF);
	make_name(p, &h, &r);
	p->home = h.couple ? h.home : pick_address(&r);
	p->new_home = p->home;
	if (rng_hit(&r, 0.12)) {
		p->move_day = FIRST_DAY + rng_below(&r, 700);
		struct address next = pick_address(&r);
		if (rng_hit(&r, 0.6)) { /* most stay in town */
			next.town = p->home.town;
			next.postcode = towns[next.town].postcode + rng_below(&r, towns[next.town].postcodes);
		}
		p->new_home = next;
	}
	make_contacts(p, &h, seed, &r);
	make_devices(p, &h, seed, &r);
	make_presence(p, seed, &r);
	int size = p->gender == 'm' ? 82 : 75;
	size += rng_between(&r, 0, 8);
	size += rng_between(&r, 0, 4);
	p->shoe = size / 2.0;
	struct rng traits = rng_start(seed, number, STREAM_TRAITS);
	make_traits(p, &traits);
}

double person_cinema(const struct person *p)
{
	double low = p->affinity[TV] < p->affinity[AUDIO] ? p->affinity[TV] : p->affinity[AUDIO];
	low *= 4;
	return low > 1 ? 1 : low;
}
