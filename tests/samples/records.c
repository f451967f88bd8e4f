#include "records.h"
#include <stdio.h>
#include <string.h>

void record_phone(char *to, size_t n, const struct person *p, bool landline, enum phone_style s)
{
	const struct town *town = &towns[p->home.town];
	char area[8], rest[16];
	bool beyond = p->number >= PEOPLE_PER_RANGE;
	const char *abroad = !strcmp(town->country, "AT")   ? (beyond ? "+43 664 " : "+43 660 ")
			: !strcmp(town->country, "CH") ? (beyond ? "+41 77" : "+41 76")
			: !strcmp(town->country, "NL") ? (beyond ? "+31 62" : "+31 61")
			: NULL;
	if (abroad) {
		snprintf(to, n, "%s%07d", abroad, (int)(p->mobile % 10000000));
		return;
	}
	if (landline && p->landline && *town->area) {
		snprintf(area, sizeof area, "%s", town->area + 1);
		snprintf(rest, sizeof rest, "%07llu", (unsigned long long)p->landline);
	} else {
		snprintf(area, sizeof area, "%03d", (int)(p->mobile / 100000000));
		snprintf(rest, sizeof rest, "%08d", (int)(p->mobile % 100000000));
	}
	switch (s) {
	case PHONE_SPACED: snprintf(to, n, "0%s %s", area, rest); break;
	case PHONE_SLASHED: snprintf(to, n, "0%s/%s", area, rest); break;
	case PHONE_ZEROS: snprintf(to, n, "0049 %s %s", area, rest); break;
	case PHONE_BRACKETS:
		snprintf(to, n, "+49 (0)%s %.3s %.2s %s", area, rest, rest + 3, rest + 5);
		break;
	default: snprintf(to, n, "+49%s%s", area, rest);
	}
}

void record_name(char *first, char *last, const struct person *p, struct rng *r, double nickname,
		double typo)
{
	bool nick = *p->first->nick && rng_hit(r, nickname);
	dirt_copy(first, 48, nick ? p->first->nick : p->first->name);
	dirt_copy(last, 64, p->last);
	char copy[64];
	if (rng_hit(r, typo)) {
		dirt_copy(copy, sizeof copy, first);
		dirt_typo(first, 48, copy, r);
	} else if (rng_hit(r, typo)) {
		dirt_copy(copy, sizeof copy, last);
		dirt_typo(last, 64, copy, r);
	}
}

void record_street(char *to, size_t n, const struct address *a, struct rng *r)
{
	char name[64];
	dirt_copy(name, sizeof name, street_names[a->street]);
	char *end = strstr(name, "straße");
	int way = r ? rng_below(r, 8) : 7;
	if (end && way < 3)
		memcpy(end, "str.", 5);
	else if (end && way == 3)
		memcpy(end, "strasse", 8);
	if (way == 4) {
		char copy[64];
		dirt_copy(copy, sizeof copy, name);
		dirt_upper(name, sizeof name, copy);
	}
	char letter[3] = "";
	if (a->number % 9 == 0)
		snprintf(letter, sizeof letter, "%s%c", r && way == 5 ? " " : "", 'a' + a->number % 4);
	snprintf(to, n, "%s %d%s", name, a->number, letter);
}

void record_postcode(struct text *t, const struct address *a)
{
	const char *country = towns[a->town].country;
	text_digits(t, (uint64_t)a->postcode, !strcmp(country, "DE") ? 5 : 4);
	if (!strcmp(country, "NL"))
		text_put(t, " KK");
}
