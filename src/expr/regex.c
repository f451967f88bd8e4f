#include "expr/regex.h"

enum { PATTERN_LONGEST = 1000, NODES_MOST = 2000, LOOPS_MOST = 30, LOOP = 10, ANCHORED = 3 };

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

/* An operator: how often regcomp copies what stands before it (glibc does for each count of
 * {n,m} and once more for '+', so that nested operators multiply), what it costs where that
 * may be empty, and whether it makes it so. */
struct operator {
	unsigned long copies, loops;
	bool optional;
};

/* The operator at *i, which moves behind it; false: there is none. */
static bool next_operator(struct slice p, size_t *i, struct operator *o)
{
	unsigned long largest = 1, n = 0;

	if (*i >= p.len || !strchr("*+?{", p.ptr[*i]))
		return false;
	char c = p.ptr[(*i)++];
	if (c != '{') {
		*o = (struct operator){.copies = c == '+' ? 2 : 1, .loops = c == '?' ? 1 : LOOP,
				       .optional = c != '+'};
		return true;
	}
	o->optional = *i >= p.len || p.ptr[*i] == '0' || p.ptr[*i] == ',';
	for (; *i < p.len && strchr("0123456789,", p.ptr[*i]); (*i)++) {
		n = p.ptr[*i] == ',' ? 0 : n * 10 + (unsigned long)(p.ptr[*i] - '0');
		if (n > NODES_MOST)
			n = NODES_MOST;
		if (n > largest)
			largest = n;
	}
	/* {n,} ends in a star. */
	o->loops = largest + (p.ptr[*i - 1] == ',' ? LOOP : 0);
	o->copies = largest + 1;
	if (*i < p.len && p.ptr[*i] == '}')
		(*i)++;
	return true;
}

/* What a part of a pattern costs, at most. */
struct cost {
	unsigned long nodes; /* of the tree that regcomp builds */
	unsigned long loops; /* repetitions of what may be empty; time doubles with each LOOP */
	bool empty;          /* may match nothing */
	bool anchored;       /* has an anchor in it */
};

/* What stands in a group so far: the alternatives before, and the one that goes on. */
struct level {
	struct cost all;
	bool alternative_empty;
};

static bool is_too_much(struct cost c)
{
	return c.nodes > NODES_MOST || c.loops > LOOPS_MOST;
}

static void repeat(struct cost *atom, const struct operator *o)
{
	atom->nodes = atom->nodes * o->copies + 1;
	atom->loops *= o->copies;
	if (atom->empty)
		atom->loops += o->loops * (atom->anchored ? ANCHORED : 1);
	atom->empty = atom->empty || o->optional;
}

static void append(struct level *l, const struct cost *atom)
{
	l->all.nodes += atom->nodes;
	l->all.loops += atom->loops;
	l->all.anchored |= atom->anchored;
	l->alternative_empty = l->alternative_empty && atom->empty;
}

static struct cost close_level(struct level *l)
{
	struct cost c = l->all;

	c.nodes++;
	c.empty |= l->alternative_empty;
	return c;
}

/* The atom at *i, which moves behind it; one that closes a group is the whole group. */
static struct cost next_atom(struct slice p, size_t *i, struct level *levels, size_t *depth)
{
	struct cost atom = {.nodes = 1};
	char c = p.ptr[*i], escaped = c == '\\' && *i + 1 < p.len ? p.ptr[*i + 1] : 'x';

	if (c == '[') {
		*i = skip_bracket(p, *i);
		return atom;
	}
	*i += c == '\\' ? 2 : 1;
	if (c == ')' && *depth > 0)
		return close_level(&levels[(*depth)--]);
	/* GNU's \b and its like match between two characters. */
	atom.empty = atom.anchored = c == '^' || c == '$' || strchr("bB<>`'", escaped);
	return atom;
}

static bool repeats_too_much(struct slice p)
{
	struct level levels[PATTERN_LONGEST + 1] = {{.alternative_empty = true}};
	struct cost all = {0};
	struct operator o;
	size_t depth = 0, i = 0;

	while (i < p.len) {
		if (p.ptr[i] == '(' || p.ptr[i] == '|') {
			if (p.ptr[i++] == '(')
				levels[++depth] = (struct level){.all = {.nodes = 1}};
			else
				levels[depth].all.empty |= levels[depth].alternative_empty;
			levels[depth].alternative_empty = true;
			continue;
		}
		struct cost atom = next_atom(p, &i, levels, &depth);
		while (!is_too_much(atom) && next_operator(p, &i, &o))
			repeat(&atom, &o);
		append(&levels[depth], &atom);
		if (is_too_much(levels[depth].all))
			return true;
	}
	for (size_t d = 0; d <= depth; d++) {
		all.nodes += levels[d].all.nodes;
		all.loops += levels[d].all.loops;
	}
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
