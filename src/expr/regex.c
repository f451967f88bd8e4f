#include "expr/regex.h"

enum { PATTERN_LONGEST = 1000, NODES_MOST = 5000, NESTING_DEEPEST = 10 };

/* Behind the ']' that ends the bracket expression at i. */
static size_t skip_bracket(struct slice p, size_t i)
{
	i++;
	if (i < p.len && p.ptr[i] == '^')
		i++;
	/* A ']' that comes first stands for itself. */
	if (i < p.len && p.ptr[i] == ']')
		i++;
	while (i < p.len && p.ptr[i] != ']')
		i++;
	return i + 1;
}

/* How often regcomp copies what stands before the operator at *i, which moves behind it:
 * glibc copies for each count of {n,m} and once more for '+', so that nested operators
 * multiply. 0: there is no operator. */
static unsigned long copies(struct slice p, size_t *i)
{
	unsigned long largest = 1, n = 0;

	if (*i >= p.len || !strchr("*+?{", p.ptr[*i]))
		return 0;
	if (p.ptr[(*i)++] != '{')
		return p.ptr[*i - 1] == '+' ? 2 : 1;
	for (; *i < p.len && strchr("0123456789,", p.ptr[*i]); (*i)++) {
		n = p.ptr[*i] == ',' ? 0 : n * 10 + (unsigned long)(p.ptr[*i] - '0');
		if (n > NODES_MOST)
			n = NODES_MOST;
		if (n > largest)
			largest = n;
	}
	if (*i < p.len && p.ptr[*i] == '}')
		(*i)++;
	return largest + 1;
}

/* Of a group, or what stands at its level so far: the nodes of the tree that regcomp builds,
 * at most, and how many operators are nested. Time and memory grow with the square of the
 * nodes that may be empty, and time with the fourth power of the nesting. */
struct size {
	unsigned long nodes, nesting;
};

static bool is_too_much(struct size s)
{
	return s.nodes > NODES_MOST || s.nesting > NESTING_DEEPEST;
}

static bool repeats_too_much(struct slice p)
{
	struct size levels[PATTERN_LONGEST + 1] = {0}, all = {0};
	unsigned long factor;
	size_t depth = 0, i = 0;

	while (i < p.len) {
		struct size atom = {.nodes = 1};
		char c = p.ptr[i];
		if (c == '(') {
			levels[++depth] = atom;
			i++;
			continue;
		}
		if (c == ')' && depth > 0) {
			atom = levels[depth--];
			atom.nodes++;
		}
		if (c == '[')
			i = skip_bracket(p, i);
		else
			i += c == '\\' ? 2 : 1;
		while ((factor = copies(p, &i)) > 0 && !is_too_much(atom)) {
			atom.nodes = atom.nodes * factor + 1;
			atom.nesting++;
		}
		levels[depth].nodes += atom.nodes;
		if (atom.nesting > levels[depth].nesting)
			levels[depth].nesting = atom.nesting;
		if (is_too_much(levels[depth]))
			return true;
	}
	for (size_t d = 0; d <= depth; d++)
		all.nodes += levels[d].nodes;
	return is_too_much(all);
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
	if (repeats_too_much(pattern)) {
		error_set(e, SO1_USAGE, "regular expression repeats too much");
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
