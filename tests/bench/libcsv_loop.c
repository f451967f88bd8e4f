/* The measure that scripts/bench stream measures against: bare libcsv.
 *
 * usage: libcsv_loop [-w] FILE
 *   parses every field; -w also writes the records, quotes only where needed */
#include <csv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 256 << 10, WRITE_SIZE = 1 << 20 };

struct loop {
	uint64_t fields, rows, bytes;
	bool write, first;
	FILE *out;
};

static bool needs_quotes(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == ',' || s[i] == '"' || s[i] == '\n' || s[i] == '\r')
			return true;
	return false;
}

static void on_field(void *text, size_t n, void *context)
{
	struct loop *l = context;

	l->fields++;
	l->bytes += n;
	if (!l->write)
		return;
	if (!l->first)
		putc_unlocked(',', l->out);
	l->first = false;
	if (needs_quotes(text, n))
		csv_fwrite(l->out, text, n);
	else
		fwrite_unlocked(text, 1, n, l->out);
}

static void on_row(int c, void *context)
{
	struct loop *l = context;

	(void)c;
	l->rows++;
	l->first = true;
	if (l->write)
		putc_unlocked('\n', l->out);
}

int main(int argc, char **argv)
{
	static char in[READ_SIZE], out[WRITE_SIZE];
	struct loop l = {.first = true, .out = stdout};
	struct csv_parser p;
	size_t n;

	l.write = argc > 1 && strcmp(argv[1], "-w") == 0;
	FILE *f = argc > 1 + l.write ? fopen(argv[1 + l.write], "rb") : NULL;
	if (f == NULL || csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) != 0) {
		fputs("usage: libcsv_loop [-w] FILE\n", stderr);
		return 2;
	}
	setvbuf(f, NULL, _IONBF, 0);
	setvbuf(stdout, out, _IOFBF, sizeof out);
	while ((n = fread(in, 1, sizeof in, f)) > 0)
		if (csv_parse(&p, in, n, on_field, on_row, &l) != n) {
			fprintf(stderr, "libcsv_loop: %s\n", csv_strerror(csv_error(&p)));
			return 1;
		}
	if (csv_fini(&p, on_field, on_row, &l) != 0)
		return 1;
	csv_free(&p);
	fclose(f);
	if (!l.write)
		printf("%llu rows, %llu fields, %llu bytes\n", (unsigned long long)l.rows,
		       (unsigned long long)l.fields, (unsigned long long)l.bytes);
	return fflush(stdout) != 0;
}
