#include "ingest/decode.h"

#include "ingest/text.h"

#include <errno.h>
#include <stdio.h>

/* UTF-8 by its names; UTF-16 is by its mark, and the reader turns it into UTF-8. */
static bool is_utf8_name(struct slice name)
{
	static const char *const names[] = {"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii",
		"utf-16", "utf16", "utf-16le", "utf-16be", "ucs-2", "unicode"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_equal_nocase(name, slice_of(names[i])))
			return true;
	return name.len == 0;
}

/* One byte through iconv: its UTF-8 (length), 0 for none, -1 for the start of a longer
 * character. */
static int convert_byte(iconv_t state, unsigned char byte, char out[4])
{
	char in = (char)byte, *from = &in, *to = out;
	size_t left = 1, room = 4;

	iconv(state, NULL, NULL, NULL, NULL);
	errno = 0;
	size_t result = iconv(state, &from, &left, &to, &room);
	if (result == (size_t)-1)
		return errno == EINVAL ? -1 : 0;
	/* A stateful encoding keeps the byte to itself. */
	return room == 4 ? -1 : (int)(4 - room);
}

static enum so1_status build_table(struct decoder *d, iconv_t state, struct so1_error *e)
{
	d->is_table = true;
	for (int c = 0; c < 256; c++) {
		int n = convert_byte(state, (unsigned char)c, d->bytes[c]);
		/* The bytes a CSV is cut by. */
		if (c < 0x80 && strchr("\n\r\",;\t| 0Az", c) && c &&
		    (n != 1 || d->bytes[c][0] != (char)c))
			return error_set(e, SO1_USAGE, "encoding cannot be cut into fields; "
					 "convert the file first: iconv -f %s -t UTF-8", d->name);
		if (n < 0)
			d->is_table = false;
		d->length[c] = (uint8_t)(n < 0 ? 0 : n);
	}
	return SO1_OK;
}

enum so1_status decoder_open(struct decoder *d, struct slice name, struct so1_error *e)
{
	*d = (struct decoder){.is_utf8 = is_utf8_name(name)};
	if (d->is_utf8)
		return SO1_OK;
	snprintf(d->name, sizeof d->name, "%.*s", SLICE_ARGS(name));
	iconv_t state = name.len < sizeof d->name ? iconv_open("UTF-8", d->name) : (iconv_t)-1;
	if (state == (iconv_t)-1) {
		error_set(e, SO1_USAGE, "no encoding iconv knows (iconv -l lists them)");
		return error_value(e, name);
	}
	enum so1_status status = build_table(d, state, e);
	iconv_close(state);
	return status;
}

static bool decode_by_table(const struct decoder *d, struct slice s, struct arena *a,
			    struct slice *out)
{
	char *text = arena_bytes(a, s.len * 4);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		if (d->length[c] == 0)
			return false;
		memcpy(text + n, d->bytes[c], 4);
		n += d->length[c];
	}
	*out = slice_make(text, n);
	return true;
}

static bool decode_by_iconv(const struct decoder *d, struct decoding *own, struct slice s,
			    struct arena *a, struct slice *out)
{
	size_t room = s.len * 4 + 16, left = s.len;
	char *from = (char *)(uintptr_t)s.ptr, *text = arena_bytes(a, room), *to = text;

	if (!own->open) {
		own->state = iconv_open("UTF-8", d->name);
		own->open = own->state != (iconv_t)-1;
		if (!own->open)
			return false;
	}
	iconv(own->state, NULL, NULL, NULL, NULL);
	if (iconv(own->state, &from, &left, &to, &room) == (size_t)-1 || left > 0)
		return false;
	if (iconv(own->state, NULL, NULL, &to, &room) == (size_t)-1)
		return false;
	*out = slice_make(text, (size_t)(to - text));
	return true;
}

bool decoder_decode(const struct decoder *d, struct decoding *own, struct slice s,
		    struct arena *a, struct slice *out)
{
	/* A multi-byte encoding may shift by ASCII bytes (ISO-2022): only tables may skip. */
	if (d->is_utf8 || (d->is_table && text_is_ascii(s))) {
		*out = s;
		return true;
	}
	return d->is_table ? decode_by_table(d, s, a, out) : decode_by_iconv(d, own, s, a, out);
}

void decoding_close(struct decoding *own)
{
	if (own->open)
		iconv_close(own->state);
	own->open = false;
}
