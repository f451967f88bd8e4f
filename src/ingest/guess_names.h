/* What header names and event names of this world mean. */
#ifndef SO1_INGEST_GUESS_NAMES_H
#define SO1_INGEST_GUESS_NAMES_H

#include "base/memory.h"
#include "stream/touchpoint.h"

/* Meanings a column of a source can have beyond the touchpoint's own columns. */
enum guess_meaning {
	MEANS_FULL_NAME = TOUCHPOINT_COLUMNS,
	MEANS_UNIT_PRICE,
	MEANS_TEXT, /* to look for keywords in */
	MEANS_HOUSE_NUMBER,
	GUESS_MEANINGS
};

/* The key of a header name: text_key, with words parted where camelCase parts them:
 * "CustomerID" → "customer id". */
struct slice guess_key(struct slice name, struct arena *a);
/* How well a header key speaks for a meaning: 0 not at all, else higher is better; the
 * earlier of two synonyms of one meaning wins. *german (may be NULL) says whether the word
 * that spoke is a German one. */
int guess_score(struct slice key, int meaning, bool *german);
/* The standard event a source's own name for one stands for ("add_to_cart" → "cart"), or
 * NULL. */
const char *guess_event(struct slice name, struct arena *a);

#endif
