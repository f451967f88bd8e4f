/* What can be told of two values without looking at their text: eight bytes a value, at
 * hand where the text would be two misses of the cache away. A sketch only ever says that
 * two values are far apart; whether they are near, their text decides. */
#ifndef SO1_DEDUPE_SKETCH_H
#define SO1_DEDUPE_SKETCH_H

#include "base/slice.h"

/* How often each of sixteen kinds of bytes (the ten digits, six groups of the others) is
 * in the text, four bits each; 0, which says nothing, where the text is not ASCII. */
uint64_t sketch_letters(struct slice text);
/* A lower bound for the sum of what counts differ by; every edit (similar_edits) changes it
 * by at most two. 0 where one of the sketches says nothing. */
unsigned sketch_distance(uint64_t a, uint64_t b);

/* An e-mail address: twelve such counts, eight bits of hash of what stands before the @ and
 * eight of its digits. */
uint64_t sketch_email(struct slice text);
/* Whether two different addresses have neither the same local part nor are within two
 * edits with the same digits. False is no answer. */
bool sketch_emails_differ(uint64_t a, uint64_t b);

/* A date YYYY-MM-DD as its digits, four bits each, year first; 0 for anything else. */
uint32_t sketch_date(struct slice text);

#endif
