/* src/base/options: the table is the truth. */
#include "base/options.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct sample {
	bool flag;
	const char *text;
	char byte;
	uint64_t count, size;
	double number;
	int choice;
	struct option_list list;
	struct option_list order;
};

static enum so1_status in_order(void *target, const char *argument, struct so1_error *e)
{
	struct sample *s = target;

	if (argument && strcmp(argument, "bad") == 0)
		return error_set(e, SO1_USAGE, "bad indeed");
	option_list_add(&s->order, argument);
	return SO1_OK;
}

#define AT(member) offsetof(struct sample, member)
static const struct option_row rows[] = {
	{.kind = OPTION_HEADING, .help = "Sample:"},
	{'f', "flag", NULL, OPTION_FLAG, AT(flag), "a flag", NULL},
	{'t', "text", "TEXT", OPTION_TEXT, AT(text), "a text", NULL},
	{'b', "byte", "C", OPTION_BYTE, AT(byte), "a byte", NULL},
	{'c', "count", "N", OPTION_UINT, AT(count), "a count", NULL},
	{0, "size", "SIZE", OPTION_SIZE, AT(size), "a size", NULL},
	{0, "number", "X", OPTION_NUMBER, AT(number), "a number", NULL},
	{0, "choice", "red|green", OPTION_CHOICE, AT(choice), "a choice", NULL},
	{'l', "list", "ITEM", OPTION_LIST, AT(list), "a list", NULL},
	{'m', "map", "MAP", OPTION_CALL, 0, "in order", in_order},
};

static enum so1_status parse(struct sample *s, struct option_list *operands, struct so1_error *e,
			     const char *const *words)
{
	char *argv[32] = {(char *)"tool"};
	int argc = 1;

	for (; *words; words++)
		argv[argc++] = (char *)*words;
	struct option_set set = {rows, sizeof rows / sizeof *rows, s};
	return options_parse(&set, 1, argc, argv, operands, operands ? NULL : in_order, s, e);
}
#define PARSE(...) parse(&s, &operands, &e, (const char *const[]){__VA_ARGS__, NULL})

Test(options, refuses)
{
	const char *const cases[][3] = {
		{"--nonsense", NULL}, {"-Z", NULL}, {"--text", NULL}, {"-c", "-1", NULL},
		{"-c", "x", NULL}, {"--size", "64X", NULL}, {"--size", "", NULL}, {"--size", "0", NULL},
		{"--number", "nan", NULL}, {"--choice", "blue", NULL}, {"-b", "ab", NULL},
		{"-b", "\"", NULL}, {"--flag=1", NULL}, {"--map", "bad", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sample s = {0};
		struct option_list operands = {0};
		struct so1_error e = {0};
		cr_assert_eq(parse(&s, &operands, &e, cases[i]), SO1_USAGE, "%s %s", cases[i][0],
			     cases[i][1] ? cases[i][1] : "");
		cr_assert_neq(e.reason[0], '\0');
		option_list_free(&operands);
	}
}

Test(options, suggests_the_nearest_name)
{
	struct sample s = {0};
	struct option_list operands = {0};
	struct so1_error e = {0};

	cr_assert_eq(PARSE("--coutn=3"), SO1_USAGE);
	cr_assert(strstr(e.reason, "--count"), "%s", e.reason);
}

Test(options, sets_every_kind)
{
	struct sample s = {0};
	struct option_list operands = {0};
	struct so1_error e = {0};

	cr_assert_eq(PARSE("a", "-f", "--text=hello", "-b", "tab", "-c3", "--size", "64M", "--number",
			   "-2.5", "b", "--choice", "green", "-l", "x", "--list", "y", "--", "-c"),
		     SO1_OK, "%s", e.reason);
	cr_assert(s.flag);
	cr_assert_str_eq(s.text, "hello");
	cr_assert_eq(s.byte, '\t');
	cr_assert_eq(s.count, 3);
	cr_assert_eq(s.size, 64 << 20);
	cr_assert_eq(s.number, -2.5);
	cr_assert_eq(s.choice, 1);
	cr_assert_eq(s.list.count, 2);
	cr_assert_eq(operands.count, 3);
	cr_assert_str_eq(operands.items[2], "-c");
	option_list_free(&operands);
	option_list_free(&s.list);
}

Test(options, operands_keep_their_place_among_options)
{
	struct sample s = {0};
	struct so1_error e = {0};
	const char *const words[] = {"-m", "crm.map", "crm.csv", "-m", "shop.map", "o1", "o2", NULL};

	cr_assert_eq(parse(&s, NULL, &e, words), SO1_OK);
	cr_assert_eq(s.order.count, 5);
	cr_assert_str_eq(s.order.items[1], "crm.csv");
	cr_assert_str_eq(s.order.items[2], "shop.map");
	option_list_free(&s.order);
}

Test(options, a_single_dash_is_an_operand)
{
	struct sample s = {0};
	struct option_list operands = {0};
	struct so1_error e = {0};

	cr_assert_eq(PARSE("-"), SO1_OK);
	cr_assert_eq(operands.count, 1);
	option_list_free(&operands);
}

Test(options, help_and_completion_name_every_option)
{
	struct sample s = {0};
	struct option_set set = {rows, sizeof rows / sizeof *rows, &s};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	options_print_help(&set, 1, out);
	options_print_completion(&set, 1, "so1-x", out);
	fclose(out);
	for (size_t i = 1; i < sizeof rows / sizeof *rows; i++) {
		char name[40];
		snprintf(name, sizeof name, "--%s", rows[i].long_name);
		char *first = strstr(text, name);
		cr_assert(first && strstr(first + 1, name), "%s", name);
	}
	free(text);
}

/* The choices of so1-export --for fill more than a line: all of them are there, and no line
 * is wider than the page. */
Test(options, help_breaks_long_choices)
{
	static const char choices[] =
		"alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett|kilo|lima|mike|"
		"november|oscar|papa|quebec|romeo|sierra|tango|uniform|victor|whiskey|x-ray|yankee|"
		"zulu";
	const struct option_row row = {0, "for", choices, OPTION_CHOICE, 0, "a letter", NULL};
	struct option_set set = {&row, 1, NULL};
	char *text = NULL, seen[sizeof choices + 1] = "";
	size_t size = 0, n = 0;
	FILE *out = open_memstream(&text, &size);

	options_print_help(&set, 1, out);
	fclose(out);
	char *start = strstr(text, "--for=");
	cr_assert(start != NULL);
	for (char *c = start + strlen("--for="); n < sizeof choices - 1 && *c; c++)
		if (*c != '\n' && *c != ' ')
			seen[n++] = *c;
	cr_assert_str_eq(seen, choices);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		cr_assert(strlen(line) <= 80, "%s", line);
	free(text);
}
