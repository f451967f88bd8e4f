/* Where an export's rows go: one list (standard output or a file) or the files of a folder,
 * one for each consent state, split at the destination's limits and numbered then. */
#ifndef SO1_EXPORT_OUTLET_H
#define SO1_EXPORT_OUTLET_H

#include "export/destination.h"
#include "base/sha256.h"
#include "export/folder.h"
#include "export/seed.h"

struct outlet_options {
	const struct destination *destination;
	const struct layout *layout;
	enum consent_policy consent;
	struct folder *folder; /* borrowed; NULL: one list */
	const char *path;      /* of the one list, NULL: standard output */
	char delimiter;        /* of csv */
	bool seal;             /* SO1_SEAL=1 */
	const struct seeds *seeds; /* behind each list that goes out by e-mail; NULL: none */
	bool hold;             /* keep what goes to standard output in a file in tmpdir until
	                          outlet_finish: it may yet be refused */
	const char *tmpdir;    /* with hold */
	uint64_t max_bytes;    /* for tests: instead of the destination's; 0: the destination's */
};

/* A file that was written. */
struct outlet_file {
	char *name; /* without the folder */
	uint64_t rows;
	char sha256[SHA256_HEX + 1];
};

struct outlet;

/* With one list its header is sent at once. Everything in `options` is borrowed. */
enum so1_status outlet_open(struct outlet **out, const struct outlet_options *options,
			    struct so1_error *e);
/* One customer with the offers granted (none in FORM_AUDIENCE). */
enum so1_status outlet_put(struct outlet *o, const struct parcel *parcel,
			   const struct candidate *grants, size_t n, struct so1_error *e);
/* Appends the seeds and completes all files; without a row the first state's file has a
 * header only. */
enum so1_status outlet_finish(struct outlet *o, struct so1_error *e);
/* After outlet_finish: the files in the order they were begun. */
const struct outlet_file *outlet_files(const struct outlet *o, size_t *count);
/* Of customers; seeds are in the files' rows only. */
uint64_t outlet_rows(const struct outlet *o);
uint64_t outlet_seeds(const struct outlet *o);
/* Whether the list has customers' e-mail addresses to write to, and, after outlet_finish, how
 * many customers who are written to have one that a customer before them has too; where the
 * destination is by address, whoever has one. */
bool outlet_has_inboxes(const struct outlet *o);
uint64_t outlet_shared(const struct outlet *o);
const struct destination_counts *outlet_counts(const struct outlet *o);
/* Whether one list passed a limit of the destination. */
bool outlet_is_too_large(const struct outlet *o);
void outlet_free(struct outlet *o);

#endif
