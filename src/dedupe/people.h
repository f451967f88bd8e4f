/* How many people share the value of a key. */
#ifndef SO1_DEDUPE_PEOPLE_H
#define SO1_DEDUPE_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

/* What a tuple says of the person; 0 is unknown. */
struct person_label {
	uint32_t first, birth, last; /* ids: folded first name, birth date, surname */
};

/* Distinct first names, each once per birth date it is seen with; where no first name
 * is known birth dates, and then surnames, that no better known one has. Sorts labels. */
size_t people_count(struct person_label *labels, size_t n);

/* The most distinct ids that any one source has: records[i] is the number of the
 * (source, source_id) of tuple i, 0 for none, sources[i] < source_count its source. */
size_t people_ids_of_one_source(const uint32_t *records, const uint32_t *sources, size_t n,
				size_t source_count);

#endif
