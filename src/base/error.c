#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum so1_status error_set(struct so1_error *e, enum so1_status status, const char *format, ...)
{
	va_list args;

	*e = (struct so1_error){.status = status};
	va_start(args, format);
	vsnprintf(e->reason, sizeof e->reason, format, args);
	va_end(args);
	return status;
}

enum so1_status error_set_errno(struct so1_error *e, const char *file, const char *reason)
{
	int code = errno;

	error_set(e, SO1_FAILED, "%s: %s", reason, strerror(code));
	e->quiet = code == EPIPE;
	return error_at(e, file, 0, NULL);
}

enum so1_status error_at(struct so1_error *e, const char *file, uint64_t line, const char *column)
{
	if (file)
		snprintf(e->file, sizeof e->file, "%s", file);
	if (line)
		e->line = line;
	if (column)
		snprintf(e->column, sizeof e->column, "%s", column);
	return e->status;
}

enum so1_status error_value(struct so1_error *e, struct slice value)
{
	size_t n = 0;

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		if (n + 5 > sizeof e->value) {
			/* Cut at a character's start, with an ellipsis. */
			while (n > 0 && ((unsigned char)e->value[n - 1] & 0xc0) == 0x80)
				n--;
			if (n > 0 && (unsigned char)e->value[n - 1] >= 0xc0)
				n--;
			memcpy(e->value + n, "...", 3);
			n += 3;
			break;
		}
		e->value[n++] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
	}
	e->value[n] = '\0';
	e->has_value = true;
	return e->status;
}

void error_format(const struct so1_error *e, char *out, size_t size)
{
	char line[24] = "";

	if (e->line)
		snprintf(line, sizeof line, "%llu:", (unsigned long long)e->line);
	snprintf(out, size, "%s%s%s%s%s%s%s%s%s%s%s",
		 e->file, e->file[0] ? ":" : "", line, (e->file[0] || line[0]) ? " " : "",
		 e->column, e->column[0] ? ": " : "", e->reason,
		 e->has_value ? " '" : "", e->has_value ? e->value : "",
		 e->has_value ? "'" : "", "");
}
