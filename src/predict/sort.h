/* Sorting many numbers: by their digits, several times qsort's speed. */
#ifndef SO1_PREDICT_SORT_H
#define SO1_PREDICT_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Ascending. No NaN; -0 counts as less than 0. */
void sort_words(uint64_t *words, size_t n);
void sort_doubles(double *x, size_t n);

#endif
