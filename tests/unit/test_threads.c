#include "base/threads.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <string.h>

enum { MOST = 10007 };

struct seen {
	atomic_int times[MOST];
	atomic_size_t longest;
	atomic_int highest_thread;
};

static void mark(void *context, size_t begin, size_t end, int thread)
{
	struct seen *s = context;
	int highest = atomic_load(&s->highest_thread);

	for (size_t i = begin; i < end; i++)
		atomic_fetch_add(&s->times[i], 1);
	if (end - begin > atomic_load(&s->longest))
		atomic_store(&s->longest, end - begin);
	while (thread > highest &&
	       !atomic_compare_exchange_weak(&s->highest_thread, &highest, thread))
		;
}

Test(threads, cover_each_item_once)
{
	static struct seen s;
	static const struct { size_t count, grain; int threads; } rows[] = {
		{0, 10, 4}, {1, 10, 4}, {10, 10, 4}, {11, 10, 4}, {MOST, 1, 3}, {MOST, 100, 8},
		{MOST, 1000000, 8}, {MOST, 0, 2}, {100, 7, 0}, {100, 7, -3},
	};

	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		memset(&s, 0, sizeof s);
		threads_for(rows[r].count, rows[r].grain, rows[r].threads, mark, &s);
		for (size_t i = 0; i < MOST; i++)
			cr_assert_eq(atomic_load(&s.times[i]), i < rows[r].count, "row %zu item %zu", r, i);
		cr_assert(rows[r].grain == 0 || atomic_load(&s.longest) <= rows[r].grain);
		cr_assert(atomic_load(&s.highest_thread) < (rows[r].threads < 1 ? 1 : rows[r].threads));
	}
	cr_assert(threads_available() >= 1);
}
