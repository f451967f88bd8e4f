/* A stream read ahead: a crew of threads works on its batches, one thread then takes each in
 * the order of the input, so that nothing depends on how many threads there are. */
#ifndef SO1_STREAM_AHEAD_H
#define SO1_STREAM_AHEAD_H

#include "base/crew.h"
#include "stream/reader.h"

/* What a job begins with; the caller's own comes behind it. */
struct ahead_job {
	struct batch *batch; /* of reader_next_unchecked */
};

struct ahead {
	struct reader *reader;
	int threads;
	struct ahead_job **jobs; /* `depth` of them, zeroed; batch_free is the caller's */
	size_t depth;            /* at most CREW_DEPTH */
	/* On any thread, what can be done without knowing what came before. */
	void (*work)(void *context, int thread, void *job);
	/* In the order of the input, the job as `work` left it. */
	enum so1_status (*settle)(void *context, void *job, struct so1_error *e);
	void *context;
};

/* Reads the stream to its end. Fails as settle does, or as the reader does after all batches
 * before were settled, so that of several errors the first is told. */
enum so1_status ahead_run(const struct ahead *a, struct so1_error *e);

#endif
