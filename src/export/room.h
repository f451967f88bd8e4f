/* What the files of export.h share; nobody else includes it. */
#ifndef SO1_EXPORT_ROOM_H
#define SO1_EXPORT_ROOM_H

#include "export/allocate.h"
#include "export/export.h"
#include "export/judge.h"
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
	bool has_offers, has_limits;
	channel_set channels;
	struct channel_list audience;
	int64_t day;             /* --as-of, or the first row's as_of */
	bool has_day;

	struct header header;    /* the stream's, a copy */
	struct rule_set *rules;
	struct layout layout;
	struct judge judge;
	struct folder *folder;
	struct outlet *outlet;
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
};

/* export.c: binds everything to the stream's header and opens the outputs. */
enum so1_status export_bind(struct export *x, const struct reader *r, struct so1_error *e);
/* emit.c: a parcel that comes out, is held out, or is neither. */
enum so1_status export_emit(struct export *x, const struct parcel *p, struct so1_error *e);
/* The same for a run with limits: to the spool and the allocator …; `bytes` is the parcel
 * as parcel_put wrote it. */
enum so1_status export_spool(struct export *x, const struct parcel *p, struct slice bytes,
			     struct so1_error *e);
/* … and from there, when all rows are read. */
enum so1_status export_drain(struct export *x, struct so1_error *e);
/* report.c: manifest.csv or --manifest. */
enum so1_status export_write_manifest(struct export *x, const struct reader *r,
				      const struct rejects *rejects, struct so1_error *e);

#endif
