#include "stream/item_sort.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

enum { PARALLEL_MIN = 10000, DEEPEST = 512 };

/* Eight bytes of the key from `depth` on, as a number that compares like them; what is
 * behind the key's end counts as NUL. */
static uint64_t key_word(struct slice key, size_t depth)
{
	unsigned char bytes[8] = {0};
	uint64_t word = 0;

	if (key.len > depth)
		memcpy(bytes, key.ptr + depth, key.len - depth < 8 ? key.len - depth : 8);
	for (int i = 0; i < 8; i++)
		word = word << 8 | bytes[i];
	return word;
}

void item_pair(const struct item *item, struct slice *key, struct slice *payload)
{
	struct pair_lengths n;

	memcpy(&n, item->at, sizeof n);
	*key = slice_make(item->at + sizeof n, n.key);
	*payload = slice_make(key->ptr + n.key, n.payload);
}

int pairs_compare(struct slice ak, struct slice ap, struct slice bk, struct slice bp)
{
	int c = slice_compare(ak, bk);

	return c ? c : slice_compare(ap, bp);
}

struct item item_make(const char *at)
{
	struct item item = {.at = at};
	struct slice key, payload;

	item_pair(&item, &key, &payload);
	item.word = key_word(key, 0);
	return item;
}

static int compare_items(const struct item *a, const struct item *b)
{
	struct slice ak, ap, bk, bp;

	item_pair(a, &ak, &ap);
	item_pair(b, &bk, &bp);
	return pairs_compare(ak, ap, bk, bp);
}

typedef bool item_follows(const struct item *a, const struct item *b);

static bool follows_by_word(const struct item *a, const struct item *b)
{
	return a->word > b->word;
}

static bool follows(const struct item *a, const struct item *b)
{
	return compare_items(a, b) > 0;
}

/* `spare` has room for half. */
static inline __attribute__((always_inline)) void merge_halves(struct item *items, struct item *spare,
							       size_t half, size_t n,
							       item_follows *after)
{
	size_t i = 0, j = half, k = 0;

	if (!after(&items[half - 1], &items[half]))
		return;
	memcpy(spare, items, half * sizeof *items);
	while (i < half && j < n)
		items[k++] = after(&spare[i], &items[j]) ? items[j++] : spare[i++];
	while (i < half)
		items[k++] = spare[i++];
}

static inline __attribute__((always_inline)) void insertion_sort(struct item *items, size_t n,
								 item_follows *after)
{
	for (size_t i = 1; i < n; i++) {
		struct item x = items[i];
		size_t j = i;
		for (; j > 0 && after(&items[j - 1], &x); j--)
			items[j] = items[j - 1];
		items[j] = x;
	}
}

static void sort_by_word(struct item *items, struct item *spare, size_t n)
{
	if (n < 16) {
		insertion_sort(items, n, follows_by_word);
		return;
	}
	sort_by_word(items, spare, n / 2);
	sort_by_word(items + n / 2, spare, n - n / 2);
	merge_halves(items, spare, n / 2, n, follows_by_word);
}

static void sort_by_pair(struct item *items, struct item *spare, size_t n)
{
	if (n < 16) {
		insertion_sort(items, n, follows);
		return;
	}
	sort_by_pair(items, spare, n / 2);
	sort_by_pair(items + n / 2, spare, n - n / 2);
	merge_halves(items, spare, n / 2, n, follows);
}

/* Moves the words of items that agree so far on to `depth`; false when all keys end
 * before. */
static bool deepen(struct item *items, size_t n, size_t depth)
{
	struct slice key, payload;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		item_pair(&items[i], &key, &payload);
		items[i].word = key_word(key, depth);
		any = any || key.len > depth;
	}
	return any;
}

static void refine(struct item *items, struct item *spare, size_t n, size_t depth);

/* Items with the same words up to `depth`. Where there are many, eight more bytes of each
 * are fetched once and compared as numbers; a comparison of pairs misses the cache twice. */
static void refine_equal(struct item *items, struct item *spare, size_t n, size_t depth)
{
	if (n < 16 || depth > DEEPEST || !deepen(items, n, depth)) {
		sort_by_pair(items, spare, n);
		return;
	}
	sort_by_word(items, spare, n);
	refine(items, spare, n, depth + 8);
}

/* Items are sorted by their words, which reach up to `depth`. */
static void refine(struct item *items, struct item *spare, size_t n, size_t depth)
{
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && items[j].word == items[i].word; j++)
			;
		if (j - i > 1)
			refine_equal(items + i, spare, j - i, depth);
	}
}

struct sort_job {
	void (*sort)(struct sort_job job);
	struct item *items, *spare;
	size_t n;
	int threads;
};

static void *sort_thread(void *context)
{
	struct sort_job *job = context;

	job->sort(*job);
	return NULL;
}

/* The job on items [0, cut) and [cut, n), on two threads where there are. */
static void sort_both(struct sort_job job, size_t cut)
{
	struct sort_job left = job, right = job;
	pthread_t thread;

	left.n = cut;
	left.threads = job.threads / 2;
	right.items += cut;
	right.spare += cut / 2 + 1;
	right.n -= cut;
	right.threads -= left.threads;
	if (pthread_create(&thread, NULL, sort_thread, &left) == 0) {
		job.sort(right);
		pthread_join(thread, NULL);
	} else {
		job.sort(left);
		job.sort(right);
	}
}

static void sort_words(struct sort_job job)
{
	if (job.threads < 2 || job.n < PARALLEL_MIN) {
		sort_by_word(job.items, job.spare, job.n);
		return;
	}
	sort_both(job, job.n / 2);
	merge_halves(job.items, job.spare, job.n / 2, job.n, follows_by_word);
}

static void sort_ties(struct sort_job job)
{
	size_t cut = job.n / 2;

	while (job.threads > 1 && cut > 0 && cut < job.n &&
	       job.items[cut - 1].word == job.items[cut].word)
		cut++;
	if (job.threads < 2 || job.n < PARALLEL_MIN || cut == job.n)
		refine(job.items, job.spare, job.n, 8);
	else
		sort_both(job, cut);
}

void items_sort(struct item *items, size_t n, int threads)
{
	/* Half of it for merging, and a place more each time a thread is split off. */
	struct item *spare = xrealloc_array(NULL, n / 2 + 512, sizeof *spare);
	struct sort_job job = {sort_words, items, spare, n, threads};

	sort_words(job);
	job.sort = sort_ties;
	sort_ties(job);
	free(spare);
}
