#include "predict/best.h"

#include <stdbool.h>

static bool is_better(const struct best_item *x, const struct best_item *y)
{
	if (x->score != y->score)
		return x->score > y->score;
	if (x->tie != y->tie)
		return x->tie > y->tie;
	return x->key < y->key;
}

/* By insertion: of n offers in no order only about most * log(n / most) get in at all. */
void best_offer(struct best *b, struct best_item x)
{
	size_t at = b->count;

	if (at == b->most) {
		if (at == 0 || !is_better(&x, &b->items[at - 1]))
			return;
		at--;
	} else {
		b->count++;
	}
	for (; at > 0 && is_better(&x, &b->items[at - 1]); at--)
		b->items[at] = b->items[at - 1];
	b->items[at] = x;
}
