/* --known: the input adds to what earlier runs have brought. Of the identities they brought
 * (known.h) those that may have to do with the input join its tuples, as if it held them:
 *   - those that share an identifier or a record's source and source_id with it, of very
 *     many that share one the first thousand;
 *   - those that a blocking rule (blocking.h) would compare with it: where few share what the
 *     rule looks at; where many do, those that agree with one of the input's tuples on three
 *     traits or more;
 *   - the other identities of the same customers;
 *   - those that a list of pairs names.
 * Their values count as often as all known identities have them. They are settled
 * (registry.h) as long as nothing of the input comes near, and stay one customer if it
 * does; no row is written for them. What was seen of them before, permissions above all,
 * goes into golden rows (keepsakes.h).
 *
 * The input may hold known identities as well: they are settled alike, and idle, compared
 * with nobody, unless they would have joined. So are those of the same customers, and of
 * the same identifiers, that are not in it: they too go into golden rows. */
#ifndef SO1_DEDUPE_RECALL_H
#define SO1_DEDUPE_RECALL_H

#include "dedupe/blocking.h"
#include "dedupe/carry.h"
#include "dedupe/known.h"
#include "dedupe/registry.h"

#include <pthread.h>

struct recall {
	const char *path;        /* of the user; not as read: */
	char *real, *more, *next; /* without links; what adds to it; where the new one of these
	                            waits for its registry */
	const char *waiting;     /* which of these FILE.next is, that goes with the registry; or NULL */
	struct known known;
	struct rules rules;      /* of the file; none: there is no file yet */
	struct recalled *items;  /* tuples that the file knows, in its order */
	struct sighting *before; /* by item of these: what earlier runs saw */
	size_t count, near;      /* near: those that the input is compared with */
	uint32_t *marked;        /* keys of records (known_keys.h) that lists of pairs name */
	size_t marked_count, marked_cap;
	size_t input;            /* tuples of the input: those behind joined them */
	struct sighting *now;    /* by tuple of the input: what this run saw */
	uint64_t *first;         /* by tuple of the input: the place of its first line */
	size_t now_count, now_cap;
	struct sighting_room room;
	bool *idle;              /* by tuple; NULL: nobody is known */
	/* Called with the items that the input has, and those of the same customers: its lines of
	 * them that were carried over (carry.h) are to become rows. NULL: none were. */
	enum so1_status (*touch)(void *context, const bool *items, struct so1_error *e);
	void *touch_context;
	/* FILE.rows and FILE.rows.more, read and written by whoever writes rows. */
	char *rows_path, *more_rows_path;
	struct carry carry;
	struct carry_output rows;
	pthread_t reader;        /* of these */
	bool reading;
	bool rows_add;           /* to FILE.rows, which stays: what is written is the other one */
	struct known_output output;
	bool prepared;
	uint32_t *tags;          /* by tuple, of its key */
	bool *is_known;          /* by tuple: it is in the new file */
};

/* First: where FILE and the others are. With more than one thread one begins to read FILE.rows.
 * recall_close when done. */
void recall_start(struct recall *r, const char *path, int threads);
/* Reads FILE and FILE.more, or FILE.next where that one goes with the registry. Fails as known_open
 * does. */
enum so1_status recall_open(struct recall *r, const struct registry *registry, struct so1_error *e);
/* FILE.rows and FILE.rows.more into carry, where they are good for this. NULL: they are not wanted. */
void recall_rows(struct recall *r, const struct carry_key *key);
/* Takes note of a touchpoint of the input, and of the place of its line. */
void recall_see(struct recall *r, const struct row *row, uint64_t place);
/* A record that pairs to link, or not to, name: who is known by it is met in any case. */
void recall_mark(struct recall *r, struct slice source, struct slice source_id);
/* Adds the tuples; t is all of the input. SO1_FAILED when there are too many. */
enum so1_status recall_find(struct recall *r, struct tuples *t, int threads, struct so1_error *e);
static inline bool recall_is_idle(const struct recall *r, uint32_t tuple)
{
	return r && r->idle && r->idle[tuple];
}
/* Corrects how many identities know each trait and have each value. */
void recall_count_values(const struct recall *r, struct traits *t);
/* Writes FILE.next: what it knew, what of that is erased left out, and the
 * input's identities. After registry_prepare. */
enum so1_status recall_prepare(struct recall *r, const struct traits *t, const struct rules *rules,
			       const struct identity *id, const struct registry *registry,
			       int threads, struct so1_error *e);
/* Before that of the registry: FILE.next is whole, and FILE as it was. A run that dies then
 * leaves the file that goes with the registry that is there, whichever that is. FILE.rows is
 * that of this run, or gone. */
enum so1_status recall_commit(struct recall *r, struct so1_error *e);
/* After that of the registry: FILE.next becomes FILE; where that fails it is read as it is. */
void recall_finish(struct recall *r);
/* Bytes in memory besides the mapped file, when `tuples` are known of. */
uint64_t recall_bytes(const struct recall *r, size_t tuples);
void recall_close(struct recall *r);

#endif
