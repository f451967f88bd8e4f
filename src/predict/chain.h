/* Fitted models in a row: each appends its columns to every record, and a later one may use
 * what an earlier one appended. */
#ifndef SO1_PREDICT_CHAIN_H
#define SO1_PREDICT_CHAIN_H

#include "predict/kind.h"
#include "stream/writer.h"

struct chain {
	struct chain_model {
		const struct model_kind *kind;
		void *model;
		struct model_file file;
		size_t first_column; /* of those it appends */
	} *models;
	size_t count;
	struct header header; /* of the stream and behind it the appended columns */
	size_t stream_columns;
};

/* Reads the model files. chain_free in every case. */
enum so1_status chain_load(struct chain *c, const char *const *paths, size_t count,
			   struct so1_error *e);
/* The models that can say why append it, too. SO1_USAGE when none can. */
enum so1_status chain_explain(struct chain *c, struct so1_error *e);
/* To the columns of a stream. SO1_FAILED when a column is missing, or one that a model
 * appends is there already. */
enum so1_status chain_bind(struct chain *c, const struct header *stream, struct so1_error *e);
/* fields: room for header.count; the first stream_columns are the record's. Runs the first
 * `count` models, cells go to the arena. Thread-safe. */
enum so1_status chain_apply(const struct chain *c, size_t count, struct slice *fields,
			    struct arena *a, struct so1_error *e);
/* Streams r into w with the columns appended; records keep their bytes. The header is
 * written too. Rows must ascend by customer_id where there is one. */
enum so1_status chain_run(const struct chain *c, struct reader *r, struct writer *w, int threads,
			  struct so1_error *e);
/* How good the last model's predictions are on a stream where `target` (NULL: the one it
 * was fitted on) is known. Rows without a target are rejected; memory is
 * bounded, a million predictions at a time are sorted (predict/scores.h). *rows is the number of rows
 * used. A kind that observes fills *figures (zero-initialised; figures_free when done) in the
 * place of *out, in memory: 32 bytes a row. */
enum so1_status chain_evaluate(const struct chain *c, struct reader *r, const char *target,
			       const char *tmpdir, struct metrics *out, struct figures *figures,
			       uint64_t *rows, struct so1_error *e);
void chain_free(struct chain *c);

#endif
