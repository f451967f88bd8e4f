/* records.h: how clerks and customers write down names, telephones and addresses. */
#ifndef SAMPLES_RECORDS_H
#define SAMPLES_RECORDS_H
#include "systems.h"

enum phone_style {
	PHONE_INTERNATIONAL,        /* +4917012345678 */
	PHONE_SPACED,               /* 0170 1234567 */
	PHONE_SLASHED,              /* 0170/1234567 */
	PHONE_ZEROS,                /* 0049 170 1234567 */
	PHONE_BRACKETS,             /* +49 (0)170 123 45 67 */
	PHONE_STYLES
			};

/* The person's mobile, or the landline if asked for and there is one. Abroad always +CC. */
void record_phone(char *to, size_t n, const struct person *p, bool landline, enum phone_style s);

/* First and last name (room 48 and 64), with a nickname or a typo at these probabilities. */
void record_name(char *first, char *last, const struct person *p, struct rng *r, double nickname,
		double typo);

/* Hauptstraße 12; abbreviated, run together or in capitals if r is given. */
void record_street(char *to, size_t n, const struct address *a, struct rng *r);

void record_postcode(struct text *t, const struct address *a);

/* Notes in the truth that source's id is this person. */
void truth_write(struct trace *t, const char *source, const char *id);
#endif
