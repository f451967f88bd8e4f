/* Disclosure control: no group smaller than K goes out. The groups of a list are
 *  - the list itself,
 *  - the customers who get an offer, for each offer anybody gets,
 *  - the customers of each segment, when the column segments is exported,
 *  - when no exported column names a person (address, phone number, handle, card, device,
 *    name, street): the customers who share the values of all quasi-identifiers that are
 *    exported (gender, birth date, age, postcode, city, country, language).
 * A list with names is not anonymous whatever the cells, so there the last does not apply. */
#ifndef SO1_EXPORT_DISCLOSURE_H
#define SO1_EXPORT_DISCLOSURE_H

#include "base/table.h"
#include "export/layout.h"

enum { QUASI_IDENTIFIERS = 7 };

struct disclosure_groups {
	struct dictionary names;
	uint64_t *counts;
	size_t cap;
};

struct disclosure {
	uint64_t least; /* K; 0: everything passes */
	const struct layout *layout;
	size_t segments;
	size_t quasi[QUASI_IDENTIFIERS];
	size_t quasi_count;
	uint64_t customers;
	struct disclosure_groups by_segment, by_cell;
	struct buffer key;
	struct arena text;
};

/* Zero-initialised; `l` is borrowed. Memory: the distinct segments and cells. */
void disclosure_begin(struct disclosure *d, const struct layout *l, uint64_t least);
/* A customer who comes out. */
void disclosure_add(struct disclosure *d, const struct parcel *p);
/* SO1_FAILED when a group is too small; `given` counts by offer of the catalogue (NULL
 * without offers). The first such group is named, the others counted. */
enum so1_status disclosure_check(const struct disclosure *d, const uint64_t *given,
				 struct so1_error *e);
void disclosure_free(struct disclosure *d);

#endif
