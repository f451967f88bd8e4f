/* Small closed vocabularies: gender, yes and no, language, currency, event names. */
#ifndef SO1_INGEST_NORMAL_WORD_H
#define SO1_INGEST_NORMAL_WORD_H

#include "base/memory.h"
#include "ingest/verdict.h"

/* All lookups ignore case, accents and punctuation; *out is static text unless said
 * otherwise. A word that is not known is VERDICT_NOT_RECOGNISED. */

/* f, m or x. From letters (w is f), words and forms of address in English, German and
 * French ("Herr Dr.", "Mme"), and ISO/IEC 5218 (1, 2; 0 and 9 are placeholders). */
enum verdict normal_gender(struct slice s, struct arena *a, struct slice *out);
/* "1" or "0"; VERDICT_NOT_YES_NO. */
enum verdict normal_flag(struct slice s, struct arena *a, struct slice *out);
/* ISO 639-1 from two- and three-letter codes, locales ("de-AT", "pt_BR.UTF-8") and the
 * English, German or own name of the more spoken ones. */
enum verdict normal_language(struct slice s, struct arena *a, struct slice *out);
/* ISO 4217 in capitals from codes, signs (€ £ ¥ $ as EUR GBP JPY USD, Fr. as CHF) and
 * names. */
enum verdict normal_currency(struct slice s, struct arena *a, struct slice *out);
/* Lower case, blanks collapsed; in the arena. *standard says whether so1(7)
 * names it. VERDICT_RESERVED for "golden". */
enum verdict normal_event(struct slice s, struct arena *a, struct slice *out, bool *standard);

/* A key (see text_key) and what it stands for; for the tests. */
struct word {
	const char *key, *value;
};
struct word_table {
	const char *name;
	const struct word *words; /* sorted by key */
	size_t count;
};
extern const struct word_table word_tables[];
extern const size_t word_table_count;

#endif
