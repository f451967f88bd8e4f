/* crm.csv: what clerks typed over fifteen years, in German, in Windows-1252. */
#include <stdio.h>
#include <string.h>
#include "records.h"

static void put_1252(struct sink *s, const char *utf8)
{
	char folded[128];
	dirt_latin1(folded, sizeof folded, utf8);
	sink_field(s, folded);
}

static void put_name(struct trace *t, struct sink *s, bool again)
{
	const struct person *p = t->person;
	struct rng *r = &t->dirt;
	char first[48], last[64], upper[64];
	record_name(first, last, p, r, again ? 0.45 : 0.05, again ? 0.25 : 0.03);
	if (p->maiden && rng_hit(r, again ? 0.3 : 0.5))
		dirt_copy(last, sizeof last, p->maiden);
	if (rng_hit(r, 0.03)) {
		dirt_upper(upper, sizeof upper, last);
		dirt_copy(last, sizeof last, upper);
	}
	bool swapped = rng_hit(r, 0.01); /* Vorname and Nachname in each other's box */
	put_1252(s, swapped ? last : first);
	put_1252(s, swapped ? first : last);
}

static void put_birthday(struct trace *t, struct sink *s)
{
	struct text *out = sink_raw(s);
	double u = rng_unit(&t->dirt);
	int y, m, d;
	day_split(t->person->born, &y, &m, &d);
	if (u < 0.15)
		return;
	if (u < 0.20) {
		text_put(out, "01.01.1900"); /* the field was mandatory once */
		return;
	}
	if (u < 0.215 && d <= 12) {
		int swap = d;
		d = m;
		m = swap;
	} else if (u < 0.23 && d < 28) {
		d++;
	}
	text_digits(out, (uint64_t)d, 2);
	text_char(out, '.');
	text_digits(out, (uint64_t)m, 2);
	text_char(out, '.');
	text_digits(out, (uint64_t)y, 4);
}

static void put_place(struct trace *t, struct sink *s, const struct address *a)
{
	static const char *const spelt[][4] = {
		{ "DE", "D", "Deutschland", "" }, { "AT", "A", "Österreich", "AT" },
		{ "CH", "CH", "Schweiz", "CH" },  { "NL", "NL", "Niederlande", "NL" },
	};
	struct rng *r = &t->dirt;
	const struct town *town = &towns[a->town];
	char street[96], upper[64];
	record_street(street, sizeof street, a, r);
	put_1252(s, street);
	record_postcode(sink_raw(s), a);
	dirt_upper(upper, sizeof upper, town->name);
	put_1252(s, rng_hit(r, 0.04) ? upper : town->name);
	int way = rng_below(r, 4);
	for (size_t i = 0; i < sizeof spelt / sizeof *spelt; i++)
		if (!strcmp(town->country, spelt[i][0]))
			put_1252(s, spelt[i][way]);
}

static void put_contacts(struct trace *t, struct sink *s, bool again)
{
	const struct person *p = t->person;
	struct rng *r = &t->dirt;
	double u = rng_unit(r);
	char upper[128], phone[40];
	dirt_upper(upper, sizeof upper, p->email);
	const char *email = u < 0.02   ? "test@test.com"
			: u < 0.04 ? "n/a"
			: u < (again ? 0.55 : 0.25) ? ""
			: u < 0.32 ? upper
			: u < 0.40 && *p->email2 ? p->email2
			: p->email;
	sink_field(s, email);
	u = rng_unit(r);
	if (p->landline && u < 0.6)
		record_phone(phone, sizeof phone, p, true, (enum phone_style)rng_below(r, PHONE_STYLES));
	else
		dirt_copy(phone, sizeof phone,
				u > 0.985 ? "0000000" : u > 0.975 ? "030 23125000" /* our own desk */ : "");
	sink_field(s, phone);
	*phone = 0;
	if (rng_hit(r, again ? 0.45 : 0.65))
		record_phone(phone, sizeof phone, p, false, (enum phone_style)rng_below(r, PHONE_STYLES));
	sink_field(s, phone);
}

static void put_consent(struct trace *t, struct sink *s)
{
	struct rng *r = &t->dirt;
	double u = rng_unit(r);
	bool reader = t->person->subscriber;
	double yes = reader ? 0.5 : 0.28, no = reader ? 0.1 : 0.34;
	sink_field(s, u < yes * 0.8 ? "ja" : u < yes ? "J" : u < yes + no ? "nein" : "");
	u = rng_unit(r);
	sink_field(s, u < 0.5 ? "ja" : u < 0.62 ? "nein" : "");
	u = rng_unit(r);
	sink_field(s, u < 0.14 ? "ja" : u < 0.5 ? "nein" : "");
}

static void put_facts(struct trace *t, struct sink *s)
{
	const struct person *p = t->person;
	struct rng *r = &t->dirt;
	const char *country = towns[p->home.town].country;
	sink_field(s, !strcmp(country, "NL") ? "nl" : rng_hit(r, 0.03) ? "en" : "de");
	char shoe[16] = "";
	if (rng_hit(r, 0.3))
		snprintf(shoe, sizeof shoe, "%d%s", (int)p->shoe,
				p->shoe > (double)(int)p->shoe ? ",5" : "");
	sink_field(s, shoe);
	struct text *out = sink_raw(s);
	if (rng_hit(r, 0.55)) { /* 1.234,50 */
		int64_t cents = (int64_t)(p->rate * rng_exponential(r, 9000));
		if (cents >= 100000) {
			text_number(out, cents / 100000);
			text_char(out, '.');
			text_digits(out, (uint64_t)(cents / 100 % 1000), 3);
		} else {
			text_number(out, cents / 100);
		}
		text_char(out, ',');
		text_digits(out, (uint64_t)(cents % 100), 2);
	}
}

static void write_record(struct trace *t, bool again, int64_t at)
{
	const struct person *p = t->person;
	struct rng *r = &t->dirt;
	struct sink *s = &t->world->crm;
	struct text id = { 0 };
	text_number(&id, (int64_t)(300000 + rng_scramble(p->number, t->world->seed + 8) * 2 + again));
	text_char(&id, 0);
	truth_write(t, "crm", id.data);
	sink_begin(s, at);
	sink_field(s, id.data);
	text_free(&id);
	struct text *card = sink_raw(s);
	if (p->card && rng_hit(r, again ? 0.3 : 0.9))
		text_number(card, (int64_t)p->card);
	put_name(t, s, again);
	double u = rng_unit(r);
	sink_field(s, u < 0.08 ? "" : p->gender == 'f' ? "w" : p->gender == 'm' ? "m" : "d");
	put_birthday(t, s);
	/* Movers tell the company in every other case. */
	bool moved = at / 86400 >= p->move_day && rng_hit(r, 0.5);
	put_place(t, s, moved ? &p->new_home : &p->home);
	put_contacts(t, s, again);
	put_consent(t, s);
	put_facts(t, s);
	text_time(sink_raw(s), at, TIME_GERMAN);
	sink_end(s);
}

void crm_write(struct trace *t)
{
	const struct person *p = t->person;
	struct rng *r = &t->dirt;
	int64_t from = p->join_day > FIRST_DAY - 700 ? p->join_day : FIRST_DAY - 700;
	int64_t day = from + (int64_t)(rng_unit(r) * (double)(END_DAY - from));
	write_record(t, false, day * 86400 + rng_between(r, 7 * 3600, 17 * 3600));
	if (rng_hit(r, 0.09)) {
		day += (int64_t)(rng_unit(r) * (double)(END_DAY - day));
		write_record(t, true, day * 86400 + rng_between(r, 7 * 3600, 17 * 3600));
	}
}
