/* Ids that last: what is known of customers before the run (registry_file.h), and what
 * is known after it.
 *
 * Order of a run: registry_open; registry_scan when all tuples are there;
 * registry_link when the keys have been resolved; registry_name when the clusters have
 * their natural ids; registry_prepare; then the run's output is committed; last
 * registry_commit. A crash before it leaves the old registry, and the same night run
 * again gives the same output and the same registry.
 *
 * What the registry says of a tuple: the customer of its source and source_id, else of
 * its fingerprint. Clusters without such a tuple go by their strongest known key
 * (loyalty_id, email, phone, social), unless the customer it names is in the input by
 * a record: then the key has left that customer. */
#ifndef SO1_DEDUPE_REGISTRY_H
#define SO1_DEDUPE_REGISTRY_H

#include "dedupe/inherit.h"
#include "dedupe/known.h"
#include "dedupe/prints.h"
#include "dedupe/registry_file.h"
#include "dedupe/secret.h"
#include "stream/writer.h"

struct standing;

/* Whether what FILE.prints (prints.h) says is used. The outcome is the same. */
enum registry_shortcut {
	SHORTCUT_WHERE_IT_PAYS,
	SHORTCUT_ALWAYS, SHORTCUT_NEVER, /* for tests */
};

struct registry_options {
	const char *path;
	const char *changes_path, *erase_path, *receipt_path, *key_path; /* NULL: not wanted */
	bool read_only; /* for --explain: names customers, writes nothing, takes no lock */
	enum registry_shortcut shortcut;
};

enum { REGISTRY_LAYERS = LAYER_KEYS + 1, REGISTRY_PLACES = LAYER_DEVICE + 1 };

/* Owners of values: a cluster, nobody in this run, more than one or not to be trusted. */
#define OWNER_NONE UINT32_MAX
#define OWNER_SHARED (UINT32_MAX - 1)

struct registry_redirect {
	struct customer_id from, to;
};

/* A line of the file that may not stay as it is. */
struct registry_hit {
	size_t at;      /* where it begins */
	uint32_t value; /* of its layer, for KIND_RECORD the tuple, when its identifier is in
	                   this run's input; else OWNER_NONE */
};

struct registry {
	struct registry_options options;
	struct registry_file file;
	struct buffer key;
	char *prints_path;
	struct prints prints;    /* of the run before; none when they cannot be used */
	uint64_t rules;          /* digest of what decides who is who besides the input, set
	                            before registry_scan; 0: no prints, read or written */
	const struct standing *standing; /* borrowed; probabilities decide as well: set before
	                            registry_scan, final before registry_prepare. NULL: keys alone */

	/* Before the run. */
	struct customer_id *ids; /* ascending */
	uint32_t *since;
	size_t count, id_cap, since_cap;
	uint32_t *bucket;        /* by the first bits of an id: where these begin */
	int bucket_bits;
	struct registry_redirect *redirects; /* ascending by from */
	size_t redirect_count, redirect_cap;
	uint64_t erased_count;
	uint32_t generation;     /* the last run that made an id */
	size_t identifiers_at;   /* where in the file their lines begin */

	/* This run's input. */
	struct tuples *tuples;
	int threads;
	uint32_t *pair;          /* by tuple: number of its source and source_id, 0 for none */
	uint32_t *pair_tuple;    /* by pair: a tuple that has it */
	uint32_t *pair_slots;
	size_t pair_count, pair_slot_count;
	size_t values[REGISTRY_PLACES];
	uint32_t *known[REGISTRY_PLACES]; /* by value: index in ids, or OWNER_NONE */
	uint32_t *known_record;           /* by tuple, of its fingerprint */
	uint32_t *linked;                 /* by tuple: index in ids that a key gave its cluster */
	struct registry_hit *hits;
	size_t hit_count, hit_cap;
	bool *erased;            /* by tuple: not to be written */
	bool *asked[REGISTRY_PLACES]; /* by value: some tuple that is not settled has it */

	/* What has not changed since the prints were written (registry_settle.c). A customer
	 * is touched when the registry has a line of his or hers for something a tuple that
	 * is not settled has. */
	bool *settled;           /* by tuple; NULL: none is */
	uint32_t *settled_of;    /* by tuple: index in ids, or OWNER_NONE for nobody */
	uint8_t *settled_layer;  /* by tuple */
	uint32_t *settled_tuple; /* by index in ids: a tuple of this settled customer, or OWNER_NONE */
	bool *touched;           /* by index in ids; NULL: not known yet */
	size_t settled_count;    /* tuples */

	/* With standing, when there are prints: of tuples, settled or not. */
	uint32_t *print_group;   /* by tuple: number of its customer's prints + 1, 0 for none */
	uint16_t *print_margin;  /* by tuple */
	uint32_t *print_tuple;   /* by print, in the order of the file: its tuple, or TUPLE_NONE */
	bool partial;            /* more identities that have prints are away than here */

	/* Who joined the input (recall.h); borrowed, set before registry_scan with input. */
	const struct recalled *recalled;
	size_t recalled_count;
	size_t input;            /* tuples that have come with rows: the first ones */
	uint32_t *recalled_of;   /* by tuple: index in ids, or OWNER_NONE; NULL: nobody did */
	bool *open[REGISTRY_PLACES]; /* by value: one that was not known before has it. Lines of the
	                                others stay as they are: not all who have them joined */

	/* Its clusters; all but `dropped` and `next` by the rank they had before. */
	size_t cluster_count;
	struct inherit inherit;
	struct customer_id *next; /* by cluster: its id from now on */
	bool *dropped;            /* by cluster: erased */
	uint64_t *dropped_rows;   /* by cluster */
	bool *gone;               /* by index in ids: erased */
	uint32_t *rank;           /* by tuple: its cluster, OWNER_NONE */
	uint32_t *owner[REGISTRY_PLACES]; /* by value: cluster, OWNER_NONE or OWNER_SHARED */

	/* Results. */
	struct erasures *erasures;
	struct changes *changes;
	struct writer *changes_out, *receipt_out;
	struct registry_output output;
	struct prints_output prints_out;
	bool prepared, has_prints_out, forgotten;
	uint64_t new_count, kept_count, merged_count, split_count, erased_customers;
	uint64_t kept_out; /* identities that a tombstone kept out */
};

enum so1_status registry_open(struct registry **out, const struct registry_options *options,
			      struct so1_error *e);
/* Finds what of the input is known; blanks the tuples of people erased before. t stays
 * borrowed until the close. */
enum so1_status registry_scan(struct registry *r, struct tuples *t, int threads,
			      struct so1_error *e);
/* Joins clusters that known keys give to one customer. */
void registry_link(struct registry *r, struct identity *id);
/* Gives the clusters the ids they keep or get, drops the erased ones. */
enum so1_status registry_name(struct registry *r, struct identity *id, struct customers *c,
			      int threads, struct so1_error *e);
/* Whether a row of this tuple is dropped; counts it then. */
static inline bool registry_drops(struct registry *r, uint32_t tuple)
{
	if (r == NULL || !r->erased[tuple])
		return false;
	if (r->rank[tuple] != OWNER_NONE)
		r->dropped_rows[r->rank[tuple]]++;
	return true;
}
/* Writes the new registry beside the old one, down to the disk. */
enum so1_status registry_prepare(struct registry *r, const struct identity *id,
				 struct so1_error *e);
/* --changes and --receipt, whole. */
enum so1_status registry_write_side_files(struct registry *r, struct so1_error *e);
enum so1_status registry_commit(struct registry *r, struct so1_error *e);
/* The id that an absorbed one leads to now, in out (CUSTOMER_ID_LENGTH bytes); any other
 * text as it is. After registry_name. */
struct slice registry_follow(const struct registry *r, struct slice id, char *out);
/* Frees what only scanning, naming and preparing needed; the close does it too. */
void registry_forget(struct registry *r);
void registry_put_notes(const struct registry *r, struct buffer *notes);
void registry_close(struct registry *r);

/* Bytes that the registry takes, or will take, in memory for this many tuples, besides
 * the mapped file. */
uint64_t registry_bytes(const struct registry *r, size_t tuples);

/* For the parts of the registry. */

/* Numbers the source and source_id of a tuple. */
void registry_number_pair(struct registry *r, uint32_t tuple);
/* Whether a tuple's cluster is known without looking. */
static inline bool registry_is_settled(const struct registry *r, uint32_t tuple)
{
	return r->settled && r->settled[tuple];
}
/* Finds settled tuples and what the registry knows of all others, by looking each up.
 * *done false: too many others, nothing was looked up. */
enum so1_status registry_settle(struct registry *r, bool *done, struct so1_error *e);
/* Those of these tuples that are settled are not, nor are their customers, nor who shares
 * something with these. Before registry_link. */
enum so1_status registry_unsettle(struct registry *r, const bool *reached, struct so1_error *e);
/* Adds the customers that are settled to those of the run. */
void registry_add_settled(struct registry *r, struct customers *c);
/* Writes the prints of this run, when there are to be any. After the registry's own. */
enum so1_status registry_prepare_prints(struct registry *r, const struct identity *id,
					struct so1_error *e);
/* The owner of a line, or an error. */
uint32_t registry_line_owner(const struct registry *r, const struct registry_line *line,
			     struct so1_error *e);

/* Index in ids, or OWNER_NONE. */
uint32_t registry_index_of(const struct registry *r, struct customer_id id);
/* Index in redirects, or SIZE_MAX. */
size_t registry_redirect_of(const struct registry *r, struct customer_id id);
/* The number of a layer's value of this tuple, 0 for none. */
static inline uint32_t registry_value(const struct registry *r, uint32_t tuple, enum layer layer)
{
	return layer == LAYER_SOURCE_ID ? r->pair[tuple]
					: r->tuples->items[tuple].field[layer_field(layer)];
}
/* The number of the value that stands in the registry as `identifier`, 0 for none. */
uint32_t registry_find_value(const struct registry *r, enum layer layer, struct slice identifier);
/* Whether a tuple was let in before. */
static inline bool registry_let_in(const struct registry *r, uint32_t tuple)
{
	return registry_is_settled(r, tuple) || (r->recalled_of && r->recalled_of[tuple] != OWNER_NONE);
}
/* Whether tonight's tuples tell whose the value is. */
static inline bool registry_tells(const struct registry *r, enum layer layer, uint32_t value)
{
	return r->open[layer] == NULL || r->open[layer][value];
}
/* The customer that this tuple's record was known to be: an index in ids or OWNER_NONE. */
static inline uint32_t registry_record_owner(const struct registry *r, const struct identity *id,
					     uint32_t tuple)
{
	uint32_t known = OWNER_NONE;

	if (r->recalled_of && r->recalled_of[tuple] != OWNER_NONE)
		return r->recalled_of[tuple];
	if (r->pair[tuple] && identity_trusts(id, r->tuples, tuple, LAYER_SOURCE_ID))
		known = r->known[LAYER_SOURCE_ID][r->pair[tuple]];
	return known == OWNER_NONE ? r->known_record[tuple] : known;
}
/* As it stands in the registry. The slice may be in b. */
struct slice registry_value_text(const struct registry *r, enum layer layer, uint32_t value,
				 struct buffer *b);
/* "record" as it stands in the registry, 16 bytes. */
void registry_put_fingerprint(const struct registry *r, uint32_t tuple, struct buffer *b);
/* The tombstone of an identifier, SECRET_HEX bytes. Needs the key. */
void registry_put_tombstone(const struct registry *r, enum registry_kind kind,
			    struct slice identifier, char *out);
bool registry_has_tombstone(const struct registry *r, enum registry_kind kind,
			    struct slice identifier);
/* What became of a known id. False: erased. */
bool registry_id_now(const struct registry *r, uint32_t index, struct customer_id *now);
/* The layers there are lines for, in the order of the file. */
extern const enum layer REGISTRY_ORDER[REGISTRY_LAYERS];

#endif
