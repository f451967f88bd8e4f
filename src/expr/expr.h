/* The expression language that map files, segment rules and offers share.
 *
 * Two dialects of one grammar:
 *  - EXPR_MAP (so1-ingest): a bare word may hold letters, digits, '_', '.', '-' and any
 *    non-ASCII byte, so that E-Mail and keywords.csv are words; minus needs blanks
 *    around it. An expression that as a whole (trimmed) is a column's name is that column.
 *  - EXPR_RULE (segments, offers): words are letters, digits, '_' and '.'; minus as usual.
 * Both: 'text' and "text" literals, numbers, `name with blanks`, column[key] for map
 * cells, function(args), + - * / %, comparisons (= == != <> < <= > >=), and or not,
 * in (a, b), has, matches (POSIX ERE), is unknown / is known, true, false, unknown.
 *
 * Three-valued: an empty cell is unknown; a comparison with unknown is unknown; and/or/not
 * as in SQL. Cells are text; they compare as numbers where both sides are numbers (a
 * number literal makes a cell that is no number unknown), else bytewise as text. A quoted
 * literal makes the comparison one of text: postcode = '01067' is not 1067. Where a truth
 * value is wanted, a number other than 0 is true and text that is no number is unknown.
 * Division by zero and overflow are unknown.
 *
 * Map cells: an absent key of a *_by_* map is 0, also where the cell is empty, because
 * those maps leave out what is 0; but unknown in recency_by_*, where absent means never,
 * and in all other maps (attrs). has looks for an item of a list or a key of a map and is
 * false, not unknown, where the cell is empty.
 *
 * What each function does stands in so1-segment(1). */
#ifndef SO1_EXPR_EXPR_H
#define SO1_EXPR_EXPR_H

#include "base/error.h"
#include "base/memory.h"

enum expr_dialect { EXPR_MAP, EXPR_RULE };
enum expr_type { EXPR_UNKNOWN, EXPR_BOOL, EXPR_NUMBER, EXPR_TEXT };

struct expr_value {
	enum expr_type type;
	double number;     /* EXPR_NUMBER; EXPR_BOOL: 0 or 1 */
	struct slice text; /* EXPR_TEXT, borrowed from the row, the expression or the arena */
};

/* A function a tool adds (keywords …). */
struct expr_function {
	const char *name;
	size_t min_args, max_args;
	/* args are evaluated; temporaries go to the arena. Fails only for what is wrong with
	 * the data; the caller rejects the record. */
	enum so1_status (*eval)(void *context, const struct expr_value *args, size_t n,
				struct expr_value *out, struct arena *a, struct so1_error *e);
	/* Compile time, may be NULL: literal[i] is the text of argument i when it is a literal
	 * or a bare word that is no column (a file name), else NULL ptr. Returns the context
	 * for eval (kept by the caller's registry). */
	enum so1_status (*prepare)(void *registry, const struct slice *literals, size_t n,
				   void **context, struct so1_error *e);
	void *registry;
};

struct expr;

/* Another expression by name (rules that use rules). */
struct expr_named {
	struct slice name;
	const struct expr *expr;
};

struct expr_scope {
	enum expr_dialect dialect;
	const struct slice *columns; /* the row's columns, borrowed while compiling */
	size_t column_count;
	/* Every name is taken for a column: to check rules without data. What comes out can be
	 * looked at but not evaluated. */
	bool any_column;
	/* expr may be NULL: a name that is only suggested, not used. */
	const struct expr_named *named;
	size_t named_count;
	const struct expr_function *functions;
	size_t function_count;
};

/* Compiles text. Errors: SO1_USAGE; e->column is "column N" (1-based, in text), the reason
 * names the nearest known name where a name is unknown. The caller sets file and line.
 * Referenced named expressions must outlive it. */
enum so1_status expr_compile(struct expr **out, struct slice text, const struct expr_scope *scope,
			     struct so1_error *e);
/* The same, but *where is the offset in text of what is wrong and e->column is left
 * empty: for callers that join lines. lexer_column (expr/lex.h) turns it into a column. */
enum so1_status expr_compile_where(struct expr **out, struct slice text,
				   const struct expr_scope *scope, size_t *where,
				   struct so1_error *e);
/* Evaluates on a row's fields (as many as column_count). Thread-safe: all state is in the
 * arena, which the caller resets between rows. Errors are data errors (SO1_FAILED). */
enum so1_status expr_eval(const struct expr *x, const struct slice *fields, struct expr_value *out,
			  struct arena *a, struct so1_error *e);
/* The column index when the expression is nothing but one column, else SIZE_MAX. */
size_t expr_as_column(const struct expr *x);
/* Calls visit for each column the expression reads (with repeats). */
void expr_columns(const struct expr *x, void (*visit)(void *context, size_t column), void *context);
/* True for EXPR_BOOL true and numbers other than 0, also as text (a cell); *unknown (may be
 * NULL) says whether it is neither true nor false: unknown, or text that is no number. */
bool expr_is_true(const struct expr_value *v, bool *unknown);
/* The value as a cell's text: "" for unknown, 1/0 for booleans, numbers with at most 15
 * significant digits. */
struct slice expr_value_text(const struct expr_value *v, struct arena *a);
void expr_free(struct expr *x);

#endif
