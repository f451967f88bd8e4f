#ifndef SO1_CMD_PREDICT_H
#define SO1_CMD_PREDICT_H
/* so1-predict in its parts: the table of options and applying (so1-predict.c), fitting
 * (predict_fit.c), and what says how good a model is (predict_judge.c). */
#include "cmd/tool.h"

#include "predict/chain.h"
#include "predict/figures.h"
#include "predict/kind.h"
#include "predict/report.h"

struct predict_options {
	const char *fit;
	struct fit_request request;
	int scale; /* enum learn_scale, -1: not given */
	int basis, validate_on;
	int process; /* in the order of the row --process, -1: not given */
	uint64_t max_levels, folds;
	struct option_list models;
	bool evaluate, reasons, calibrate;
	const char *segment, *drift;
	uint64_t bootstrap;
	const char *report;
	const char *as_of;
};

/* --min-class when it is not given. */
#define CLASS_UNSET UINT64_MAX

/* Every option as it is when it is not given. */
extern const struct predict_options predict_defaults;

/* SO1_USAGE: the option, and what is wrong with it. */
enum so1_status predict_usage(struct so1_error *e, const char *option, const char *reason);

/* Whether the options of a fit go together, and are not there without --fit. Reads --as-of
 * into o->request.before. SO1_USAGE otherwise. */
enum so1_status predict_check_fit(struct predict_options *o, struct so1_error *e);

/* Fits to the rows of r and writes the model, and the figures of rows held out. */
enum so1_status predict_fit(struct predict_options *o, struct tool_run *run, struct reader *r,
			    struct so1_error *e);

/* --evaluate, --drift and --calibrate: what the last model of c, bound to r's header, is
 * worth on its rows. Write a page or, --calibrate, that model. */
enum so1_status predict_evaluate(const struct predict_options *o, struct tool_run *run,
				 struct reader *r, const struct chain *c, struct so1_error *e);
enum so1_status predict_drift(const struct predict_options *o, struct tool_run *run,
			      struct reader *r, const struct chain *c, struct so1_error *e);
enum so1_status predict_calibrate(const struct predict_options *o, struct tool_run *run,
				  struct reader *r, struct chain *c, struct so1_error *e);

/* Text to path, NULL: standard output. */
enum so1_status predict_write_page(struct slice text, const char *path, struct so1_error *e);

/* The figures as CSV: f's if there are any, else m's with parts. f and parts may be NULL. */
enum so1_status predict_write_csv(const char *path, const struct metrics *m,
				  const struct report_parts *parts, const struct figures *f,
				  struct so1_error *e);

/* The page of figures to path (NULL: standard output), the CSV to --report when it is given.
 * what: their headline. */
enum so1_status predict_write_report(const struct predict_options *o, const struct metrics *m,
				     const struct report_parts *parts, const struct figures *f,
				     const char *path, const char *what, struct so1_error *e);
#endif
