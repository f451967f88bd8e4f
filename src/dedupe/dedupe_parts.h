/* One run of so1-dedupe, whose parts are dedupe.c (from the input to customers),
 * dedupe_carry.c (what is carried over from the run before), dedupe_stream.c (the stream that is
 * written) and dedupe_report.c (--explain and the notes). */
#ifndef SO1_DEDUPE_DEDUPE_PARTS_H
#define SO1_DEDUPE_DEDUPE_PARTS_H

#include "dedupe/addresses.h"
#include "dedupe/carried.h"
#include "dedupe/dedupe.h"
#include "dedupe/intake.h"
#include "dedupe/keepsakes.h"
#include "dedupe/match.h"
#include "dedupe/members.h"
#include "dedupe/shelves.h"
#include "dedupe/standing.h"

/* One run. */
struct dedupe {
	const struct dedupe_options *options;
	struct reader *reader;
	struct writer *writer;
	struct writer *links, *anonymous, *review, *fitted; /* NULL: not wanted */
	struct distrust distrust;
	struct row_plan plan;
	struct tuples tuples;
	struct spool spool;
	struct intake intake;
	struct intake_more more; /* lines that were carried over and are input after all */
	struct identity identity;
	struct match match;
	struct standing standing;
	bool compared;            /* match_compare is done */
	uint32_t *recalled_group; /* by tuple; NULL: nobody joined the input */
	struct customers customers;
	struct members members;
	struct addresses addresses;
	struct keepsakes keepsakes;
	struct carried carried;
	uint64_t carry_settings;  /* digest; 0: nothing is carried over */
	struct shelves shelves;
	uint32_t *priority;       /* by source id */
	uint64_t *merged_of;
	uint64_t erasures;
	struct dedupe_counts *counts;
};

/* Bytes of memory that are left for rows, by what the identities take. */
uint64_t dedupe_memory_for_rows(const struct dedupe *d);

typedef enum so1_status take_row(void *context, uint32_t rank, const struct row *row,
				 struct so1_error *e);
/* Calls take for every row in the spool that belongs to a customer, with its rank; the others
 * go where --anonymous says. Ends with take's first error. */
enum so1_status dedupe_walk(struct dedupe *d, take_row *take, void *context, struct so1_error *e);

/* Writes the stream: rows by customer, each customer's after its golden one. */
enum so1_status dedupe_write_stream(struct dedupe *d, struct so1_error *e);
/* Writes what --explain asks for. */
enum so1_status dedupe_write_accounts(struct dedupe *d, struct so1_error *e);
/* Opens what the run before left, where it can be used. After --distrust and --nicknames are read,
 * before the input is. */
void dedupe_carry_open(struct dedupe *d);
/* When the input has been read, before recall_find. */
enum so1_status dedupe_carry_settle(struct dedupe *d, struct so1_error *e);
/* When it is known who is who, before what joined the input is forgotten: which customers are
 * written anew because of it. */
enum so1_status dedupe_carry_name(struct dedupe *d, struct so1_error *e);
/* What gather.h takes, and what is left to the next run; NULL: nothing is carried over. */
enum so1_status dedupe_carry_begin(struct dedupe *d, struct carried **carried, struct so1_error *e);
enum so1_status dedupe_carry_end(struct dedupe *d, struct so1_error *e);

/* What a reader of the summary should know, into counts->notes. */
void dedupe_make_notes(const struct dedupe *d);

#endif
