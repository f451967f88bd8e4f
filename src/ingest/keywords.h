/* Finding thousands of keywords and phrases in free text. */
#ifndef SO1_INGEST_KEYWORDS_H
#define SO1_INGEST_KEYWORDS_H

#include "base/error.h"
#include "stream/cells.h"

/* A keyword list: CSV with the columns `keyword` and `tag` (a list cell may name several).
 * Matching is by whole words, case and accents folded (text_key), so "T-Shirt", "t shirt"
 * and "#T-SHIRT" are the same phrase. A keyword that ends in '*' matches every word (the
 * last one of a phrase) that begins so. Time is linear in the text, whatever the number of
 * keywords: words are looked up in a hash table and phrases walked in a trie of words. */
struct keywords;

/* SO1_USAGE, with file and line, for a list without these columns, an empty keyword or an
 * empty tag. keywords_free(NULL) is fine. */
enum so1_status keywords_load(struct keywords **out, const char *file, struct so1_error *e);
/* Adds the tags of all keywords found in text to c, repeats included. Thread-safe. */
void keywords_find(const struct keywords *k, struct slice text, struct cell_builder *c,
		   struct arena *a);
void keywords_free(struct keywords *k);

#endif
