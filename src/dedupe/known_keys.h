/* By what the identities of a known file (known.h) are found again: 32 bits of hash of each
 * identifier, and of what each blocking rule looks at. A key of 0 says nothing. */
#ifndef SO1_DEDUPE_KNOWN_KEYS_H
#define SO1_DEDUPE_KNOWN_KEYS_H

#include "dedupe/blocking.h"

/* Columns before those of the rules. Devices take visits to who is known by them. */
enum { KEY_RECORD, KEY_SOCIAL, KEY_LOYALTY, KEY_EMAIL, KEY_PHONE, KEY_DEVICE, KEY_FIXED };

/* The columns: those of the rules that no identifier's says already. */
struct known_plan {
	const struct rule *rule[KEY_FIXED + RULES_MOST]; /* by column; NULL before KEY_FIXED */
	uint32_t traits[KEY_FIXED + RULES_MOST];         /* rule_traits of it */
	size_t columns;
};
/* Borrows the rules. */
void known_plan_make(struct known_plan *p, const struct rules *rules);

/* That of KEY_RECORD. */
uint32_t known_key_of_record(struct slice source, struct slice source_id);
/* Of a tuple; folded: by trait, e-mail address and telephone as they are in fields. Fills
 * p->columns keys. */
void known_keys_put(const struct known_plan *p, const struct slice fields[IDENTITY_FIELDS],
		    const struct slice folded[TRAIT_COUNT], uint32_t *keys);

#endif
