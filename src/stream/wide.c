#include "stream/wide.h"

enum { RAW_SIZE = 64 << 10, NO_CHARACTER = 0xff };

static uint32_t unit_at(const struct wide *w, size_t at)
{
	const unsigned char *p = (const unsigned char *)w->raw.ptr + at;

	return w->big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* One character (or NO_CHARACTER, as a lone byte) of what is there; its bytes in UTF-8, 0 when
 * more is needed. */
static size_t convert_one(struct wide *w, char out[4])
{
	size_t left = w->raw.len - w->at;

	if (left == 0 || (left == 1 && !w->end))
		return 0;
	out[0] = (char)NO_CHARACTER;
	if (left == 1) {
		w->at++;
		return 1;
	}
	uint32_t c = unit_at(w, w->at);
	if (c >= 0xd800 && c < 0xdc00) {
		if (left < 4 && !w->end)
			return 0;
		uint32_t low = left < 4 ? 0 : unit_at(w, w->at + 2);
		w->at += 2;
		if (low < 0xdc00 || low > 0xdfff)
			return 1;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		w->at += 2;
		return 1;
	}
	w->at += 2;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
	return n;
}

static enum so1_status refill(struct wide *w, struct source *s, struct so1_error *e)
{
	size_t n;

	/* At most half a character is left. */
	buffer_reserve(&w->raw, RAW_SIZE);
	memmove(w->raw.ptr, w->raw.ptr + w->at, w->raw.len - w->at);
	w->raw.len -= w->at;
	w->at = 0;
	enum so1_status status = source_read(s, buffer_reserve(&w->raw, RAW_SIZE), RAW_SIZE, &n, e);
	if (status == SO1_OK) {
		w->raw.len += n;
		w->end = n == 0;
	}
	return status;
}

/* Looks for the mark in the first two bytes, which a pipe may hand over one by one. */
static enum so1_status decide(struct wide *w, struct source *s, struct so1_error *e)
{
	while (w->raw.len < 2 && !w->end)
		if (refill(w, s, e) != SO1_OK)
			return e->status;
	bool marked = w->raw.len >= 2;
	w->decided = true;
	w->big_endian = marked && memcmp(w->raw.ptr, "\xfe\xff", 2) == 0;
	w->utf16 = w->big_endian || (marked && memcmp(w->raw.ptr, "\xff\xfe", 2) == 0);
	w->at = w->utf16 ? 2 : 0;
	return SO1_OK;
}

/* The bytes read to look at come first. */
static enum so1_status read_plain(struct wide *w, struct source *s, char *to, size_t room,
				  size_t *n, struct so1_error *e)
{
	size_t left = w->raw.len - w->at;

	if (left == 0)
		return source_read(s, to, room, n, e);
	*n = left < room ? left : room;
	memcpy(to, w->raw.ptr + w->at, *n);
	w->at += *n;
	return SO1_OK;
}

enum so1_status wide_read(struct wide *w, struct source *s, char *to, size_t room, size_t *n,
			  struct so1_error *e)
{
	*n = 0;
	if (!w->decided && decide(w, s, e) != SO1_OK)
		return e->status;
	if (!w->utf16)
		return read_plain(w, s, to, room, n, e);
	while (*n < room) {
		if (w->pending_len == 0)
			w->pending_len = convert_one(w, w->pending);
		if (w->pending_len > 0) {
			size_t take = w->pending_len < room - *n ? w->pending_len : room - *n;
			memcpy(to + *n, w->pending, take);
			memmove(w->pending, w->pending + take, w->pending_len - take);
			w->pending_len -= take;
			*n += take;
		} else if (*n > 0 || w->end) {
			break;
		} else if (refill(w, s, e) != SO1_OK) {
			return e->status;
		}
	}
	return SO1_OK;
}

void wide_free(struct wide *w)
{
	buffer_free(&w->raw);
}
