/* A model file: CSV with the header section,name,value,std_error. Sections come in this
 * order:
 *   model      kind, version (of this format), target …, the command
 *   card       what the model was fitted on and how well it did
 *   transform  how each column of the stream becomes features
 *   term       coefficients, with standard errors where there are any
 *   cluster    where the clusters of so1-segment lie and what sets them apart
 * A person can read it, compare two of them and keep them in git. */
#ifndef SO1_STREAM_MODELFILE_H
#define SO1_STREAM_MODELFILE_H

#include "base/error.h"
#include "base/memory.h"

/* Of the format; files of a later version are refused. */
enum { MODELFILE_VERSION = 1 };

struct model_row {
	struct slice section, name, value, std_error;
	uint64_t line; /* in the file it was read from, else 0 */
};

struct model_file {
	char *path;    /* where it was read from, for messages; NULL */
	struct arena text;
	struct model_row *rows;
	size_t count, cap;
};

/* Zero-initialise; model_file_free when done. Adding copies. */
void model_file_add(struct model_file *m, const char *section, struct slice name,
		    struct slice value);
void model_file_add_number(struct model_file *m, const char *section, const char *name,
			   double value);
/* A row of the card, PREFIX_NAME, to the six digits that a figure of quality is worth; none
 * when it is NaN. */
void model_file_add_figure(struct model_file *m, const char *prefix, const char *name,
			   double value);
/* Adds the rows of another. */
void model_file_append(struct model_file *m, const struct model_file *from);
/* A term with its standard error, which is left empty unless it is finite. */
void model_file_add_term(struct model_file *m, struct slice name, double value,
			 double std_error);
/* Adds to the value of a row that is a number; SO1_FAILED when it is none or not there. */
enum so1_status model_file_shift(struct model_file *m, const char *section, const char *name,
				 double by, struct so1_error *e);
/* Adds a row behind the last of its section, or in place of the one of that name. */
void model_file_set_number(struct model_file *m, const char *section, const char *name,
			   double value);
/* Whole or not at all; NULL or "-" is standard output. */
enum so1_status model_file_write(const struct model_file *m, const char *path,
				 struct so1_error *e);

/* Reads and checks header, sections and their order, kind and version. */
enum so1_status model_file_read(struct model_file *m, const char *path, struct so1_error *e);
/* The row, or NULL. */
const struct model_row *model_file_find(const struct model_file *m, const char *section,
					const char *name);
/* Its value; SO1_FAILED "the model has no …" without it. */
enum so1_status model_file_text(const struct model_file *m, const char *section,
				const char *name, struct slice *value, struct so1_error *e);
/* A row's value as a finite number. */
enum so1_status model_row_number(const struct model_file *m, const struct model_row *row,
				 double *value, struct so1_error *e);
/* An error about a row: fills place and value, returns SO1_FAILED. */
enum so1_status model_row_error(const struct model_file *m, const struct model_row *row,
				const char *reason, struct so1_error *e);
void model_file_free(struct model_file *m);

#endif
