/* The export as a whole: side files in, the stream through, lists and manifest out.
 *
 *   export_open      reads catalogue, rules and suppression lists, checks the options
 *   export_run       reads the stream; writes at once when no offer is limited, else
 *                    spools what is needed, allocates, and writes then
 *   export_commit    puts everything in its place, the manifest last
 *   export_report    what to say about it
 *
 * Next steps have their places: prices in allocate.c, destinations in to_NAME.c. */
#ifndef SO1_EXPORT_EXPORT_H
#define SO1_EXPORT_EXPORT_H

#include "base/options.h"
#include "base/times.h"
#include "export/cap.h"
#include "export/destination.h"
#include "export/send.h"
#include "stream/reader.h"
#include "stream/rejects.h"
#include "stream/summary.h"

/* In the order of the option's words. */
enum send_times { SEND_TIMES_AUTO, SEND_TIMES_ALWAYS, SEND_TIMES_NEVER };

/* When an offer's cost is paid. */
enum cost_policy { COST_GIVEN, COST_EXPECTED };

struct export_options {
	const char *offers;         /* NULL: the customers themselves */
	const char *rules;
	const char *occasions;      /* NULL: no calendar */
	uint64_t top;               /* 0: 3 */
	const char *score;
	bool has_budget;
	int64_t budget;             /* --budget: millionths over all offers */
	int cost;                   /* enum cost_policy */
	const char *channel;        /* --channel, NULL: all */
	int consent;                /* enum consent_policy */
	const char *as_of;          /* NULL: the rows' */
	int send_times;             /* enum send_times */
	struct send_options send;
	const char *campaign;
	double holdout;             /* share, 0 … 1 */
	const char *holdout_file;
	const char *history;
	struct cap_list caps;       /* the caller's; needs history */
	const char *codes;
	const char *score_campaign; /* a history: response.h instead of all this */
	uint64_t window;            /* days, 0: 28 */
	struct option_list suppress;
	int destination;            /* index in destination_table */
	bool long_form;
	const char *columns;
	const char *manifest;
	bool decimal_comma;         /* with excel */
	bool allow_special;
	uint64_t min_cell;          /* 0: none */
	const char *seed;           /* addresses to append, NULL: none */
	uint64_t split;             /* bytes of a file; 0: the destination's limit */

	/* What every tool has. */
	const char *output;
	bool tsv, seal;
	int threads;
	uint64_t memory;
	const char *tmpdir;
	const char *command;        /* for the manifest */
	const char *version;
	struct times *times;        /* or NULL */
};

struct export;

/* Options are borrowed until export_free. The caller frees *out, also after a failure. */
enum so1_status export_open(struct export **out, const struct export_options *options,
			    struct so1_error *e);
enum so1_status export_run(struct export *x, struct reader *r, struct so1_error *e);
/* `rejects` (may be NULL) is only asked for its count. */
enum so1_status export_commit(struct export *x, const struct reader *r,
			      const struct rejects *rejects, struct so1_error *e);
/* The terms of the summary behind rows in, out and rejected, and the notes. */
void export_report(const struct export *x, struct summary *s);
uint64_t export_rows(const struct export *x);
void export_free(struct export *x);

#endif
