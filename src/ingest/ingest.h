/* The run of so1-ingest: sources, each with its map, to one stream of touchpoints. */
#ifndef SO1_INGEST_INGEST_H
#define SO1_INGEST_INGEST_H

#include "ingest/counts.h"
#include "stream/reader.h"
#include "stream/writer.h"

/* A map and the files it governs. No files: standard input. Paths are borrowed. */
struct ingest_source {
	const char *map;
	const char **files;
	size_t count, cap;
};

struct ingest_options {
	const struct ingest_source *sources;
	size_t source_count;
	const char *products;        /* a CSV, or NULL */
	const char *placeholders;    /* a CSV, or NULL */
	int threads;
	struct reader_options reader; /* delimiter, rejects, progress; the rest is set here */
};

struct ingest_totals {
	uint64_t rows_in, rows_out;
	struct counts counts;        /* free with counts_free */
};

/* Checks everything that can be checked before a byte is written: maps, lists, the first
 * file of every source and its header against the map. Then writes the touchpoint header and
 * the sources in the order given. The caller commits the writer. *totals is zero-initialised
 * by the caller. */
enum so1_status ingest_run(const struct ingest_options *options, struct writer *w,
			   struct ingest_totals *totals, struct so1_error *e);

#endif
