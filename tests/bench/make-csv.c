/* Data for scripts/bench stream, the same bytes on every machine.
 *
 * usage: make-csv plain|quoted [ROWS]
 *
 * plain: no quotes, LF. quoted: a fifth of the fields quoted, CRLF, doubled quotes and
 * quoted line breaks. 2,000,000 rows of 12 columns are about 230 MB. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

/* splitmix64 */
static uint64_t draw(uint64_t below)
{
	uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (x ^ (x >> 31)) % below;
}

static const char *pick(const char *const *words, size_t n)
{
	return words[draw(n)];
}

#define PICK(words) pick(words, sizeof(words) / sizeof *(words))

static const char *const firsts[] = {"anna", "ben", "clara", "david", "emma", "finn", "greta",
				     "hannes", "ida", "jonas", "klara", "leon"};
static const char *const lasts[] = {"schmidt", "meyer", "fischer", "weber", "wagner", "becker",
				    "hoffmann", "koch", "richter", "klein"};
static const char *const events[] = {"view", "cart", "purchase", "open", "click", "search"};
static const char *const categories[] = {"audio", "tv", "kitchen", "garden", "books", "sport"};
static const char *const texts[] = {"nice and quick", "as described", "a bit late", "will buy again",
				    "colour differs", "great value", "too small"};

static void put_plain(uint64_t i)
{
	const char *first = PICK(firsts), *last = PICK(lasts);

	printf("%08" PRIu64 ",%s.%s%" PRIu64 "@example.org,%s,%s,2026-%02d-%02dT%02d:%02d:%02dZ,%s,%s,"
	       "sku%05d,%d,%d.%02d,EUR,%s\n",
	       i, first, last, draw(300000), first, last, (int)draw(12) + 1, (int)draw(28) + 1,
	       (int)draw(24), (int)draw(60), (int)draw(60), PICK(events), PICK(categories),
	       (int)draw(20000), (int)draw(5) + 1, (int)draw(300), (int)draw(100), PICK(texts));
}

/* On average 2.4 of the 12 fields are quoted; of those texts some hold what quotes are for. */
static void put_quoted(uint64_t i)
{
	const char *first = PICK(firsts), *last = PICK(lasts);
	const char *name_quote = draw(10) < 4 ? "\"" : "";

	printf("%08" PRIu64 ",%s.%s%" PRIu64 "@example.org,%s%s%s,\"%s\",2026-%02d-%02dT%02d:%02d:%02dZ,"
	       "%s,%s,sku%05d,%d,%d.%02d,EUR,",
	       i, first, last, draw(300000), name_quote, first, name_quote, last, (int)draw(12) + 1,
	       (int)draw(28) + 1, (int)draw(24), (int)draw(60), (int)draw(60), PICK(events),
	       PICK(categories), (int)draw(20000), (int)draw(5) + 1, (int)draw(300), (int)draw(100));
	switch (draw(8)) {
	case 0:
		printf("\"%s, \"\"%s\"\"\"\r\n", PICK(texts), PICK(texts));
		break;
	case 1:
		printf("\"%s\r\n%s\"\r\n", PICK(texts), PICK(texts));
		break;
	default:
		printf("\"%s, %s\"\r\n", PICK(texts), PICK(texts));
	}
}

int main(int argc, char **argv)
{
	static char buffer[1 << 20];
	bool quoted = argc > 1 && strcmp(argv[1], "quoted") == 0;
	uint64_t rows = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;

	if (argc < 2 || (!quoted && strcmp(argv[1], "plain") != 0)) {
		fputs("usage: make-csv plain|quoted [ROWS]\n", stderr);
		return 2;
	}
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	printf("id,email,first_name,last_name,ts,event,category,sku,qty,amount,currency,note%s\n",
	       quoted ? "\r" : "");
	for (uint64_t i = 0; i < rows; i++) {
		if (quoted)
			put_quoted(i);
		else
			put_plain(i);
	}
	return fflush(stdout) != 0;
}
