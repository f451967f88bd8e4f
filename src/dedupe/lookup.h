/* --lookup: each touchpoint gets the id its identifiers have in the registry, as it comes
 * and in the order it comes; nothing is clustered, nothing changes.
 *
 * The strongest identifier that is known decides (source_id, loyalty_id, email, phone,
 * social, then device_id). A touchpoint of nobody known gets an empty customer_id. The
 * registry is looked up where it lies, and opened again, within about a second, when a
 * nightly run has replaced it. */
#ifndef SO1_DEDUPE_LOOKUP_H
#define SO1_DEDUPE_LOOKUP_H

#include "dedupe/registry_file.h"
#include "stream/reader.h"
#include "stream/writer.h"

struct lookup_options {
	const char *registry_path;
	const char *key_path; /* needed when the registry has tombstones; NULL: none */
	int threads;
};

struct lookup_counts {
	uint64_t known, unknown, conflicts; /* conflicts: identifiers of several customers */
	uint64_t erased;                    /* touchpoints kept back: of people erased */
};

/* Reads all of r, writes to w, commits nothing. *counts zero-initialised. */
enum so1_status lookup_run(const struct lookup_options *options, struct reader *r,
			   struct writer *w, struct lookup_counts *counts, struct so1_error *e);

#endif
