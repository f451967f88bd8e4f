/* A borrowed piece of memory: pointer and length, no terminator, no owner.
 * Valid as long as whatever it was cut from. */
#ifndef SO1_BASE_SLICE_H
#define SO1_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *ptr;
	size_t len;
};

/* SLICE("literal"): a slice of a string literal. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
/* For printf: printf("%.*s", SLICE_ARGS(s)). */
#define SLICE_ARGS(s) (int)(s).len, (s).ptr

static inline struct slice slice_make(const char *ptr, size_t len)
{
	return (struct slice){ptr, len};
}

/* NULL gives the empty slice. */
static inline struct slice slice_of(const char *z)
{
	return (struct slice){z ? z : "", z ? strlen(z) : 0};
}

static inline bool slice_is_empty(struct slice s)
{
	return s.len == 0;
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *z)
{
	return slice_equal(a, slice_of(z));
}

/* Bytewise order, a prefix first: <0, 0, >0. */
int slice_compare(struct slice a, struct slice b);
/* ASCII case folded equality. */
bool slice_equal_nocase(struct slice a, struct slice b);
/* Without ASCII blanks (space, \t, \r, \n, \v, \f) at both ends. */
struct slice slice_trim(struct slice s);
bool slice_starts_with(struct slice s, struct slice prefix);
/* Position of the first byte c, or s.len. */
size_t slice_find_byte(struct slice s, char c);
/* Cuts the part of *rest before the first `separator` into *item and moves *rest
 * behind it. Returns false when *rest was used up (rest->ptr == NULL). "a;;b" has
 * three items, "" has one, empty. */
bool slice_split(struct slice *rest, char separator, struct slice *item);
/* XXH3, 64 bit, of the bytes with `seed`. The same on every machine. */
uint64_t slice_hash(struct slice s, uint64_t seed);

#endif
