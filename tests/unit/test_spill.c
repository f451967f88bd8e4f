/* src/stream/spill: the same order whatever the memory, the number of threads and the
 * order of adding. The expected order is qsort's. */
#include "stream/spill.h"
#include "base/chance.h"
#include "base/memory.h"
#include "tests/unit/stream_help.h"

#include <criterion/criterion.h>
#include <sys/resource.h>

#include <signal.h>

struct pair {
	struct slice key, payload;
};

static int compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = slice_compare(x->key, y->key);

	return c ? c : slice_compare(x->payload, y->payload);
}

/* Keys share prefixes, repeat, hold NULs and differ in length only; some payloads are
 * larger than any window. */
static void make_pairs(struct pair *pairs, size_t n, struct arena *a)
{
	for (size_t i = 0; i < n; i++) {
		char key[64];
		uint64_t x = chance_mix(i);
		int len = snprintf(key, sizeof key, "customer-%llu", (unsigned long long)(x % (n / 3 + 1)));
		if (x >> 60 == 1)
			key[len - 1] = '\0';
		if (x >> 60 == 2)
			len = (int)(x >> 56 & 7);
		pairs[i].key = arena_copy(a, slice_make(key, (size_t)len));
		size_t size = x >> 50 == 3 ? 300000 : x >> 32 & 63;
		char *payload = arena_bytes(a, size);
		memset(payload, 'a' + (int)(x >> 20 & 15), size);
		pairs[i].payload = slice_make(payload, size);
	}
}

static size_t sort_pairs(const struct pair *pairs, const struct pair *expect, size_t n,
			 const struct sorter_options *options)
{
	struct sorter *s;
	struct slice key, payload;
	struct so1_error e;
	bool more = true;
	size_t i = 0;

	cr_assert_eq(sorter_open(&s, options, &e), SO1_OK);
	for (size_t j = 0; j < n; j++)
		cr_assert_eq(sorter_add(s, pairs[j].key, pairs[j].payload, &e), SO1_OK);
	cr_assert_eq(sorter_finish(s, &e), SO1_OK);
	for (;; i++) {
		cr_assert_eq(sorter_next(s, &key, &payload, &more, &e), SO1_OK);
		if (!more)
			break;
		cr_assert(i < n && slice_equal(key, expect[i].key) && slice_equal(payload, expect[i].payload),
			  "pair %zu of %zu, memory %llu", i, n, (unsigned long long)options->memory);
	}
	cr_assert_eq(i, n);
	size_t runs = sorter_runs(s);
	sorter_free(s);
	return runs;
}

Test(spill, sorts)
{
	static const size_t counts[] = {0, 1, 2, 13, 1000, 200000};
	char *folder = temp_folder();

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct arena a = {0};
		struct pair *pairs = xcalloc(counts[i], sizeof *pairs);
		struct pair *expect = xcalloc(counts[i], sizeof *pairs);
		make_pairs(pairs, counts[i], &a);
		memcpy(expect, pairs, counts[i] * sizeof *pairs);
		qsort(expect, counts[i], sizeof *expect, compare);
		struct sorter_options large = {.memory = 1 << 30, .tmpdir = folder, .threads = 1};
		struct sorter_options small = {.memory = 1 << 20, .tmpdir = folder, .threads = 1};
		struct sorter_options threads = {.memory = 8 << 20, .tmpdir = folder, .threads = 4};
		cr_assert_eq(sort_pairs(pairs, expect, counts[i], &large), 0);
		size_t runs = sort_pairs(pairs, expect, counts[i], &small);
		/* 15 MB of small pairs and some large ones: runs of runs are merged too. */
		cr_assert(counts[i] < 200000 || runs > 16, "%zu runs", runs);
		sort_pairs(pairs, expect, counts[i], &threads);
		free(pairs);
		free(expect);
		arena_free(&a);
	}
	/* Nothing stays behind. */
	cr_assert_eq(rmdir(folder), 0);
}

Test(spill, failures)
{
	struct rlimit limit = {200000, 200000};
	struct sorter *s;
	struct so1_error e;
	enum so1_status status = SO1_OK;
	char *folder;
	int fd;

	cr_assert_eq(spool_create("/no/such/folder", &fd, &e), SO1_FAILED);
	cr_assert_str_eq(e.file, "/no/such/folder");
	cr_assert_eq(sorter_open(&s, &(struct sorter_options){.tmpdir = "/no/such/folder"}, &e), SO1_OK);
	for (int i = 0; i < 100000 && status == SO1_OK; i++)
		status = sorter_add(s, SLICE("key"), SLICE("some payload"), &e);
	cr_assert_eq(status, SO1_FAILED);
	cr_assert(strstr(e.reason, "cannot make a temporary file"));
	sorter_free(s);
	/* A disk that fills up. */
	folder = temp_folder();
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	status = sorter_open(&s, &(struct sorter_options){.tmpdir = folder}, &e);
	for (int i = 0; i < 100000 && status == SO1_OK; i++)
		status = sorter_add(s, SLICE("key"), SLICE("some payload"), &e);
	cr_assert_eq(status, SO1_FAILED);
	cr_assert_str_eq(e.reason, "cannot write a temporary file: File too large");
	sorter_free(s);
	sorter_free(NULL);
	cr_assert_eq(rmdir(folder), 0);
}

Test(spill, spool_has_no_name)
{
	char *folder = temp_folder();
	struct so1_error e;
	char c = 0;
	int fd;

	cr_assert_eq(spool_create(folder, &fd, &e), SO1_OK);
	cr_assert_eq(rmdir(folder), 0);
	cr_assert_eq(write(fd, "x", 1), 1);
	cr_assert_eq(pread(fd, &c, 1, 0), 1);
	cr_assert_eq(c, 'x');
	close(fd);
}
