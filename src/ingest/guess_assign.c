#include "ingest/guess_assign.h"

#include <stdlib.h>

/* At least `percent` of the values looked at. */
static bool most(const struct guess_column *c, uint32_t n, unsigned percent)
{
	return (uint64_t)n * 100 >= (uint64_t)c->tested * percent;
}

static bool has_dates(const struct guess_column *c)
{
	bool ambiguous;

	return guess_best_format(c, &ambiguous) != GUESS_FORMATS;
}

static bool has_events(const struct guess_column *c)
{
	struct arena a = {0};
	size_t known = 0;

	for (uint32_t i = 0; i < c->distinct.count; i++)
		known += guess_event(dictionary_item(&c->distinct, i), &a) != NULL;
	arena_free(&a);
	return !c->more && known * 2 >= c->distinct.count && known > 0;
}

/* Whether the values bear out what the name says. */
static bool is_compatible(const struct guess_column *c, int meaning)
{
	if (c->tested == 0)
		return meaning != T_EVENT && meaning != T_TS;
	switch (meaning) {
	case T_EMAIL:
		return most(c, c->email, 50);
	case T_PHONE:
		return most(c, c->phone, 60);
	case T_BIRTH_DATE:
	case T_TS:
		return has_dates(c);
	case T_GENDER:
		return most(c, c->gender, 60);
	case T_POSTCODE:
		return most(c, c->with_digit, 60);
	case T_COUNTRY:
		return most(c, c->country, 80);
	case T_LANGUAGE:
		return most(c, c->language, 80);
	case T_CURRENCY:
		return most(c, c->currency, 90);
	case T_OPTIN_EMAIL:
	case T_OPTIN_SMS:
	case T_OPTIN_PHONE:
	case T_OPTIN_POST:
		return most(c, c->flag, 80);
	case T_AMOUNT:
		/* Nothing but 0 and 1 is a yes or no. */
		return most(c, c->number, 95) && !most(c, c->flag, 100);
	case T_QTY:
	case MEANS_UNIT_PRICE:
		return most(c, c->number, 95);
	case T_EVENT:
		return has_events(c);
	case T_FIRST_NAME:
	case T_LAST_NAME:
	case MEANS_FULL_NAME:
		return !most(c, c->number, 50) && !most(c, c->email, 50);
	default:
		return true;
	}
}

struct pair {
	int score, meaning;
	size_t column;
	bool german;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->score != y->score)
		return y->score - x->score;
	if (x->meaning != y->meaning)
		return x->meaning - y->meaning;
	return (x->column > y->column) - (x->column < y->column);
}

static struct pair *list_pairs(const struct guess_profile *p, size_t *count)
{
	struct pair *pairs = xcalloc(p->count * GUESS_MEANINGS + 1, sizeof *pairs);

	*count = 0;
	for (size_t i = 0; i < p->count; i++) {
		for (int m = 0; m < GUESS_MEANINGS; m++) {
			struct pair pair = {.meaning = m, .column = i};
			if (m == T_SOURCE || m == T_TAGS || m == T_ATTRS)
				continue;
			pair.score = guess_score(p->columns[i].key, m, &pair.german);
			if (pair.score > 0 && is_compatible(&p->columns[i], m))
				pairs[(*count)++] = pair;
		}
	}
	qsort(pairs, *count, sizeof *pairs, compare_pairs);
	return pairs;
}

static void take_pair(struct guess_assignment *a, const struct pair *pair)
{
	if (a->used[pair->column])
		return;
	if (guess_has(a, pair->meaning)) {
		if (pair->meaning != T_PHONE ||
		    a->phone_count == sizeof a->phones / sizeof *a->phones)
			return;
		a->phones[a->phone_count++] = pair->column;
	} else {
		a->of[pair->meaning].column = pair->column;
	}
	a->used[pair->column] = true;
	a->german = a->german || pair->german;
}

/* What no name told: the first column whose values can be nothing else. */
static void take_by_values(const struct guess_profile *p, struct guess_assignment *a)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct guess_column *c = &p->columns[i];
		int meaning;
		if (a->used[i] || c->tested == 0)
			continue;
		if (!guess_has(a, T_EMAIL) && most(c, c->email, 90))
			meaning = T_EMAIL;
		else if (!guess_has(a, T_TS) && has_dates(c))
			meaning = T_TS;
		else
			continue;
		a->of[meaning] = (struct guess_choice){i, true};
		a->used[i] = true;
	}
}

/* One name column beside a first name is the last name, else both in one. */
static void settle_names(struct guess_assignment *a)
{
	struct guess_choice *full = &a->of[MEANS_FULL_NAME];

	if (full->column == COLUMN_NONE)
		return;
	if (guess_has(a, T_FIRST_NAME) && !guess_has(a, T_LAST_NAME)) {
		a->of[T_LAST_NAME] = *full;
		full->column = COLUMN_NONE;
	} else if (guess_has(a, T_LAST_NAME)) {
		a->used[full->column] = false;
		full->column = COLUMN_NONE;
	}
}

void guess_assign(const struct guess_profile *p, struct guess_assignment *a)
{
	size_t count;
	struct pair *pairs = list_pairs(p, &count);

	*a = (struct guess_assignment){.used = xcalloc(p->count + 1, sizeof(bool))};
	for (int m = 0; m < GUESS_MEANINGS; m++)
		a->of[m].column = COLUMN_NONE;
	for (size_t i = 0; i < count; i++)
		take_pair(a, &pairs[i]);
	free(pairs);
	take_by_values(p, a);
	settle_names(a);
}

void guess_assignment_free(struct guess_assignment *a)
{
	free(a->used);
	*a = (struct guess_assignment){.used = NULL};
}
