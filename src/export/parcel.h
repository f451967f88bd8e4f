/* A parcel: what is left of a row once it was judged. Parcels travel from the judging
 * threads to the writer and, when stock or budget limit an offer, through a spool on disk
 * until all candidates are known. Native byte order: a spool never leaves the process. */
#ifndef SO1_EXPORT_PARCEL_H
#define SO1_EXPORT_PARCEL_H

#include "base/buffer.h"
#include "export/channel.h"

#include <stdio.h>

/* What became of a row. From OUTCOME_NOT_LIVE on in the order of the tests: a customer
 * without an offer is counted under the last test that any offer reached. */
enum outcome {
	OUTCOME_OUT,
	OUTCOME_REJECTED, /* fields: column, reason, value */
	OUTCOME_SUPPRESSED,
	OUTCOME_IN_CAMPAIGN,
	OUTCOME_HELD_OUT,
	OUTCOME_NOT_LIVE,
	OUTCOME_NO_CHANNEL,
	OUTCOME_NOT_IN_SEGMENT,
	OUTCOME_BELOW_MIN_SCORE,
	OUTCOME_HAD_ENOUGH,
	OUTCOME_NO_CONSENT,
	OUTCOME_NO_IDENTIFIER,
	OUTCOME_CAPPED,
	OUTCOME_OUT_OF_STOCK,
	OUTCOME_OUT_OF_BUDGET,
	OUTCOMES
};
/* "suppressed", "held_out" …: the keys of the manifest. */
extern const char *const outcome_names[OUTCOMES];

/* An offer a customer may get. */
struct candidate {
	double score, weight; /* weight = score × value × priority, what ranks */
	uint16_t offer;       /* index in the catalogue */
	uint8_t channel;      /* enum channel */
	bool limited;         /* stock or budget decide over all customers */
};

struct parcel {
	enum outcome outcome;
	struct permission permission;
	uint8_t channel;      /* without offers: enum channel, or CHANNEL_NONE */
	struct slice *fields; /* customer_id, the layout's person cells; once they are handed out,
	                         the code of each offer granted */
	size_t field_count;
	struct candidate *candidates; /* best first */
	size_t candidate_count;
};

/* A reader's room for fields and candidates; zero-initialise, parcel_room_free. */
struct parcel_room {
	struct slice *fields;
	struct candidate *candidates;
	size_t field_cap, candidate_cap;
};

/* Appends p, its length in front. */
void parcel_put(struct buffer *b, const struct parcel *p);
/* The bytes of the parcel that starts at ptr, length word included. */
size_t parcel_size(const char *ptr);
enum { PARCEL_HEAD = sizeof(uint32_t) };
/* The next parcel of a spool into *b. SO1_FAILED when the file is cut short. */
enum so1_status parcel_read(FILE *spool, struct buffer *b, struct so1_error *e);
/* Reads the parcel at ptr: its fields point into those bytes, arrays live in room until the
 * next parcel_get with it. */
void parcel_get(const char *ptr, struct parcel *p, struct parcel_room *room);
void parcel_room_free(struct parcel_room *room);

#endif
