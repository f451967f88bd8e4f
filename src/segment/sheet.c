#include "segment/sheet.h"

#include "base/number.h"

void sheet_open(struct sheet *s, struct writer *w, struct so1_error *e)
{
	*s = (struct sheet){.w = w, .e = e};
}

void sheet_put_header(struct sheet *s)
{
	static const char *const columns[] = {"segment", "other", "metric", "value"};
	struct header h = {0};

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		header_add(&h, slice_of(columns[i]));
	s->status = writer_put_header(s->w, &h, s->e);
	header_free(&h);
}

void sheet_put_value(struct sheet *s, struct slice segment, struct slice other, const char *metric)
{
	if (s->status == SO1_OK) {
		writer_put_field(s->w, segment);
		writer_put_field(s->w, other);
		writer_put_field(s->w, slice_of(metric));
		writer_put_field(s->w, buffer_slice(&s->value));
		s->status = writer_end_record(s->w, s->e);
	}
	buffer_clear(&s->value);
}

void sheet_put_count(struct sheet *s, struct slice segment, struct slice other, const char *metric,
		     uint64_t n)
{
	number_put_int(&s->value, (int64_t)n);
	sheet_put_value(s, segment, other, metric);
}

void sheet_put_number(struct sheet *s, struct slice segment, struct slice other,
		      const char *metric, double x, bool known)
{
	if (known)
		number_put_rounded(&s->value, x, 10);
	sheet_put_value(s, segment, other, metric);
}

void sheet_put_ratio(struct sheet *s, struct slice segment, struct slice other, const char *metric,
		     double above, double below)
{
	sheet_put_number(s, segment, other, metric, below != 0 ? above / below : 0, below != 0);
}

enum so1_status sheet_close(struct sheet *s)
{
	buffer_free(&s->value);
	return s->status;
}
