#include "sink.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool sink_open(struct sink *s, const char *dir, const char *name, char delimiter,
		bool windows_1252, const char *header)
{
	/* What writes Windows-1252 ends its lines as Windows does. */
	*s = (struct sink){ .delimiter = delimiter, .windows_1252 = windows_1252,
		.crlf = windows_1252 };
	snprintf(s->path, sizeof s->path, "%s/%s", dir, name);
	snprintf(s->part, sizeof s->part, "%s.part", s->path);
	size_t len = strlen(name);
	if (len > 3 && !strcmp(name + len - 3, ".gz")) {
		s->gz = gzopen(s->part, "wb1"); /* level 1: fast; 6 would save a fifth */
		if (s->gz)
			gzbuffer(s->gz, 1 << 18);
	} else {
		s->file = fopen(s->part, "wb");
	}
	if (!s->gz && !s->file)
		return false;
	sink_begin(s, INT64_MIN);
	text_put(&s->block, header);
	sink_end(s);
	s->written = (uint64_t)-1; /* the header is not a row */
	return true;
}

void sink_begin(struct sink *s, int64_t key)
{
	if (s->count == s->room) {
		s->room = s->room * 2 + 1024;
		s->rows = realloc(s->rows, s->room * sizeof *s->rows);
		s->spare = realloc(s->spare, s->room * sizeof *s->spare);
		if (!s->rows || !s->spare) {
			fputs("make-samples: out of memory\n", stderr);
			exit(1);
		}
	}
	s->rows[s->count] = (struct sink_row){ key, s->block.len, 0 };
	s->first = true;
}

struct text *sink_raw(struct sink *s)
{
	if (!s->first)
		text_char(&s->block, s->delimiter);
	s->first = false;
	return &s->block;
}

/* What Windows-1252 has beyond Latin-1 and we use; letters it lacks were folded before. */
static char byte_1252(const unsigned char *p, size_t len)
{
	if (len == 2)
		return (char)(((p[0] & 0x1f) << 6) | (p[1] & 0x3f));
	if (!memcmp(p, "€", 3))
		return (char)0x80;
	if (!memcmp(p, "–", 3))
		return (char)0x96;
	return '?';
}

static void put_encoded(struct sink *s, const char *utf8)
{
	const unsigned char *p = (const unsigned char *)utf8;
	while (*p) {
		size_t len = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : 3;
		text_char(&s->block, len == 1 ? (char)*p : byte_1252(p, len));
		p += len;
	}
}

void sink_field(struct sink *s, const char *utf8)
{
	struct text *t = sink_raw(s);
	const char special[] = { '"', '\n', '\r', s->delimiter, 0 };
	bool quote = utf8[strcspn(utf8, special)] != 0;
	if (!quote && !s->windows_1252) {
		text_put(t, utf8);
	} else if (!quote) {
		put_encoded(s, utf8);
	} else {
		text_char(t, '"');
		for (const char *p = utf8; *p; p++) {
			if (*p == '"')
				text_char(t, '"');
			text_char(t, *p); /* quoted fields hold no Windows-1252 text */
		}
		text_char(t, '"');
	}
}

void sink_end(struct sink *s)
{
	if (s->crlf)
		text_char(&s->block, '\r');
	text_char(&s->block, '\n');
	s->rows[s->count].len = s->block.len - s->rows[s->count].at;
	s->count++;
}

void sink_again(struct sink *s)
{
	struct sink_row last = s->rows[s->count - 1];
	sink_begin(s, last.key);
	s->rows[s->count] = last;
	s->count++;
}

/* Merge sort, for its stability. */
static void sort_rows(struct sink_row *rows, struct sink_row *spare, size_t n)
{
	if (n < 2)
		return;
	size_t half = n / 2, i = 0, j = half, k = 0;
	sort_rows(rows, spare, half);
	sort_rows(rows + half, spare, n - half);
	if (rows[half - 1].key <= rows[half].key)
		return;
	memcpy(spare, rows, half * sizeof *rows);
	while (i < half && j < n)
		rows[k++] = rows[j].key < spare[i].key ? rows[j++] : spare[i++];
	memcpy(rows + k, spare + i, (half - i) * sizeof *rows);
}

bool sink_flush(struct sink *s)
{
	sort_rows(s->rows, s->spare, s->count);
	s->sorted.len = 0;
	for (size_t i = 0; i < s->count; i++)
		text_bytes(&s->sorted, s->block.data + s->rows[i].at, s->rows[i].len);
	size_t n = s->sorted.len;
	bool good = !n || (s->gz ? gzwrite(s->gz, s->sorted.data, (unsigned)n) == (int)n
			: fwrite(s->sorted.data, 1, n, s->file) == n);
	s->written += s->count;
	s->bytes += n;
	s->count = 0;
	s->block.len = 0;
	return good;
}

bool sink_close(struct sink *s)
{
	bool good = sink_flush(s);
	if (s->gz && gzclose(s->gz) != Z_OK)
		good = false;
	if (s->file && fclose(s->file))
		good = false;
	if (good)
		good = !rename(s->part, s->path);
	int why = errno;
	if (!good)
		remove(s->part);
	text_free(&s->block);
	text_free(&s->sorted);
	free(s->rows);
	free(s->spare);
	errno = why;
	return good;
}
