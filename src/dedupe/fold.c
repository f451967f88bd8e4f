#include "dedupe/fold.h"

#include <stdlib.h>
#include <utf8proc.h>

static bool is_letter(utf8proc_int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO:
		return true;
	default:
		return false;
	}
}

void fold_first_name(struct slice name, struct buffer *out)
{
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)name.ptr,
					  (utf8proc_ssize_t)name.len, &folded,
					  UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
					  UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
	size_t letters = 0, start = out->len;

	for (utf8proc_ssize_t i = 0; i < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t step = utf8proc_iterate(folded + i, n - i, &c);
		if (step <= 0)
			break;
		if (is_letter(c)) {
			buffer_put(out, folded + i, (size_t)step);
			letters++;
		} else if (letters > 0) {
			break;
		}
		i += step;
	}
	if (letters < 2)
		out->len = start;
	free(folded);
}
