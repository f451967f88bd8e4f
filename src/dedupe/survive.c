#include "dedupe/survive.h"

static int by_completeness(const struct candidate *a, const struct candidate *b)
{
	return (int)b->completeness - (int)a->completeness;
}

static int by_life(const struct candidate *a, const struct candidate *b)
{
	return (int)a->bygone - (int)b->bygone;
}

static int by_verification(const struct candidate *a, const struct candidate *b)
{
	return (int)b->verified - (int)a->verified;
}

static int by_recency(const struct candidate *a, const struct candidate *b)
{
	return (a->moment < b->moment) - (a->moment > b->moment);
}

static int by_frequency(const struct candidate *a, const struct candidate *b)
{
	return (a->count < b->count) - (a->count > b->count);
}

static int by_source(const struct candidate *a, const struct candidate *b)
{
	return (a->priority > b->priority) - (a->priority < b->priority);
}

static int by_bytes(const struct candidate *a, const struct candidate *b)
{
	return slice_compare(a->text, b->text);
}

static const struct {
	enum survival_rule rule;
	int (*compare)(const struct candidate *a, const struct candidate *b);
} rules[] = {
	{SURVIVES_COMPLETE, by_completeness}, {SURVIVES_LIVING, by_life},
	{SURVIVES_VERIFIED, by_verification}, {SURVIVES_RECENT, by_recency},
	{SURVIVES_FREQUENT, by_frequency},    {SURVIVES_SOURCE, by_source},
	{SURVIVES_BYTES, by_bytes},
};

int survive_compare(const struct candidate *a, const struct candidate *b,
		    enum survival_rule *rule)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		int c = rules[i].compare(a, b);
		if (c == 0)
			continue;
		if (rule)
			*rule = rules[i].rule;
		return c;
	}
	return 0;
}

size_t survive_best(const struct candidate *c, size_t n, enum survival_rule *rule)
{
	size_t best = 0, second = SIZE_MAX;

	for (size_t i = 1; i < n; i++) {
		if (survive_compare(&c[i], &c[best], NULL) < 0) {
			second = best;
			best = i;
		} else if (second == SIZE_MAX || survive_compare(&c[i], &c[second], NULL) < 0) {
			second = i;
		}
	}
	*rule = SURVIVES_ONLY;
	if (second != SIZE_MAX)
		survive_compare(&c[best], &c[second], rule);
	return best;
}

const char *survival_rule_name(enum survival_rule rule)
{
	static const char *const names[] = {
		[SURVIVES_NOTHING] = "no value", [SURVIVES_ONLY] = "the only value",
		[SURVIVES_COMPLETE] = "most complete", [SURVIVES_LIVING] = "from 1900 on",
		[SURVIVES_VERIFIED] = "verified", [SURVIVES_RECENT] = "most recent",
		[SURVIVES_FREQUENT] = "most frequent", [SURVIVES_SOURCE] = "source priority",
		[SURVIVES_BYTES] = "smallest text",
	};

	return names[rule];
}
