/* The rows segment,other,metric,value of --summary. */
#ifndef SO1_SEGMENT_SHEET_H
#define SO1_SEGMENT_SHEET_H

#include "stream/writer.h"

struct sheet {
	struct writer *w;
	struct buffer value; /* of the row at hand */
	enum so1_status status; /* the first failure; from then on nothing is written */
	struct so1_error *e;
};

/* For rows behind those that are in w already; sheet_close says whether all went well. */
void sheet_open(struct sheet *s, struct writer *w, struct so1_error *e);
void sheet_put_header(struct sheet *s);
/* other is empty but for pairs. */
void sheet_put_count(struct sheet *s, struct slice segment, struct slice other, const char *metric,
		     uint64_t n);
/* Ten digits; empty where it is not known. */
void sheet_put_number(struct sheet *s, struct slice segment, struct slice other,
		      const char *metric, double x, bool known);
/* above / below, empty where below is 0. */
void sheet_put_ratio(struct sheet *s, struct slice segment, struct slice other, const char *metric,
		     double above, double below);
/* What stands in s->value, which is cleared. */
void sheet_put_value(struct sheet *s, struct slice segment, struct slice other, const char *metric);
enum so1_status sheet_close(struct sheet *s);

#endif
