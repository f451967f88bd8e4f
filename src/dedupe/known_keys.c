#include "dedupe/known_keys.h"

static uint32_t short_hash(uint64_t hash)
{
	uint32_t h = (uint32_t)(hash ^ hash >> 32);

	return h ? h : 1;
}

static uint32_t text_key(struct slice text, uint64_t seed)
{
	return text.len ? short_hash(slice_hash(text, seed)) : 0;
}

/* Its column of identifiers says the same. */
static bool is_identifier(const struct rule *rule)
{
	uint8_t trait = rule->part[0].trait;

	return rule->parts == 1 && rule->part[0].kind == PART_WHOLE &&
	       (trait == TRAIT_EMAIL || trait == TRAIT_PHONE || trait == TRAIT_NUMBER);
}

void known_plan_make(struct known_plan *p, const struct rules *rules)
{
	*p = (struct known_plan){.columns = KEY_FIXED};
	for (size_t i = 0; i < rules->count; i++) {
		if (is_identifier(&rules->items[i]))
			continue;
		p->traits[p->columns] = rule_traits(&rules->items[i]);
		p->rule[p->columns++] = &rules->items[i];
	}
}

uint32_t known_key_of_record(struct slice source, struct slice source_id)
{
	return text_key(source_id, slice_hash(source, 0));
}

void known_keys_put(const struct known_plan *p, const struct slice fields[IDENTITY_FIELDS],
		    const struct slice folded[TRAIT_COUNT], uint32_t *keys)
{
	keys[KEY_RECORD] = known_key_of_record(fields[T_SOURCE], fields[T_SOURCE_ID]);
	keys[KEY_SOCIAL] = text_key(fields[T_SOCIAL], 0);
	keys[KEY_LOYALTY] = text_key(folded[TRAIT_NUMBER], 0);
	keys[KEY_EMAIL] = text_key(fields[T_EMAIL], 0);
	keys[KEY_PHONE] = text_key(fields[T_PHONE], 0);
	keys[KEY_DEVICE] = text_key(fields[T_DEVICE_ID], 0);
	for (size_t c = KEY_FIXED; c < p->columns; c++) {
		uint64_t key = rule_key(p->rule[c], folded);
		keys[c] = key ? short_hash(key) : 0;
	}
}
