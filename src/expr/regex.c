#include "expr/regex.h"

enum { PATTERN_LONGEST = 1000, REPETITIONS_MOST = 1000 };

/* The product of the largest counts in {…}, or more than allowed. */
static unsigned long repetitions(struct slice pattern)
{
	unsigned long product = 1;

	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.ptr[i] != '{')
			continue;
		unsigned long largest = 1, n = 0;
		for (i++; i < pattern.len && pattern.ptr[i] != '}'; i++) {
			char c = pattern.ptr[i];
			n = c >= '0' && c <= '9' ? n * 10 + (unsigned long)(c - '0') : 0;
			if (n > largest)
				largest = n;
			if (largest > REPETITIONS_MOST)
				return largest;
		}
		product *= largest;
		if (product > REPETITIONS_MOST)
			break;
	}
	return product;
}

static bool has_back_reference(struct slice pattern)
{
	for (size_t i = 0; i + 1 < pattern.len; i++) {
		if (pattern.ptr[i] != '\\')
			continue;
		if (pattern.ptr[i + 1] >= '1' && pattern.ptr[i + 1] <= '9')
			return true;
		i++;
	}
	return false;
}

enum so1_status regex_compile(regex_t *out, struct slice pattern, struct so1_error *e)
{
	char text[PATTERN_LONGEST + 1], reason[128];
	int code;

	if (pattern.len > PATTERN_LONGEST)
		return error_set(e, SO1_USAGE, "regular expression longer than %d bytes",
				 PATTERN_LONGEST);
	if (memchr(pattern.ptr, '\0', pattern.len))
		return error_set(e, SO1_USAGE, "NUL byte in a regular expression");
	if (has_back_reference(pattern)) {
		error_set(e, SO1_USAGE, "back references are not supported");
		return error_value(e, pattern);
	}
	if (repetitions(pattern) > REPETITIONS_MOST) {
		error_set(e, SO1_USAGE, "more than %d counted repetitions", REPETITIONS_MOST);
		return error_value(e, pattern);
	}
	memcpy(text, pattern.ptr, pattern.len);
	text[pattern.len] = '\0';
	if ((code = regcomp(out, text, REG_EXTENDED | REG_NOSUB)) != 0) {
		regerror(code, out, reason, sizeof reason);
		error_set(e, SO1_USAGE, "regular expression: %s", reason);
		return error_value(e, pattern);
	}
	return SO1_OK;
}

bool regex_found(const regex_t *r, struct slice s)
{
	/* REG_STARTEND: the field has no terminator. */
	regmatch_t span = {.rm_so = 0, .rm_eo = (regoff_t)s.len};

	return regexec(r, s.ptr, 1, &span, REG_STARTEND) == 0;
}
