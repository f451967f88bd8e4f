#include "predict/page.h"

#include "base/number.h"

#include <math.h>

enum { DIGITS = 6 };

enum so1_status page_write(const char *path, const char *const *names, size_t count, put_rows *put,
			   const void *context, struct so1_error *e)
{
	struct writer *w = NULL;
	struct header h = {0};
	enum so1_status s = writer_open(&w, &(struct writer_options){.path = path}, e);

	for (size_t i = 0; i < count; i++)
		header_add(&h, slice_of(names[i]));
	if (s == SO1_OK)
		s = writer_put_header(w, &h, e);
	if (s == SO1_OK)
		s = put(w, context, e);
	if (s == SO1_OK)
		s = writer_commit(w, e);
	writer_free(w);
	header_free(&h);
	return s;
}

void page_put_number(struct writer *w, double x, bool known)
{
	struct buffer b = {0};

	if (known && x == floor(x) && fabs(x) < 1e15)
		number_put_int(&b, (int64_t)x);
	else if (known)
		number_put_rounded(&b, x, DIGITS);
	writer_put_field(w, buffer_slice(&b));
	buffer_free(&b);
}
