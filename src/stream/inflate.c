#include "stream/inflate.h"

#include "base/memory.h"

#include <stdlib.h>
#include <zlib.h>

enum { RAW_SIZE = 256 << 10 };

struct inflater {
	inflate_input *input;
	void *context;
	const char *name;
	z_stream z;
	bool inside_member; /* between a member's first byte and its last */
	bool any_member, end;
	char *raw;
	size_t at, len;
};

struct inflater *inflater_new(inflate_input *input, void *context, struct slice first,
			      const char *name)
{
	struct inflater *f = xcalloc(1, sizeof *f);

	f->input = input;
	f->context = context;
	f->name = name;
	f->raw = xmalloc(RAW_SIZE);
	f->len = first.len;
	memcpy(f->raw, first.ptr, first.len);
	/* 15 + 16: gzip only. It fails for want of memory only. */
	if (inflateInit2(&f->z, 15 + 16) != Z_OK)
		out_of_memory();
	return f;
}

static enum so1_status refill(struct inflater *f, struct so1_error *e)
{
	size_t n = 0;

	if (f->at < f->len || f->end)
		return SO1_OK;
	enum so1_status status = f->input(f->context, f->raw, RAW_SIZE, &n, e);
	f->at = 0;
	f->len = n;
	f->end = n == 0;
	return status;
}

static enum so1_status damage(const struct inflater *f, const char *reason, struct so1_error *e)
{
	error_set(e, SO1_FAILED, "%s", reason);
	return error_at(e, f->name, 0, NULL);
}

/* Behind a member: another one, the end, or zeros that tapes and some tools pad with. */
static enum so1_status next_member(struct inflater *f, bool *more, struct so1_error *e)
{
	*more = false;
	for (;;) {
		enum so1_status status = refill(f, e);
		if (status != SO1_OK || f->at == f->len)
			return status;
		if (f->raw[f->at] != '\0')
			break;
		f->at++;
	}
	if (f->any_member && f->raw[f->at] != '\x1f')
		return damage(f, "bytes that are not gzip follow the gzip data", e);
	inflateReset(&f->z);
	f->inside_member = f->any_member = true;
	*more = true;
	return SO1_OK;
}

enum so1_status inflater_read(struct inflater *f, char *to, size_t room, size_t *n,
			      struct so1_error *e)
{
	*n = 0;
	while (*n == 0) {
		bool more = true;
		enum so1_status status = f->inside_member ? refill(f, e) : next_member(f, &more, e);
		if (status != SO1_OK || !more)
			return status;
		if (f->at == f->len)
			return damage(f, "gzip cut short", e);
		f->z.next_in = (unsigned char *)f->raw + f->at;
		f->z.avail_in = (unsigned)(f->len - f->at);
		f->z.next_out = (unsigned char *)to;
		f->z.avail_out = (unsigned)(room < 1u << 30 ? room : 1u << 30);
		unsigned before = f->z.avail_out;
		int result = inflate(&f->z, Z_NO_FLUSH);
		f->at = f->len - f->z.avail_in;
		*n = before - f->z.avail_out;
		if (result == Z_STREAM_END)
			f->inside_member = false;
		else if (result != Z_OK && result != Z_BUF_ERROR)
			return damage(f, "gzip damaged", e);
	}
	return SO1_OK;
}

void inflater_free(struct inflater *f)
{
	if (f == NULL)
		return;
	inflateEnd(&f->z);
	free(f->raw);
	free(f);
}
