/* What the files of export.h share; nobody else includes it. */
#ifndef SO1_EXPORT_ROOM_H
#define SO1_EXPORT_ROOM_H

#include "export/allocate.h"
#include "export/disclosure.h"
#include "export/codes.h"
#include "export/export.h"
#include "export/judge.h"
#include "export/manifest.h"
#include "export/outlet.h"
#include "expr/rules.h"
#include "stream/order.h"

#include <stdio.h>

struct export {
	struct export_options o;
	const struct destination *destination;
	size_t top;

	struct suppress suppress;
	struct catalogue catalogue;
	struct occasions occasions;
	bool has_offers, has_limits;
	channel_set channels;
	struct channel_list audience;
	int64_t day;             /* --as-of, or the first row's as_of */
	bool has_day, needs_day;
	struct send_plan send;
	bool has_send;           /* send times are wanted */
	uint64_t sent_from[SEND_SOURCES], sent_fit[SEND_FITS], sent_by_default;
	struct buffer day_text, run_text;

	struct sendlog history;  /* path NULL: none */
	struct past past;
	struct codes codes;      /* file NULL: none */
	struct sendlog_cursor own;
	struct arena own_text;
	FILE *granted;           /* with codes: parcels to write once all have theirs */
	uint64_t granted_count, codes_given;

	struct header header;    /* the stream's, a copy */
	struct rule_set *rules;
	struct layout layout;
	struct judge judge;
	struct folder *folder;
	struct outlet *outlet;
	struct disclosure disclosure;
	struct seeds seeds;
	struct writer *holdout;

	size_t as_of;            /* column, or COLUMN_NONE */
	struct buffer snapshot;  /* the first row's as_of as text */
	struct order order;
	size_t live;             /* offers live on the day */

	struct allocator *allocator;
	FILE *spool;
	uint64_t spooled;        /* parcels */

	uint64_t outcomes[OUTCOMES];
	uint64_t *given;         /* by offer */
	int64_t *spent;          /* millionths by offer, of those with a budget */
	double value;            /* Σ score × value × priority of what was given */
	struct candidate *grants;
	struct buffer nobody;    /* segments no customer is in, see segments_check */
	struct buffer nobody_there; /* the same of the occasions */
	uint64_t *lifted;        /* by occasion: offers given that it lifted */
};

/* The day is known: offers can be live, the run has a name. */
void export_set_day(struct export *x, int64_t day);
/* export.c: binds everything to the stream's header and opens the outputs. */
enum so1_status export_open_outlet(struct export *x, struct so1_error *e);
enum so1_status export_bind(struct export *x, const struct reader *r, struct so1_error *e);
/* emit.c: a parcel that comes out, is held out, or is neither. */
enum so1_status export_emit(struct export *x, const struct parcel *p, struct so1_error *e);
/* remember.c: reads codes and history; binds them to the stream; and, with offers granted
 * for good, gives each its code, notes what the history will say and writes the customer to
 * the list, or keeps it until export_put_granted when there are codes. */
enum so1_status export_open_history(struct export *x, struct so1_error *e);
void export_bind_history(struct export *x);
enum so1_status export_grant(struct export *x, const struct parcel *p,
			     const struct candidate *grants, size_t n, struct so1_error *e);
enum so1_status export_remember_held_out(struct export *x, const struct parcel *p, size_t n,
					 struct so1_error *e);
/* SO1_FAILED when there are not enough codes; else writes all customers. */
enum so1_status export_put_granted(struct export *x, struct so1_error *e);
/* The same for a run with limits: to the spool and the allocator …; `bytes` is the parcel
 * as parcel_put wrote it. */
enum so1_status export_spool(struct export *x, const struct parcel *p, struct slice bytes,
			     struct so1_error *e);
/* … and from there, when all rows are read. */
enum so1_status export_drain(struct export *x, struct so1_error *e);
/* report.c: manifest.csv or --manifest. */
enum so1_status export_write_manifest(struct export *x, const struct reader *r,
				      const struct rejects *rejects, struct so1_error *e);
/* report_time.c: what manifest and summary say of send times and occasions. */
void export_put_times(const struct export *x, struct manifest *m);
void export_report_times(const struct export *x, struct summary *s);

#endif
