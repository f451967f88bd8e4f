#include "dedupe/facts.h"

#include "dedupe/compare.h"
#include "dedupe/fold.h"

#include <stdlib.h>

static void find_firsts(struct facts *f, const struct tuples *t)
{
	const struct strings *names = &t->text[T_FIRST_NAME];
	uint32_t *folded = xcalloc(names->count, sizeof *folded);
	struct buffer b = {0};

	strings_init(&f->firsts);
	for (uint32_t i = 1; i < names->count; i++) {
		buffer_clear(&b);
		fold_first_name(strings_get(names, i), &b);
		folded[i] = strings_add(&f->firsts, buffer_slice(&b));
	}
	strings_freeze(&f->firsts);
	f->of = xmalloc((2 * t->count + 1) * sizeof *f->of);
	for (size_t i = 0; i < t->count; i++) {
		f->of[2 * i] = folded[t->items[i].field[T_FIRST_NAME]];
		f->of[2 * i + 1] = t->items[i].field[T_BIRTH_DATE];
	}
	free(folded);
	buffer_free(&b);
}

/* By value of the field; NULL where none has any. */
static uint8_t *find_generations(const struct strings *names)
{
	uint8_t *of = xcalloc(names->count, 1), any = 0;

	for (uint32_t i = 1; i < names->count; i++)
		any |= of[i] = (uint8_t)generation_of(strings_get(names, i));
	if (any)
		return of;
	free(of);
	return NULL;
}

void facts_make(struct facts *f, const struct tuples *t)
{
	uint8_t *first = find_generations(&t->text[T_FIRST_NAME]);
	uint8_t *last = find_generations(&t->text[T_LAST_NAME]);

	find_firsts(f, t);
	f->births = &t->text[T_BIRTH_DATE];
	if (first || last)
		f->generation = xcalloc(t->count + 1, 1);
	for (size_t i = 0; i < t->count && f->generation; i++) {
		const uint32_t *field = t->items[i].field;
		if (last)
			f->generation[i] = last[field[T_LAST_NAME]];
		if (first && f->generation[i] == GENERATION_UNKNOWN)
			f->generation[i] = first[field[T_FIRST_NAME]];
	}
	free(first);
	free(last);
}

void facts_free(struct facts *f)
{
	if (f->firsts.place)
		strings_free(&f->firsts);
	free(f->of);
	free(f->generation);
	*f = (struct facts){0};
}

bool facts_contradict(const struct facts *f, const struct person *a, const struct person *b)
{
	if (!a->first || !b->first || !a->birth || !b->birth || a->first == b->first ||
	    a->birth == b->birth)
		return false;
	return !facts_first_agrees(f, a, b) ||
	       compare_births(strings_get(f->births, a->birth), strings_get(f->births, b->birth)) >=
		       BIRTH_ONE_YEAR;
}

bool facts_first_agrees(const struct facts *f, const struct person *a, const struct person *b)
{
	if (!a->first || !b->first)
		return false;
	return a->first == b->first ||
	       !compare_firsts_differ(f->nicknames, strings_get(&f->firsts, a->first),
				      strings_get(&f->firsts, b->first));
}

bool facts_birth_agrees(const struct facts *f, const struct person *a, const struct person *b)
{
	if (!a->birth || !b->birth)
		return false;
	return a->birth == b->birth ||
	       compare_births(strings_get(f->births, a->birth), strings_get(f->births, b->birth)) <
		       BIRTH_TEN_YEARS;
}
