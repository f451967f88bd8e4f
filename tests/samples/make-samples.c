/* make-samples: writes the exports of Kranich & Kiesel, a retailer that does not exist.
 *
 *   make-samples PEOPLE SEED PRODUCTS.CSV OUT-DIR [crm]
 *
 * crm.csv, orders.csv.gz, web.tsv, chat.csv, newsletter.csv, suppress.csv and truth.csv; with
 * "crm" the same CRM and what is true about it, and nothing but headers in the others. Same
 * arguments, same bytes (the compressed file: same content). Memory does not grow with PEOPLE.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "life.h"

/* People whose rows are sorted together; enough that the committed sample is one block. */
enum { BLOCK = 4096, MOST_PEOPLE = 2 * PEOPLE_PER_RANGE };

static bool parse_count(const char *s, uint64_t *n)
{
	char *end;
	errno = 0;
	*n = strtoull(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && !errno;
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "make-samples: %s: %s\n", what, why);
	return 1;
}

int main(int argc, char **argv)
{
	static struct world w;
	uint64_t people;
	if (argc < 5 || argc > 6 || (argc == 6 && strcmp(argv[5], "crm")) || !parse_count(argv[1], &people) || !parse_count(argv[2], &w.seed)) {
		fputs("usage: make-samples PEOPLE SEED PRODUCTS.CSV OUT-DIR [crm]\n", stderr);
		return 2;
	}
	if (people < 1 || people > MOST_PEOPLE) /* beyond it telephone numbers would repeat */
		return fail(argv[1], "people must be 1 to 16000000");
	w.crm_only = argc == 6;
	const char *wrong = goods_read(&w.goods, argv[3]);
	if (wrong)
		return fail(argv[3], wrong);
	wrong = world_open(&w, argv[4]);
	if (wrong)
		return fail(wrong, strerror(errno));
	for (uint64_t i = 0; i < people; i++) {
		life_write(&w, i);
		if (i % BLOCK == BLOCK - 1 && !world_flush(&w))
			return fail(argv[4], strerror(errno));
	}
	if (!world_close(&w))
		return fail(argv[4], strerror(errno));
	fprintf(stderr, "make-samples: %llu people, %llu rows (crm %llu, orders %llu, web %llu, "
			"chat %llu, newsletter %llu), %.1f MB before compression\n",
			(unsigned long long)people, (unsigned long long)world_rows(&w),
			(unsigned long long)w.crm.written, (unsigned long long)w.orders.written,
			(unsigned long long)w.web.written, (unsigned long long)w.chat.written,
			(unsigned long long)w.newsletter.written, (double)world_bytes(&w) / 1e6);
	return 0;
}
