/* FILE.prints: by which identities a registry's customers were known in the run that wrote
 * it, as fingerprints (96 bits of hash of an identity's content), so that the next run
 * need not resolve again what has not changed.
 *
 * It holds customers that had nothing to do with any other: all their identities, each
 * trusted value theirs alone, nothing refused; and identities that name nobody. It says
 * nothing that a run does not find out by itself: absent, damaged, of another registry,
 * of other rules or of another machine's byte order it counts as empty.
 *
 * Binary, in the machine's own order: prints_head; the past of standing.h, if any; for each
 * customer, ascending by id, a prints_mark and its prints, ascending by hash and tag; then a
 * mark with the flag PRINTS_NOBODY and those of nobody; prints_seal. */
#ifndef SO1_DEDUPE_PRINTS_H
#define SO1_DEDUPE_PRINTS_H

#include "dedupe/ident.h"
#include "stream/sink.h"

struct print {
	uint64_t hash; /* of struct tuple_key */
	uint32_t tag;
	uint16_t layer; /* that linked it first (clusters.h) */
	uint16_t margin; /* standing.h; 0 without probabilities */
};

/* What a file is good for. */
struct prints_key {
	uint64_t rules; /* digest of what decides who is who besides the input */
	uint64_t registry_hash, registry_rows; /* of the registry's seal */
};

struct prints {
	const char *bytes; /* mapped; NULL: none */
	size_t mapped;
	struct slice past; /* in it */
};

struct prints_group {
	struct customer_id id;
	bool nobody;   /* of no customer */
	bool probable; /* keys alone do not make this customer of them */
	const struct print *items;
	uint32_t count;
	struct slice raw;
};

/* Maps the file when it is good for this. prints_close when done, also without. */
void prints_open(struct prints *p, const char *path, const struct prints_key *key);
/* The group at *at, which moves behind it; start with 0. False at the end. */
bool prints_next(const struct prints *p, size_t *at, struct prints_group *group);
void prints_close(struct prints *p);
/* Of two prints the one that comes first in a group. */
int print_compare(const void *x, const void *y);

/* Writing beside the target: groups in order, seal, then (or never) commit. */
struct prints_output {
	struct sink sink;
	struct buffer out;
	struct seal_hash *hash;
	uint64_t rules;
};
/* past: a multiple of 8 bytes. */
enum so1_status prints_output_open(struct prints_output *o, const char *path, uint64_t rules,
				   struct slice past, struct so1_error *e);
/* The group's items; raw is not looked at. */
enum so1_status prints_output_put(struct prints_output *o, const struct prints_group *group,
				  struct so1_error *e);
enum so1_status prints_output_copy(struct prints_output *o, struct slice raw, struct so1_error *e);
enum so1_status prints_output_seal(struct prints_output *o, const struct prints_key *key,
				   struct so1_error *e);
enum so1_status prints_output_commit(struct prints_output *o, struct so1_error *e);
void prints_output_close(struct prints_output *o);

#endif
