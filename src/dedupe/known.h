/* FILE of --known: the identities that the runs of a registry have brought, so that a run can
 * compare what is new in its input with the people known before.
 *
 * It belongs to one state of the registry, and is written again whenever that is. It holds
 * personal data, as the registry does. FILE.more is what has changed since FILE was written, as
 * long as that is little.
 *
 * Both are binary, in the machine's own order: known_head; the blocking rules, a line each;
 * uint32_t by uint32_t the items of FILE that are not there any more; known_item by item those
 * that are another customer's, with their number for a text; known_item by item the file's own;
 * keys, `columns` of them by item (known_keys.h); known_value; for each item its IDENTITY_FIELDS
 * fields, each a byte of length (255: four more follow) and its text, and its sighting; a hash of
 * all that. Each part is filled up to a multiple of 8 bytes. */
#ifndef SO1_DEDUPE_KNOWN_H
#define SO1_DEDUPE_KNOWN_H

#include "dedupe/ident.h"
#include "dedupe/sighting.h"
#include "dedupe/traits.h"
#include "stream/sink.h"

struct known_item {
	uint64_t hash;     /* with tag: its tuple_key */
	uint64_t id_high;  /* its customer_id */
	uint64_t text;     /* where its fields begin */
	uint32_t tag;
	uint16_t layer;    /* that linked it first (clusters.h) */
	uint8_t id_low;
	uint8_t unused;
};

/* A value that more than one identity has. */
struct known_value {
	uint64_t hash;     /* trait_value_hash; ascending */
	uint64_t uses;
};

/* A tuple that a file knows. */
struct recalled {
	uint32_t tuple;
	uint16_t layer;
	uint32_t item;
	struct customer_id id;
};

/* The registry's seal. */
struct known_key {
	uint64_t hash, rows;
};

/* One of the two files; bytes NULL: there is none. */
struct known_part {
	const char *bytes; /* mapped */
	size_t mapped;
	struct known_key registry;
	struct slice rules;
	const uint32_t *gone;
	size_t gone_count;
	const struct known_item *changed;
	size_t changed_count;
	const struct known_item *items;
	size_t count;
	const uint32_t *keys;
	size_t columns;
	const struct known_value *values; /* all that are known, of FILE as well */
	size_t value_count;
	const char *text;
	size_t text_len;
	const uint64_t *known; /* identities that know each trait, of FILE as well */
	uint64_t base, seal;   /* seal of the file that it adds to, or 0; its own */
};

struct known {
	struct known_part part[2];
	const struct known_part *last; /* the one that says what both know; NULL: there is no file */
	const struct known_item *items;
	size_t count;
	uint32_t *row;                 /* by item: its number in FILE, and on in FILE.more; NULL: i */
	struct known_item *own;
};

/* Maps and verifies FILE and what adds to it. No file is no identities; SO1_FAILED for one that
 * is damaged, or of another registry, or of another state of this one. more_path may be NULL.
 * Zero-initialise *k; known_close also after a failure. */
enum so1_status known_open(struct known *k, const char *path, const char *more_path,
			   const struct known_key *registry, struct so1_error *e);
/* SO1_FAILED: why this file will not do, and what to do about it. */
enum so1_status known_refuse(struct so1_error *e, const char *path, const char *why);
/* The part that the item is of, and its number there. */
static inline const struct known_part *known_part_of(const struct known *k, size_t item, size_t *at)
{
	size_t row = k->row ? k->row[item] : item, n = k->part[0].count;

	*at = row < n ? row : row - n;
	return &k->part[row >= n];
}
/* Of an item, `columns` of them. */
static inline const uint32_t *known_keys_of(const struct known *k, size_t item)
{
	size_t at;
	const struct known_part *p = known_part_of(k, item, &at);

	return p->keys + at * p->columns;
}
/* The fields of an item, in the mapped file, and what was seen of it. */
void known_read(const struct known *k, size_t item, struct slice fields[IDENTITY_FIELDS],
		struct sighting *seen);
/* Bytes in memory besides the mapped files. */
uint64_t known_bytes(const struct known *k);
void known_close(struct known *k);

/* What a run adds and changes; borrowed. */
struct known_change {
	const bool *dropped;         /* by item of before, NULL: none is */
	const uint32_t *change_of;   /* by item of before: its place in changed + 1, 0 for none */
	const struct known_item *changed; /* id and layer; NULL: none is */
	struct slice rules;
	size_t columns;
	const struct known_item *items; /* new ones; text: where in `text` */
	const uint32_t *keys;
	size_t count;
	struct slice text;
	const struct known_value *values; /* all, of before as well */
	size_t value_count;
	const uint64_t *known;       /* TRAIT_COUNT */
	bool rewrite;                /* FILE may not stay as it is */
};
/* Puts fields and sighting as the file has them. */
void known_put(struct buffer *b, const struct slice fields[IDENTITY_FIELDS],
	       const struct sighting *seen);

struct known_output {
	struct sink sink;
	struct buffer out;
	struct seal_hash *hash;
	bool adds;     /* what was written is FILE.more; else it is FILE */
	uint64_t seal; /* once it is written */
};
/* Writes what is known from now on, or where that is little what to add to FILE, to path, down to
 * the seal, with the permissions of the file like_path if there is one; then known_output_commit or
 * not. known_output_close in any case. */
enum so1_status known_output_write(struct known_output *o, const char *path, const char *like_path,
				   const struct known *before, const struct known_change *change,
				   const struct known_key *registry, struct so1_error *e);
enum so1_status known_output_commit(struct known_output *o, struct so1_error *e);
void known_output_close(struct known_output *o);

#endif
