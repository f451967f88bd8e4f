#include "base/options.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/table.h"

#include <getopt.h>
#include <stdlib.h>

void option_list_add(struct option_list *list, const char *item)
{
	GROW(list->items, list->cap, list->count + 1);
	list->items[list->count++] = item;
}

void option_list_free(struct option_list *list)
{
	free(list->items);
	*list = (struct option_list){0};
}

enum so1_status size_parse(const char *text, uint64_t *bytes, struct so1_error *e)
{
	static const char units[] = "KMGT";
	char *end;
	double number;
	uint64_t unit = 1;
	size_t digits = strspn(text, "0123456789.");

	if (digits == 0 || !number_parse_double(slice_make(text, digits), &number))
		goto bad;
	end = (char *)text + digits;
	if (*end != '\0') {
		const char *at = strchr(units, *end & ~0x20);
		if (at == NULL)
			goto bad;
		for (const char *u = units; u <= at; u++)
			unit *= 1024;
		end++;
		/* "64M", "64MB" and "64MiB" mean the same here. */
		if (strcmp(end, "") && strcmp(end, "B") && strcmp(end, "iB"))
			goto bad;
	}
	if (number * (double)unit >= 9.2e18 || (*bytes = (uint64_t)(number * (double)unit)) == 0)
		goto bad;
	return SO1_OK;
bad:
	error_set(e, SO1_USAGE, "not a size (examples: 64M, 2G)");
	return error_value(e, slice_of(text));
}

/* One row with the struct its offset refers to. */
struct bound_row {
	const struct option_row *row;
	void *target;
};

struct parser {
	struct bound_row *rows;
	size_t count;
	struct option *long_options; /* val is 256 + index into rows */
	char *letters;
};

enum { LONG_BASE = 256 };

static bool takes_argument(const struct option_row *row)
{
	return row->argument != NULL;
}

static void refuse_duplicate(const struct parser *p, const struct option_row *row)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct option_row *other = p->rows[i].row;
		if (strcmp(other->long_name, row->long_name) == 0 ||
		    (row->short_name && other->short_name == row->short_name)) {
			fprintf(stderr, "so1: option table: --%s clashes with --%s\n",
				row->long_name, other->long_name);
			abort();
		}
	}
}

static void parser_init(struct parser *p, const struct option_set *sets, size_t set_count)
{
	size_t most = 0, letters = 0;

	for (size_t s = 0; s < set_count; s++)
		most += sets[s].count;
	*p = (struct parser){
		.rows = xcalloc(most, sizeof *p->rows),
		.long_options = xcalloc(most + 1, sizeof *p->long_options),
		.letters = xcalloc(2 * most + 3, 1),
	};
	/* '-': operands come in their place; ':': a missing argument is told apart. */
	p->letters[letters++] = '-';
	p->letters[letters++] = ':';
	for (size_t s = 0; s < set_count; s++)
		for (size_t i = 0; i < sets[s].count; i++) {
			const struct option_row *row = &sets[s].rows[i];
			if (row->kind == OPTION_HEADING)
				continue;
			refuse_duplicate(p, row);
			p->rows[p->count] = (struct bound_row){row, sets[s].target};
			p->long_options[p->count] = (struct option){
				row->long_name,
				takes_argument(row) ? required_argument : no_argument, NULL,
				LONG_BASE + (int)p->count};
			p->count++;
			if (row->short_name) {
				p->letters[letters++] = row->short_name;
				if (takes_argument(row))
					p->letters[letters++] = ':';
			}
		}
}

static void parser_free(struct parser *p)
{
	free(p->rows);
	free(p->long_options);
	free(p->letters);
}

static enum so1_status bad_value(struct so1_error *e, const char *what, const char *value)
{
	error_set(e, SO1_USAGE, "%s", what);
	return error_value(e, slice_of(value));
}

static enum so1_status set_byte(char *out, const char *text, struct so1_error *e)
{
	if (strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0)
		*out = '\t';
	else if (strlen(text) == 1 && !strchr("\"\n\r", text[0]))
		*out = text[0];
	else
		return bad_value(e, "not a single byte (write 'tab' for a tabulator)", text);
	return SO1_OK;
}

static enum so1_status set_choice(int *out, const char *choices, const char *text,
				  struct so1_error *e)
{
	struct slice rest = slice_of(choices), choice;

	for (int i = 0; slice_split(&rest, '|', &choice); i++)
		if (slice_is(choice, text)) {
			*out = i;
			return SO1_OK;
		}
	error_set(e, SO1_USAGE, "not one of %s", choices);
	return error_value(e, slice_of(text));
}

static enum so1_status set_number(const struct option_row *row, void *member, const char *text,
				  struct so1_error *e)
{
	int64_t whole;
	double number;

	if (row->kind == OPTION_UINT) {
		if (!number_parse_int(slice_of(text), &whole) || whole < 0)
			return bad_value(e, "not a whole number", text);
		*(uint64_t *)member = (uint64_t)whole;
		return SO1_OK;
	}
	if (!number_parse_double(slice_of(text), &number))
		return bad_value(e, "not a number", text);
	*(double *)member = number;
	return SO1_OK;
}

static enum so1_status set_option(const struct bound_row *bound, const char *argument,
				  struct so1_error *e)
{
	const struct option_row *row = bound->row;
	void *member = (char *)bound->target + row->offset;

	switch (row->kind) {
	case OPTION_HEADING:
		break;
	case OPTION_FLAG:
		*(bool *)member = true;
		break;
	case OPTION_TEXT:
		*(const char **)member = argument;
		break;
	case OPTION_BYTE:
		return set_byte(member, argument, e);
	case OPTION_UINT:
	case OPTION_NUMBER:
		return set_number(row, member, argument, e);
	case OPTION_SIZE:
		return size_parse(argument, member, e);
	case OPTION_CHOICE:
		return set_choice(member, row->argument, argument, e);
	case OPTION_LIST:
		option_list_add(member, argument);
		break;
	case OPTION_CALL:
		return row->call(bound->target, argument, e);
	}
	return SO1_OK;
}

static const struct bound_row *row_of(const struct parser *p, int code)
{
	if (code >= LONG_BASE)
		return &p->rows[code - LONG_BASE];
	for (size_t i = 0; i < p->count; i++)
		if (p->rows[i].row->short_name == code)
			return &p->rows[i];
	return NULL;
}

static enum so1_status refuse(const struct parser *p, int code, char **argv, struct so1_error *e)
{
	char letter[] = {'-', (char)optopt, '\0'};
	const char *given = optopt && optopt < LONG_BASE ? letter : argv[optind - 1];

	if (code == ':') {
		error_set(e, SO1_USAGE, "option needs an argument");
		return error_value(e, slice_of(given));
	}
	size_t n = 0;
	struct slice *names = xmalloc((p->count + 1) * sizeof *names);
	for (size_t i = 0; i < p->count; i++)
		names[n++] = slice_of(p->rows[i].row->long_name);
	struct slice wanted = slice_of(given + strspn(given, "-"));
	wanted.len = slice_find_byte(wanted, '=');
	struct slice near = optopt ? SLICE("") : nearest_name(wanted, names, n);
	if (near.len)
		error_set(e, SO1_USAGE, "unknown option, did you mean --%.*s?", SLICE_ARGS(near));
	else
		error_set(e, SO1_USAGE, "unknown option (--help lists them)");
	free(names);
	return error_value(e, slice_of(given));
}

enum so1_status options_parse(const struct option_set *sets, size_t set_count, int argc, char **argv,
			      struct option_list *operands, option_call *on_operand,
			      void *operand_target, struct so1_error *e)
{
	struct parser p;
	enum so1_status status = SO1_OK;
	int code;

	parser_init(&p, sets, set_count);
	optind = 0; /* glibc: start afresh, so that tests can parse twice */
	opterr = 0;
	while (status == SO1_OK &&
	       (code = getopt_long(argc, argv, p.letters, p.long_options, NULL)) != -1) {
		if (code == 1) {
			if (on_operand)
				status = on_operand(operand_target, optarg, e);
			else
				option_list_add(operands, optarg);
		} else if (code == '?' || code == ':') {
			status = refuse(&p, code, argv, e);
		} else {
			const struct bound_row *bound = row_of(&p, code);
			status = set_option(bound, optarg, e);
			if (status != SO1_OK && e->column[0] == '\0') {
				char name[80];
				snprintf(name, sizeof name, "--%s", bound->row->long_name);
				error_at(e, NULL, 0, name);
			}
		}
	}
	for (; status == SO1_OK && optind < argc; optind++) {
		if (on_operand)
			status = on_operand(operand_target, argv[optind], e);
		else
			option_list_add(operands, argv[optind]);
	}
	parser_free(&p);
	return status;
}

enum { HELP_COLUMN = 30, HELP_WIDTH = 80 };

/* Wraps text at blanks; the first line starts at column `at`. */
static void print_wrapped(FILE *out, const char *text, int at)
{
	int column = at;

	while (*text) {
		size_t word = strcspn(text, " ");
		if (column > HELP_COLUMN && column + (int)word + 1 > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			putc(' ', out);
			column++;
		}
		fwrite(text, 1, word, out);
		column += (int)word;
		text += word;
		text += strspn(text, " ");
	}
	putc('\n', out);
}

/* "a|b|c", a new line behind a '|' where the choices run out of the page. Returns the
 * column reached; `column` is where it starts. */
static int print_argument(FILE *out, const char *argument, int column)
{
	enum { INDENT = 10 };

	while (*argument) {
		int n = (int)strcspn(argument, "|");
		n += argument[n] == '|';
		if (column + n > HELP_WIDTH && column > INDENT) {
			fprintf(out, "\n%*s", INDENT, "");
			column = INDENT;
		}
		column += fprintf(out, "%.*s", n, argument);
		argument += n;
	}
	return column;
}

static void print_row(const struct option_row *row, FILE *out)
{
	int n = row->short_name
			? fprintf(out, "  -%c, --%s", row->short_name, row->long_name)
			: fprintf(out, "      --%s", row->long_name);

	if (row->argument) {
		putc('=', out);
		n = print_argument(out, row->argument, n + 1);
	}
	if (n + 2 > HELP_COLUMN) {
		putc('\n', out);
		n = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - n, "");
	print_wrapped(out, row->help, HELP_COLUMN);
}

void options_print_help(const struct option_set *sets, size_t set_count, FILE *out)
{
	for (size_t s = 0; s < set_count; s++)
		for (size_t i = 0; i < sets[s].count; i++) {
			const struct option_row *row = &sets[s].rows[i];
			if (row->kind == OPTION_HEADING)
				fprintf(out, "\n%s\n", row->help);
			else
				print_row(row, out);
		}
}

static bool is_file_argument(const struct option_row *row)
{
	return row->argument && (strstr(row->argument, "FILE") || strstr(row->argument, "DIR") ||
				 strstr(row->argument, "MODEL") || strstr(row->argument, "MAP"));
}

void options_print_completion(const struct option_set *sets, size_t set_count, const char *tool,
			      FILE *out)
{
	struct buffer words = {0}, function = {0};

	buffer_printf(&function, "_%s", tool);
	for (size_t i = 0; i < function.len; i++)
		if (function.ptr[i] == '-')
			function.ptr[i] = '_';
	const char *name = buffer_text(&function);
	fprintf(out, "# bash completion for %s, made from its option table\n%s()\n{\n", tool, name);
	fprintf(out, "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n");
	/* bash splits words at '=': --progress=al arrives as "--progress" "=" "al". */
	fprintf(out, "\tif [[ $cur == = ]]; then cur=; fi\n");
	fprintf(out, "\tif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n");
	fprintf(out, "\tcase $prev in\n");
	for (size_t s = 0; s < set_count; s++)
		for (size_t i = 0; i < sets[s].count; i++) {
			const struct option_row *row = &sets[s].rows[i];
			if (row->kind == OPTION_HEADING)
				continue;
			buffer_printf(&words, "%s--%s", words.len ? " " : "", row->long_name);
			if (!takes_argument(row))
				continue;
			fprintf(out, "\t--%s", row->long_name);
			if (row->short_name)
				fprintf(out, "|-%c", row->short_name);
			if (row->kind == OPTION_CHOICE) {
				struct slice rest = slice_of(row->argument), choice;
				fprintf(out, ") COMPREPLY=($(compgen -W '");
				while (slice_split(&rest, '|', &choice))
					fprintf(out, "%.*s ", SLICE_ARGS(choice));
				fprintf(out, "' -- \"$cur\")); return;;\n");
			} else if (is_file_argument(row)) {
				fprintf(out, ") COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n");
			} else {
				fprintf(out, ") return;;\n");
			}
		}
	fprintf(out, "\tesac\n\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n",
		buffer_text(&words));
	fprintf(out, "\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\tfi\n}\n");
	fprintf(out, "complete -o filenames -F %s %s\n", name, tool);
	buffer_free(&words);
	buffer_free(&function);
}
