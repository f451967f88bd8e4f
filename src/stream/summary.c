#include "stream/summary.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static void add_term(struct buffer *side, const char *label, uint64_t n)
{
	if (side->len > 0)
		buffer_put_text(side, " + ");
	buffer_printf(side, "%" PRIu64 " %s", n, label);
}

void summary_in(struct summary *s, const char *label, uint64_t n)
{
	add_term(&s->in, label, n);
	s->total_in += n;
}

void summary_out(struct summary *s, const char *label, uint64_t n)
{
	add_term(&s->out, label, n);
	s->total_out += n;
}

void summary_note(struct summary *s, const char *format, ...)
{
	char small[512];
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(small, sizeof small, format, args);
	va_end(args);
	if (n >= (int)sizeof small) {
		char *to = buffer_reserve(&s->notes, (size_t)n + 1);
		vsnprintf(to, (size_t)n + 1, format, again);
		s->notes.len += (size_t)n;
	} else if (n > 0) {
		buffer_put(&s->notes, small, (size_t)n);
	}
	va_end(again);
	buffer_put_byte(&s->notes, '\n');
}

void summary_rejects(struct summary *s, const struct rejects *r)
{
	for (size_t i = 0; i < rejects_reasons(r); i++) {
		uint64_t count;
		struct slice reason = rejects_reason(r, i, &count);
		summary_note(s, "rejected %" PRIu64 ": %.*s", count, SLICE_ARGS(reason));
	}
}

enum so1_status summary_check(const struct summary *s, struct so1_error *e)
{
	if (s->total_in == s->total_out)
		return SO1_OK;
	return error_set(e, SO1_FAILED,
			 "rows do not add up (%" PRIu64 " in, %" PRIu64 " out): this is a bug",
			 s->total_in, s->total_out);
}

void summary_free(struct summary *s)
{
	buffer_free(&s->in);
	buffer_free(&s->out);
	buffer_free(&s->notes);
	*s = (struct summary){0};
}
