/* Command-line options. One table row per option is the only place it is written:
 * getopt_long's arrays, --help and the shell completion come from it.
 *
 * Adding an option: one row in the tool's table, one member in its options struct,
 * its line in the man page (a test holds --help against the page). */
#ifndef SO1_BASE_OPTIONS_H
#define SO1_BASE_OPTIONS_H

#include "base/error.h"

#include <stdio.h>

enum option_kind {
	OPTION_HEADING, /* help: a line between groups; takes no argument, sets nothing */
	OPTION_FLAG,    /* bool *: set to true */
	OPTION_TEXT,    /* const char **: borrowed from argv */
	OPTION_BYTE,    /* char *: exactly one byte, or \t, \0 forms "tab" */
	OPTION_UINT,    /* uint64_t * */
	OPTION_NUMBER,  /* double *, finite */
	OPTION_SIZE,    /* uint64_t *: bytes, with K M G T (powers of 1024), "64M" */
	OPTION_CHOICE,  /* int *: index of the argument in choices "a|b|c" */
	OPTION_LIST,    /* struct option_list *: every occurrence, in order */
	OPTION_CALL,    /* anything else, and whatever depends on order */
};

/* For OPTION_CALL: `argument` is NULL for an option that takes none. Returns SO1_OK
 * or SO1_USAGE with *e filled (the parser adds the option's name as the column). */
typedef enum so1_status option_call(void *target, const char *argument, struct so1_error *e);

struct option_list {
	const char **items; /* borrowed from argv */
	size_t count, cap;
};

struct option_row {
	char short_name;       /* 0 for none */
	const char *long_name; /* required but for OPTION_HEADING */
	const char *argument;  /* "FILE", NULL for none; for OPTION_CHOICE "a|b|c" */
	enum option_kind kind;
	size_t offset;         /* offsetof the member in the options struct */
	const char *help;
	option_call *call;     /* OPTION_CALL; target is the options struct */
};

struct option_set {
	const struct option_row *rows;
	size_t count;
	void *target;
};

/* Parses argv against all sets together. Operands go to *operands in order (free
 * with option_list_free); when on_operand is not NULL it gets each one at its place
 * among the options instead (operand_target is its target). "--" ends options.
 * Fails with SO1_USAGE; a duplicate letter or name in the tables aborts at start. */
enum so1_status options_parse(const struct option_set *sets, size_t set_count, int argc, char **argv,
			      struct option_list *operands, option_call *on_operand,
			      void *operand_target, struct so1_error *e);
/* The options part of --help, wrapped at 80 columns. */
void options_print_help(const struct option_set *sets, size_t set_count, FILE *out);
/* A bash completion script for `tool`. */
void options_print_completion(const struct option_set *sets, size_t set_count, const char *tool,
			      FILE *out);
void option_list_add(struct option_list *list, const char *item);
void option_list_free(struct option_list *list);

/* "64M" → bytes; SO1_USAGE when it is no size. Also for files that state sizes. */
enum so1_status size_parse(const char *text, uint64_t *bytes, struct so1_error *e);

#endif
