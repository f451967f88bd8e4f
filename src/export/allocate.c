#include "export/allocate.h"

#include "base/memory.h"

#include <stdlib.h>

/* The key sorts bytewise: weight falling, then the pair's number, which rises with
 * customer_id and, within a customer, with the order of its candidates. */
enum { KEY_BYTES = 16 };

struct pair_payload {
	uint16_t offer;
	uint16_t limited_before;   /* at the same customer */
	uint16_t unlimited_before;
};

struct allocator {
	const struct catalogue *catalogue;
	struct sorter *sorter;
	size_t top;
	int64_t *stock, *budget; /* left, by offer */
	uint64_t pairs, read;    /* added, and looked at by choose */
	uint64_t *taken;         /* a bit a pair */
	size_t runs;
};

enum so1_status allocator_open(struct allocator **out, const struct catalogue *c, size_t top,
			       const struct sorter_options *sorting, struct so1_error *e)
{
	struct allocator *a = xcalloc(1, sizeof *a);

	*out = a;
	a->catalogue = c;
	a->top = top;
	a->stock = xcalloc(c->count, sizeof *a->stock);
	a->budget = xcalloc(c->count, sizeof *a->budget);
	for (size_t i = 0; i < c->count; i++) {
		a->stock[i] = c->items[i].stock;
		a->budget[i] = c->items[i].budget;
	}
	return sorter_open(&a->sorter, sorting, e);
}

static void put_big_endian(char *out, uint64_t x)
{
	for (int i = 0; i < 8; i++)
		out[i] = (char)(x >> (56 - 8 * i));
}

static uint64_t get_big_endian(const char *in)
{
	uint64_t x = 0;

	for (int i = 0; i < 8; i++)
		x = x << 8 | (unsigned char)in[i];
	return x;
}

static void make_key(char key[KEY_BYTES], double weight, uint64_t number)
{
	uint64_t bits;

	weight += 0.0; /* -0 becomes 0 */
	memcpy(&bits, &weight, sizeof bits);
	/* Weights are not negative, so their bits sort as they do. */
	put_big_endian(key, ~bits);
	put_big_endian(key + 8, number);
}

enum so1_status allocator_add(struct allocator *a, const struct candidate *c, size_t n,
			      struct so1_error *e)
{
	struct pair_payload payload = {0};
	char key[KEY_BYTES];

	for (size_t i = 0; i < n; i++) {
		if (!c[i].limited) {
			payload.unlimited_before++;
			continue;
		}
		payload.offer = c[i].offer;
		make_key(key, c[i].weight, a->pairs++);
		if (sorter_add(a->sorter, slice_make(key, sizeof key),
			       slice_make((const char *)&payload, sizeof payload), e) != SO1_OK)
			return e->status;
		payload.limited_before++;
	}
	return SO1_OK;
}

static bool is_taken(const struct allocator *a, uint64_t number)
{
	return a->taken[number / 64] >> (number % 64) & 1;
}

/* Whether the offer has one more to give; takes it. */
static bool take_one(struct allocator *a, size_t offer)
{
	const struct offer *o = &a->catalogue->items[offer];

	if (o->has_stock && a->stock[offer] == 0)
		return false;
	if (o->has_budget && a->budget[offer] < o->cost)
		return false;
	a->stock[offer] -= o->has_stock;
	a->budget[offer] -= o->has_budget ? o->cost : 0;
	return true;
}

enum so1_status allocator_solve(struct allocator *a, struct so1_error *e)
{
	struct slice key, bytes;
	bool more;

	a->taken = xcalloc(a->pairs / 64 + 1, sizeof *a->taken);
	if (sorter_finish(a->sorter, e) != SO1_OK)
		return e->status;
	a->runs = sorter_runs(a->sorter);
	for (;;) {
		struct pair_payload p;
		if (sorter_next(a->sorter, &key, &bytes, &more, e) != SO1_OK)
			return e->status;
		if (!more)
			break;
		memcpy(&p, bytes.ptr, sizeof p);
		uint64_t number = get_big_endian(key.ptr + 8);
		size_t has = p.unlimited_before;
		for (uint64_t i = number - p.limited_before; i < number; i++)
			has += is_taken(a, i);
		if (has < a->top && take_one(a, p.offer))
			a->taken[number / 64] |= (uint64_t)1 << (number % 64);
	}
	sorter_free(a->sorter);
	a->sorter = NULL;
	return SO1_OK;
}

size_t allocator_choose(struct allocator *a, const struct candidate *c, size_t n,
			struct candidate *grants, enum outcome *why)
{
	size_t granted = 0;

	*why = OUTCOME_OUT;
	for (size_t i = 0; i < n; i++) {
		if (!c[i].limited) {
			if (granted < a->top)
				grants[granted++] = c[i];
			continue;
		}
		if (is_taken(a, a->read++)) {
			grants[granted++] = c[i];
		} else if (*why == OUTCOME_OUT) {
			/* Stock and budget only fall: what stopped the pair still would. */
			const struct offer *o = &a->catalogue->items[c[i].offer];
			*why = o->has_stock && a->stock[c[i].offer] == 0 ? OUTCOME_OUT_OF_STOCK
									: OUTCOME_OUT_OF_BUDGET;
		}
	}
	if (granted)
		*why = OUTCOME_OUT;
	return granted;
}

int64_t allocator_stock_left(const struct allocator *a, size_t offer)
{
	return a->stock[offer];
}

int64_t allocator_budget_left(const struct allocator *a, size_t offer)
{
	return a->budget[offer];
}

uint64_t allocator_pairs(const struct allocator *a)
{
	return a->pairs;
}

size_t allocator_runs(const struct allocator *a)
{
	return a->runs;
}

void allocator_free(struct allocator *a)
{
	if (a == NULL)
		return;
	sorter_free(a->sorter);
	free(a->stock);
	free(a->budget);
	free(a->taken);
	free(a);
}
