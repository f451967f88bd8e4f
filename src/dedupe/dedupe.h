/* so1-dedupe: touchpoints in, touchpoints of known customers out.
 *
 * Three passes: (1) read, intern the identity tuples, spool the rest; (2) resolve who is
 * who, name the customers, put the rows on shelves; (3) sort shelf by shelf and write.
 * Probabilities between tuples belong between the keys and the devices of pass 2
 * (keys.h); a registry.h takes ident.h's
 * names for those of customers it does not know. */
#ifndef SO1_DEDUPE_DEDUPE_H
#define SO1_DEDUPE_DEDUPE_H

#include "base/times.h"
#include "dedupe/keys.h"
#include "dedupe/recall.h"
#include "dedupe/match.h"
#include "stream/reader.h"
#include "stream/writer.h"

struct dedupe_options {
	struct key_limits limits;
	struct match_options match;
	const char *distrust_path;   /* NULL: the built-in list alone */
	const char *source_priority; /* "crm,shop", NULL: all sources alike */
	const char *links_path, *anonymous_path; /* NULL: not wanted */
	const char *explain;         /* an id; the account then goes to the writer, not rows */
	struct slice salt;           /* of new customer ids, empty: none */
	struct registry *registry;   /* open, borrowed; NULL: none. Prepared, not committed */
	struct recall *recall;       /* --known: open, borrowed; NULL: none. The same; needs
	                                registry and match.model_path */
	bool keep_repeats;
	bool seal;                   /* of the anonymous stream */
	uint64_t memory;             /* bytes */
	const char *tmpdir;
	int threads;
	struct times *times;         /* borrowed, NULL: not wanted */
};

struct dedupe_counts {
	uint64_t golden, merged, anonymous, erased;
	uint64_t rows; /* written, golden included */
	struct buffer notes; /* lines for the summary */
};

/* Reads all of r, writes header and rows to w; commits the side files, not w. *counts
 * zero-initialised by the caller, who frees notes. With options->explain w must be raw. */
enum so1_status dedupe_run(const struct dedupe_options *options, struct reader *r,
			   struct writer *w, struct dedupe_counts *counts, struct so1_error *e);

#endif
