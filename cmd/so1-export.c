/* so1-export: the offers each customer gets, as a destination imports them. */
#include "cmd/tool.h"
#include "export/export.h"

#include "base/number.h"
#include "export/response.h"

#include "config.h"

enum { MEMORY_DEFAULT = 96 << 20 };

static enum so1_status take_holdout(void *target, const char *argument, struct so1_error *e)
{
	struct export_options *o = target;
	struct slice text = slice_of(argument);
	bool percent = text.len && text.ptr[text.len - 1] == '%';
	double x;

	text.len -= percent;
	if (!number_parse_double(text, &x) || x < 0 || x >= (percent ? 100 : 1)) {
		error_set(e, SO1_USAGE, "not a share from 0%% to below 100%% (5%% or 0.05)");
		return error_value(e, slice_of(argument));
	}
	o->holdout = percent ? x / 100 : x;
	return SO1_OK;
}

static enum so1_status take_top(void *target, const char *argument, struct so1_error *e)
{
	struct export_options *o = target;
	int64_t n;

	if (!number_parse_int(slice_of(argument), &n) || n < 1 || n > 1000) {
		error_set(e, SO1_USAGE, "not a number from 1 to 1000");
		return error_value(e, slice_of(argument));
	}
	o->top = (uint64_t)n;
	return SO1_OK;
}

static enum so1_status take_cap(void *target, const char *argument, struct so1_error *e)
{
	struct export_options *o = target;

	return cap_list_parse(&o->caps, slice_of(argument), e);
}

static enum so1_status take_window(void *target, const char *argument, struct so1_error *e)
{
	struct export_options *o = target;
	int64_t n;

	if (!number_parse_int(slice_of(argument), &n) || n < 1 || n > 3660) {
		error_set(e, SO1_USAGE, "not a number of days from 1 to 3660");
		return error_value(e, slice_of(argument));
	}
	o->window = (uint64_t)n;
	return SO1_OK;
}

static enum so1_status take_budget(void *target, const char *argument, struct so1_error *e)
{
	struct export_options *o = target;

	if (!decimal_parse(slice_of(argument), &o->budget) || o->budget < 0) {
		error_set(e, SO1_USAGE, "not an amount, 0 or more");
		return error_value(e, slice_of(argument));
	}
	o->has_budget = true;
	return SO1_OK;
}

#define OPTION(member) offsetof(struct export_options, member)

static const struct option_row rows[] = {
	{.kind = OPTION_HEADING, .help = "Offers:"},
	{0, "offers", "FILE", OPTION_TEXT, OPTION(offers),
	 "the offer catalogue, CSV; without it the customers themselves are exported", NULL},
	{0, "rules", "FILE", OPTION_TEXT, OPTION(rules),
	 "segment rules that the catalogue's segment column may use", NULL},
	{0, "occasions", "FILE", OPTION_TEXT, OPTION(occasions),
	 "a calendar, CSV: offers that fit an occasion are lifted before it", NULL},
	{0, "top", "N", OPTION_CALL, 0, "at most N offers a customer (default: 3)", take_top},
	{0, "score", "EXPR", OPTION_TEXT, OPTION(score),
	 "rank by this column, map column or expression (default: by the stream's columns)", NULL},
	{0, "budget", "AMOUNT", OPTION_CALL, 0,
	 "what all offers together may cost, by the catalogue's cost", take_budget},
	{0, "cost", "given|expected", OPTION_CHOICE, OPTION(cost),
	 "given: every offer given costs; expected: score x cost, when the score is a probability",
	 NULL},
	{0, "as-of", "DATE", OPTION_TEXT, OPTION(as_of),
	 "the day on which offers must be live (default: the rows' as_of)", NULL},
	{.kind = OPTION_HEADING, .help = "Permission:"},
	{0, "channel", "LIST", OPTION_TEXT, OPTION(channel),
	 "only these channels: email, sms, phone, post, pos, app, web", NULL},
	{0, "consent", "strict|implied", OPTION_CHOICE, OPTION(consent),
	 "strict: an opt-in is needed; implied: unknown passes, an opt-out never", NULL},
	{0, "suppress", "FILE", OPTION_LIST, OPTION(suppress),
	 "nothing for anybody on this list of identifiers or their SHA-256", NULL},
	{0, "allow-special", NULL, OPTION_FLAG, OPTION(allow_special),
	 "let out columns whose names say health, politics, religion and the like", NULL},
	{0, "min-cell", "K", OPTION_UINT, OPTION(min_cell),
	 "fail when an offer, a segment or a cell has fewer than K customers", NULL},
	{.kind = OPTION_HEADING, .help = "Time:"},
	{0, "send-times", "auto|always|never", OPTION_CHOICE, OPTION(send_times),
	 "columns send_at, send_local, tz_source (auto: csv and jsonl, offers, a best_hour)", NULL},
	{0, "quiet-hours", "A-B", OPTION_TEXT, OPTION(send.quiet_hours),
	 "send nothing from A to B o'clock, local (default: 21-8)", NULL},
	{0, "send-from", "TIME", OPTION_TEXT, OPTION(send.from),
	 "send in the 7 days from TIME on (default: as_of, 00:00 UTC)", NULL},
	{0, "send-hour", "H", OPTION_TEXT, OPTION(send.hour),
	 "the hour of customers without best_hour (default: 10)", NULL},
	{0, "timezone", "NAME", OPTION_TEXT, OPTION(send.timezone),
	 "the zone of customers whose timezone and country tell none (default: UTC)", NULL},
	{0, "history", "FILE", OPTION_TEXT, OPTION(history),
	 "who was sent what: nobody twice for one campaign; this run is added", NULL},
	{0, "cap", "N/DAYS", OPTION_CALL, 0,
	 "at most N messages a channel in DAYS days; email:2/7d, all:3/14d", take_cap},
	{0, "codes", "FILE", OPTION_TEXT, OPTION(codes),
	 "each offer given gets a code of its own from FILE, never used before", NULL},
	{.kind = OPTION_HEADING, .help = "Measurement:"},
	{0, "campaign", "NAME", OPTION_TEXT, OPTION(campaign),
	 "the campaign's name: a column, and what the held-out group is drawn by", NULL},
	{0, "holdout", "P%", OPTION_CALL, 0, "hold out this share of the customers", take_holdout},
	{0, "holdout-file", "FILE", OPTION_TEXT, OPTION(holdout_file),
	 "write who is held out to FILE (default: holdout.csv in the folder of -o)", NULL},
	{0, "seed", "FILE", OPTION_TEXT, OPTION(seed),
	 "append these addresses of your own to each list that goes out by e-mail", NULL},
	{0, "score-campaign", "FILE", OPTION_TEXT, OPTION(score_campaign),
	 "by this history and the touchpoints since: response and revenue, mailed against held out",
	 NULL},
	{0, "window", "DAYS", OPTION_CALL, 0,
	 "with --score-campaign: days after sending that count (default: 28)", take_window},
	{.kind = OPTION_HEADING, .help = "Files:"},
	{0, "for", DESTINATION_CHOICES, OPTION_CHOICE, OPTION(destination),
	 "write what this destination imports (default: csv)", NULL},
	{0, "decimal-comma", NULL, OPTION_FLAG, OPTION(decimal_comma),
	 "with --for excel: semicolons and decimal commas, as in German", NULL},
	{0, "long", NULL, OPTION_FLAG, OPTION(long_form),
	 "a row for each customer and offer instead of columns offer_1 ... offer_N", NULL},
	{0, "columns", "LIST", OPTION_TEXT, OPTION(columns),
	 "the customer's columns to go along, attrs.KEY too (default: by destination)", NULL},
	{0, "split", "SIZE", OPTION_SIZE, OPTION(split),
	 "in a folder, begin a new file at SIZE bytes (default: the destination's limit)", NULL},
	{0, "manifest", "FILE", OPTION_TEXT, OPTION(manifest),
	 "write the manifest to FILE, too when the folder of -o has its manifest.csv", NULL},
};

static void put_quoted(struct buffer *b, const char *text)
{
	buffer_put_byte(b, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buffer_put_text(b, "'\\''");
		else
			buffer_put_byte(b, *text);
	}
	buffer_put_byte(b, '\'');
}

static void put_cap(struct buffer *b, const struct cap *c)
{
	const char *channel = c->kind == CAP_EACH ? "" : c->kind == CAP_ALL ? "all:"
			      : channel_table[c->channel].name;

	buffer_printf(b, " --cap %s%s%u/%ud", channel, c->kind == CAP_ONE ? ":" : "",
		      (unsigned)c->most, (unsigned)c->days);
}

/* The options that decide what the lists hold, as one would type them. Not where they go,
 * nor threads and memory: the same export has the same manifest. */
static void describe(const struct export_options *o, struct buffer *b)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{"offers", o->offers}, {"rules", o->rules}, {"occasions", o->occasions}, {"score", o->score},
		{"as-of", o->as_of}, {"channel", o->channel}, {"campaign", o->campaign},
		{"columns", o->columns}, {"seed", o->seed}, {"quiet-hours", o->send.quiet_hours},
		{"send-from", o->send.from}, {"send-hour", o->send.hour},
		{"timezone", o->send.timezone}, {"history", o->history}, {"codes", o->codes},
	};

	buffer_printf(b, "so1-export --for %s", destination_table[o->destination]->name);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].value) {
			buffer_printf(b, " --%s ", texts[i].name);
			put_quoted(b, texts[i].value);
		}
	for (size_t i = 0; i < o->suppress.count; i++) {
		buffer_put_text(b, " --suppress ");
		put_quoted(b, o->suppress.items[i]);
	}
	for (size_t i = 0; i < o->caps.count; i++)
		put_cap(b, &o->caps.items[i]);
	if (o->top)
		buffer_printf(b, " --top %llu", (unsigned long long)o->top);
	if (o->has_budget) {
		buffer_put_text(b, " --budget ");
		decimal_put(b, o->budget, 2);
	}
	if (o->cost == COST_EXPECTED)
		buffer_put_text(b, " --cost expected");
	if (o->holdout > 0) {
		buffer_put_text(b, " --holdout ");
		number_put_double(b, o->holdout);
	}
	if (o->send_times)
		buffer_printf(b, " --send-times %s",
			      o->send_times == SEND_TIMES_ALWAYS ? "always" : "never");
	if (o->split)
		buffer_printf(b, " --split %llu", (unsigned long long)o->split);
	if (o->min_cell)
		buffer_printf(b, " --min-cell %llu", (unsigned long long)o->min_cell);
	buffer_printf(b, "%s%s%s%s", o->consent ? " --consent implied" : "",
		      o->long_form ? " --long" : "", o->allow_special ? " --allow-special" : "",
		      o->decimal_comma ? " --decimal-comma" : "");
}

static enum so1_status check_scoring(const struct export_options *o, struct so1_error *e)
{
	if (o->score_campaign == NULL) {
		if (o->window == 0)
			return SO1_OK;
		error_set(e, SO1_USAGE, "needs --score-campaign");
		return error_at(e, NULL, 0, "--window");
	}
	if (o->offers == NULL && o->history == NULL && o->caps.count == 0 && o->codes == NULL &&
	    o->suppress.count == 0 && o->channel == NULL &&
	    o->columns == NULL && o->holdout == 0 && o->holdout_file == NULL && o->manifest == NULL &&
	    o->as_of == NULL && o->destination == 0 && o->split == 0)
		return SO1_OK;
	error_set(e, SO1_USAGE, "reports on a campaign and exports nothing: goes with --campaign and "
		  "--window only");
	return error_at(e, NULL, 0, "--score-campaign");
}

enum { WINDOW_DEFAULT = 28 };

static enum so1_status score_campaign(const struct export_options *o, struct tool_run *run,
				      struct so1_error *e)
{
	struct response_options options = {
		.history = o->score_campaign, .campaign = o->campaign,
		.window = o->window ? o->window : WINDOW_DEFAULT,
		.tmpdir = run->common.tmpdir, .memory = tool_memory(run, MEMORY_DEFAULT),
	};
	struct reader *r = NULL;
	struct writer *w = NULL;
	enum so1_status status = tool_open_reader(run, &r, e);

	if (status == SO1_OK)
		status = tool_open_writer(run, &w, e);
	if (status == SO1_OK)
		status = response_run(&options, r, w, &run->summary, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	if (status == SO1_OK) {
		tool_summarise(run, r, 0, 0);
		summary_out(&run->summary, "read", reader_rows(r) - rejects_count(run->rejects));
	}
	writer_free(w);
	reader_close(r);
	return status;
}

static enum so1_status export_lists(struct export_options *o, struct tool_run *run,
				    struct so1_error *e)
{
	struct export *x = NULL;
	struct reader *r = NULL;
	struct buffer command = {0};

	o->output = run->common.output;
	o->tsv = run->common.tsv;
	o->seal = run->seal;
	o->threads = (int)run->common.threads;
	o->memory = tool_memory(run, MEMORY_DEFAULT);
	o->tmpdir = run->common.tmpdir;
	o->version = PACKAGE_VERSION;
	o->times = run->times;
	describe(o, &command);
	o->command = buffer_text(&command);
	enum so1_status status = export_open(&x, o, e);
	if (status == SO1_OK)
		status = tool_open_reader(run, &r, e);
	if (status == SO1_OK)
		status = export_run(x, r, e);
	if (status == SO1_OK)
		status = export_commit(x, r, run->rejects, e);
	if (status == SO1_OK) {
		tool_summarise(run, r, export_rows(x), 0);
		export_report(x, &run->summary);
	}
	export_free(x);
	reader_close(r);
	buffer_free(&command);
	timezone_free_all();
	return status;
}

static enum so1_status run(void *options, struct tool_run *run, struct so1_error *e)
{
	struct export_options *o = options;
	enum so1_status status = check_scoring(o, e);

	if (status == SO1_OK)
		status = o->score_campaign ? score_campaign(o, run, e) : export_lists(o, run, e);
	option_list_free(&o->suppress);
	cap_list_free(&o->caps);
	return status;
}

int main(int argc, char **argv)
{
	struct export_options options = {0};
	const struct tool tool = {
		.name = "so1-export",
		.synopsis = "[OPTION]... [FILE]...",
		.purpose = "Writes the offers each customer gets, as a destination imports them.",
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.options = &options,
		.run = run,
	};

	return tool_main(&tool, argc, argv);
}
