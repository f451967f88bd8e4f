/* FILE of --known: the identities that the runs of a registry have brought, so that a run
 * whose input is new records alone can compare these with the people known before.
 *
 * It belongs to one state of the registry, and is written again whenever that is. It holds
 * personal data, as the registry does. Binary, in the machine's own order: known_head; the
 * blocking rules, a line each; known_item by item; keys, `columns` of them by item
 * (known_keys.h); known_value; for each item its IDENTITY_FIELDS fields, each a byte of
 * length (255: four more follow) and its text, and its sighting; a hash of all that. Each
 * part is filled up to a multiple of 8 bytes. */
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

struct known {
	const char *bytes; /* mapped; NULL: there is no file */
	size_t mapped;
	struct slice rules;
	const struct known_item *items;
	size_t count;
	const uint32_t *keys;
	size_t columns;
	const struct known_value *values;
	size_t value_count;
	const char *text;
	size_t text_len;
	const uint64_t *known; /* identities that know each trait */
	uint64_t seal;         /* hash of all before it; 0: there is no file */
};

/* Maps and verifies. No file is no identities; SO1_FAILED for one that is damaged, or of
 * another registry, or of another state of this one. Zero-initialise *k; known_close also
 * after a failure. */
enum so1_status known_open(struct known *k, const char *path, const struct known_key *registry,
			   struct so1_error *e);
/* SO1_FAILED: why this file will not do, and what to do about it. */
enum so1_status known_refuse(struct so1_error *e, const char *path, const char *why);
/* The fields of an item, in the mapped file, and what was seen of it. */
void known_read(const struct known *k, size_t item, struct slice fields[IDENTITY_FIELDS],
		struct sighting *seen);
void known_close(struct known *k);

/* What a run adds and changes; borrowed. */
struct known_change {
	const bool *dropped;         /* by item of before, NULL: none is */
	const struct known_item *changed; /* by item of before, where has_changed: id and layer */
	const bool *has_changed;     /* NULL: none is */
	struct slice rules;
	size_t columns;
	const struct known_item *items; /* new ones; text: where in `text` */
	const uint32_t *keys;
	size_t count;
	struct slice text;
	const struct known_value *values; /* all, of before as well */
	size_t value_count;
	const uint64_t *known;       /* TRAIT_COUNT */
};
/* Puts fields and sighting as the file has them. */
void known_put(struct buffer *b, const struct slice fields[IDENTITY_FIELDS],
	       const struct sighting *seen);

struct known_output {
	struct sink sink;
	struct buffer out;
	struct seal_hash *hash;
	uint64_t seal; /* once it is written */
};
/* Writes what is known from now on to path, down to the seal, with the permissions of the file
 * like_path if there is one; then known_output_commit or not. known_output_close in any case. */
enum so1_status known_output_write(struct known_output *o, const char *path, const char *like_path,
				   const struct known *before, const struct known_change *change,
				   const struct known_key *registry, struct so1_error *e);
enum so1_status known_output_commit(struct known_output *o, struct so1_error *e);
void known_output_close(struct known_output *o);

#endif
