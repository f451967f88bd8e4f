/* Countries: ISO 3166 alpha-2 from whatever a source writes. */
#ifndef SO1_INGEST_NORMAL_COUNTRY_H
#define SO1_INGEST_NORMAL_COUNTRY_H

#include "base/memory.h"
#include "ingest/verdict.h"

/* One row a country of ISO 3166-1 and XK, sorted by alpha2. */
struct country {
	char alpha2[3], alpha3[4];
	uint16_t calling_code; /* ITU-T E.164 */
};
extern const struct country country_table[];
extern const size_t country_count;

/* Alpha-2 and alpha-3 codes, names in English and German, common forms of both
 * ("UK", "EIRE", "Holland", "BRD") and the best known native names; case, accents and
 * punctuation do not matter. *out is the static alpha-2 code. VERDICT_NOT_RECOGNISED
 * otherwise. */
enum verdict normal_country(struct slice s, struct arena *a, struct slice *out);
/* The row of an alpha-2 code in capitals, or NULL. */
const struct country *country_find(struct slice alpha2);

/* Name keys (see text_key) and their countries, sorted by key; for the tests. */
struct country_name {
	const char *key;
	char alpha2[3];
};
extern const struct country_name country_names[];
extern const size_t country_name_count;

#endif
