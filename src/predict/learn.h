/* From a training table to its transforms and its design matrix. */
#ifndef SO1_PREDICT_LEARN_H
#define SO1_PREDICT_LEARN_H

#include "predict/frame.h"
#include "predict/transform.h"
#include "stream/summary.h"

enum learn_scale { SCALE_AUTO, SCALE_LINEAR, SCALE_LOG };

struct learn_options {
	enum learn_scale scale; /* SCALE_AUTO: log where the skewness g1 is beyond ± 2 */
	size_t max_levels;      /* of a category; what is rarer becomes "other" */
	bool reference;         /* the bytewise first level of a category has no indicator */
};

/* Decides how each feature column of the frame enters: numbers where every value that is
 * there is one, else levels, the most frequent first, ties bytewise. Columns that can say
 * nothing (constant, empty, dates, nearly as many texts as rows) are left out, which the
 * notes of `summary` tell. The frame's texts may grow. */
enum so1_status learn_transforms(struct frame *f, const struct learn_options *options,
				 struct transform_set *set, struct summary *summary,
				 struct so1_error *e);
/* Fills a design, block by block. */
enum so1_status learn_design(struct frame *f, const struct transform_set *set,
			     uint64_t core_limit, const char *tmpdir, struct design *d,
			     struct so1_error *e);

#endif
