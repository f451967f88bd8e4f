/* Metrics for people and for programs. */
#ifndef SO1_PREDICT_REPORT_H
#define SO1_PREDICT_REPORT_H

#include "predict/metrics.h"
#include "stream/writer.h"

/* A page of text, 80 columns at most. `what` names what was evaluated. */
void report_text(const struct metrics *m, const char *what, struct buffer *out);
/* Figures of parts of the rows: by segment, or by time. */
struct report_parts {
	const char *column;
	const struct slice *names;
	const struct metrics *metrics;
	size_t count;
};
/* A line for each part. */
void report_parts_text(const struct report_parts *p, struct buffer *out);
/* CSV metric,bin,value,low,high: rows, positives, base_rate, auc, log_loss, brier,
 * calibration_ratio without a bin, then calibration (observed share), predicted (mean
 * score), lift and gain for bins 1 (the highest scores) to 10. What is unknown is empty. With
 * parts (NULL: none) segment_rows, segment_positives, segment_auc … follow, whose bin is the
 * part. */
enum so1_status report_csv(const struct metrics *m, const struct report_parts *parts,
			   const char *path, struct so1_error *e);

#endif
