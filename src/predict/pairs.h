/* The map columns of a training table as (row, key) pairs, for models --by a key.
 *
 * Reads WHAT_by_KEY columns and the label map. The vocabulary are the keys found in
 * enough rows; pairs of a row are all its touched keys (in some map or the label) and, of
 * the untouched ones, each with probability `rate`, by hash of the customer and the key. */
#ifndef SO1_PREDICT_PAIRS_H
#define SO1_PREDICT_PAIRS_H

#include "base/table.h"
#include "predict/tape.h"
#include "stream/reader.h"

/* One map column. */
struct pair_map {
	struct slice name; /* owned by pairs.text */
	size_t index;      /* in the row */
	bool recency;      /* recency_…: small is much, absent is unknown, and so no sums */
};

struct pair_entry {
	uint32_t key;      /* while reading: of the dictionary; from pairs_next: of the vocabulary,
	                      PAIR_NO_KEY for keys outside it */
	uint32_t map;      /* or PAIR_LABEL */
	double value;
};

#define PAIR_LABEL UINT32_MAX
#define PAIR_NO_KEY UINT32_MAX

struct pair_key {
	struct slice name;
	uint64_t support;   /* rows it occurs in */
	uint64_t positives; /* rows whose label has it */
	uint64_t hash;
};

struct pairs {
	struct arena text, scratch;
	struct pair_map *maps;
	size_t map_count;
	size_t label;              /* its column */
	const char *label_name;
	size_t customer;           /* column, or COLUMN_NONE */
	struct dictionary names;   /* of all keys */
	uint64_t *support, *positives, *seen; /* by name; seen: row it was last counted in */
	size_t support_cap, positives_cap, seen_cap;
	struct tape tape;
	uint64_t rows;
	struct pair_key *keys;     /* the vocabulary, bytewise */
	size_t key_count;
	uint32_t *vocabulary;      /* by name: its key or PAIR_NO_KEY */
	struct pair_entry *entries;
	size_t entry_count, entry_cap;
};

/* Finds the maps *_by_KEY among the columns: all but labels, scores and those in `ignore`.
 * SO1_FAILED when there is none, or no column `label`. */
enum so1_status pairs_init(struct pairs *p, const struct header *h, const char *by,
			   const char *label, const char *ignore, uint64_t core_limit,
			   const char *tmpdir, struct so1_error *e);
/* Takes a row; a failure that names a column means that the row is unusable and was not
 * taken. */
enum so1_status pairs_take(struct pairs *p, const struct record *rec, struct so1_error *e);
/* Ends taking: makes the vocabulary of keys with at least min_support rows. */
enum so1_status pairs_finish(struct pairs *p, uint64_t min_support, struct so1_error *e);

/* The rows again, in order. */
struct pair_row {
	uint64_t hash;                 /* of the customer, or of the row's number */
	const struct pair_entry *entries;
	size_t count;
};
void pairs_rewind(struct pairs *p);
enum so1_status pairs_next(struct pairs *p, struct pair_row *row, struct so1_error *e);
/* Uniform in [0, 1) for a row and a key. */
double pairs_chance(const struct pairs *p, const struct pair_row *row, size_t key);
/* Log-odds of the label of a key over all rows, half a row added to both sides. */
double pairs_popularity(const struct pairs *p, size_t key);
void pairs_free(struct pairs *p);

/* Whether `name` is WHAT_by_KEY with a WHAT that may be a feature. */
bool pair_map_name(struct slice name, struct slice by);
bool pair_map_is_recency(struct slice name);
/* Walks a map cell: numbers only. SO1_FAILED with value (no column) otherwise. Adds to
 * *entries, key by dictionary_add of `add`, or when that is NULL by dictionary_find of `names`
 * (PAIR_NO_KEY when unknown). */
enum so1_status pair_cell_read(struct slice cell, uint32_t map, const struct dictionary *names,
			       struct dictionary *add, struct arena *a, struct pair_entry **entries, size_t *count,
			       size_t *cap, struct so1_error *e);

#endif
