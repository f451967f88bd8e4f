/* Which of several people of one name: "Smith Jr", "Smith Senior", "Morris III". Father
 * and son share first name, surname and often the address, the telephone and the mailbox:
 * where both records say which one is meant, nothing else may join them. */
#ifndef SO1_DEDUPE_GENERATION_H
#define SO1_DEDUPE_GENERATION_H

#include "base/slice.h"

enum generation {
	GENERATION_UNKNOWN,
	GENERATION_SENIOR,
	GENERATION_JUNIOR,
	GENERATION_SECOND,
	GENERATION_THIRD,
	GENERATION_FOURTH,
	GENERATION_FIRST, /* "I", which may be a middle initial: only II to IV contradict it */
};

/* By the last word of a first name or surname that has more words than that; case and
 * punctuation do not matter. */
enum generation generation_of(struct slice name);
/* Whether both are known and cannot be one person's. "II" may be a junior. */
bool generations_differ(uint8_t a, uint8_t b);

#endif
