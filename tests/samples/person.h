/* person.h: who somebody is, a function of (seed, number) alone.
 *
 * Persons 2k and 2k+1 may share a household: surname, address, e-mail, telephone, device; some
 * are twins, or father and son of one name. Nothing here knows how many people there are. */
#ifndef SAMPLES_PERSON_H
#define SAMPLES_PERSON_H
#include <stdbool.h>
#include <stdint.h>
#include "goods.h"
#include "words.h"

/* Seven digits after a prefix are enough for so many; those beyond have other prefixes. */
enum { PEOPLE_PER_RANGE = 8000000 };

struct address { int street, number, town, postcode; };

enum persona { SOFA, GARDENER, BOHO, READER, NEST, ALLROUNDER, HUNTER, PERSONAS };

struct person {
	uint64_t number;
	/* identity */
	char gender;                        /* f, m or x */
	const struct first_name *first;
	const char *last, *maiden;          /* maiden NULL unless the surname changed */
	int64_t born;                       /* day */
	struct address home, new_home;
	int64_t move_day;                   /* INT64_MAX: never */
	char email[128], email2[128];         /* email2 "" if there is one only */
	uint64_t mobile, landline;          /* national digits; landline 0 if none */
	char device[3][16];
	int devices;
	char twitter[24];                   /* with @; "" if none */
	uint64_t card;                      /* loyalty card, 0 if none */
	double shoe;                        /* European size, halves */
	/* in which systems */
	bool in_crm, account, guest, subscriber, surfs;
	/* what drives them, which no system ever says */
	enum persona persona;
	double affinity[CATEGORIES];        /* sums to about 1 */
	double rate;                        /* orders out of the blue, a year */
	double curiosity;                   /* spells of interest, a year */
	double closing;                     /* chance that a week of interest ends in an order */
	double response;                    /* to e-mail, 0 … 1 */
	double bargain;                     /* taste for coupons, 0 … 1 */
	double store;                       /* share of orders placed in a branch */
	int hour, weekday;                  /* favourites; weekday 0 is Monday */
	int64_t join_day, drop_day;         /* customer from … until before */
};

/* First and last day of the two years that the systems have seen (the last one excluded). */
#define FIRST_DAY day_of(2024, 11, 1)
#define END_DAY day_of(2026, 11, 1)

void person_make(struct person *p, uint64_t seed, uint64_t number);

/* Interest in television and sound at once: what makes people buy a care plan, 0 … 1. */
double person_cinema(const struct person *p);
#endif
