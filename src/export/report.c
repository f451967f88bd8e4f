#include "export/room.h"

#include "base/datetime.h"
#include "base/number.h"
#include "export/manifest.h"

#include <math.h>
#include <stdlib.h>

static enum so1_status put_input(struct manifest *m, const char *file, struct so1_error *e)
{
	char hex[SHA256_HEX + 1];

	if (sha256_file(file, hex, e) != SO1_OK)
		return e->status;
	manifest_put(m, "input_sha256", slice_of(file), slice_of(hex));
	return SO1_OK;
}

static bool can_happen(const struct export *x, int outcome)
{
	switch (outcome) {
	case OUTCOME_SUPPRESSED: case OUTCOME_HELD_OUT: case OUTCOME_NO_CONSENT:
	case OUTCOME_NO_IDENTIFIER:
		return true;
	case OUTCOME_IN_CAMPAIGN: case OUTCOME_CAPPED:
		return x->o.history != NULL;
	case OUTCOME_HAD_ENOUGH:
		return x->has_offers && x->o.history;
	default:
		return x->has_offers;
	}
}

static void put_rows(const struct export *x, const struct reader *r, const struct rejects *rejects,
		     struct manifest *m)
{
	manifest_put_count(m, "rows_in", reader_rows(r));
	manifest_put_count(m, "rows_out", outlet_rows(x->outlet));
	if (outlet_has_inboxes(x->outlet))
		manifest_put_count(m, "shared_addresses", outlet_shared(x->outlet));
	if (x->o.seed)
		manifest_put_count(m, "seeds", outlet_seeds(x->outlet));
	manifest_put_count(m, outcome_names[OUTCOME_OUT], x->outcomes[OUTCOME_OUT]);
	manifest_put_count(m, outcome_names[OUTCOME_REJECTED], rejects ? rejects_count(rejects) : 0);
	for (int i = OUTCOME_SUPPRESSED; i < OUTCOMES; i++)
		if (can_happen(x, i))
			manifest_put_count(m, outcome_names[i], x->outcomes[i]);
	if (x->o.history)
		manifest_put_count(m, "history_added", x->history.added);
	if (x->o.codes) {
		manifest_put_count(m, "codes_given", x->codes_given);
		manifest_put_count(m, "codes_left", codes_left(&x->codes));
	}
}

static void put_number(struct manifest *m, const char *key, struct slice part, double value,
		       int digits)
{
	struct buffer text = {0};

	number_put_rounded(&text, value, digits);
	manifest_put(m, key, part, buffer_slice(&text));
	buffer_free(&text);
}

/* What could be had at most; without limits that is what was had. */
static double value_bound(const struct export *x)
{
	return x->allocator ? fmax(allocator_bound(x->allocator), x->value) : x->value;
}

/* In percent of the bound; what rounding makes is none. */
static double value_gap(const struct export *x)
{
	double bound = value_bound(x), gap = bound > 0 ? 100 * (bound - x->value) / bound : 0;

	return gap < 1e-9 ? 0 : gap;
}

static void put_bound(const struct export *x, struct manifest *m)
{
	struct slice none = slice_make("", 0);

	put_number(m, "value", none, x->value, 12);
	put_number(m, "dual_bound", none, value_bound(x), 12);
	put_number(m, "gap_percent", none, value_gap(x), 4);
}

static int64_t total_left(const struct export *x)
{
	int64_t left = x->catalogue.total;

	for (size_t i = 0; i < x->catalogue.count; i++)
		left -= x->spent[i];
	return left;
}

/* Of every limit there is, also where it is 0. */
static void put_shadow_prices(const struct export *x, struct manifest *m)
{
	const struct allocator *a = x->allocator;

	for (size_t i = 0; i < x->catalogue.count; i++) {
		const struct offer *o = &x->catalogue.items[i];
		if (o->has_stock)
			put_number(m, "shadow_price.stock", o->offer_id,
				   a ? allocator_stock_price(a, i) : 0, 6);
		if (o->has_budget)
			put_number(m, "shadow_price.budget", o->offer_id,
				   a ? allocator_budget_price(a, i) : 0, 6);
	}
	if (x->catalogue.has_total)
		put_number(m, "shadow_price.budget", slice_make("", 0),
			   a ? allocator_total_price(a) : 0, 6);
}

static void put_offers(const struct export *x, struct manifest *m)
{
	struct buffer text = {0};

	put_bound(x, m);
	for (size_t i = 0; i < x->catalogue.count; i++) {
		const struct offer *o = &x->catalogue.items[i];
		buffer_clear(&text);
		number_put_int(&text, (int64_t)x->given[i]);
		manifest_put(m, "given", o->offer_id, buffer_slice(&text));
		if (o->has_stock) {
			buffer_clear(&text);
			number_put_int(&text, o->stock - (int64_t)x->given[i]);
			manifest_put(m, "stock_left", o->offer_id, buffer_slice(&text));
		}
		if (o->has_budget) {
			buffer_clear(&text);
			decimal_put(&text, o->budget - x->spent[i], 2);
			manifest_put(m, "budget_left", o->offer_id, buffer_slice(&text));
		}
	}
	if (x->catalogue.has_total) {
		buffer_clear(&text);
		decimal_put(&text, total_left(x), 2);
		manifest_put(m, "budget_left", slice_make("", 0), buffer_slice(&text));
	}
	put_shadow_prices(x, m);
	buffer_free(&text);
}

static void put_files(const struct export *x, struct manifest *m)
{
	size_t count;
	const struct outlet_file *files = outlet_files(x->outlet, &count);

	for (size_t i = 0; i < count; i++) {
		char rows[24];
		snprintf(rows, sizeof rows, "%llu", (unsigned long long)files[i].rows);
		manifest_put(m, "rows", slice_of(files[i].name), slice_of(rows));
		manifest_put(m, "sha256", slice_of(files[i].name), slice_of(files[i].sha256));
	}
}

static enum so1_status put_holdout(const struct export *x, struct manifest *m,
				   struct so1_error *e)
{
	char hex[SHA256_HEX + 1];

	if (x->holdout == NULL)
		return SO1_OK;
	char *path = x->o.holdout_file ? NULL : folder_path(x->folder, "holdout.csv");
	const char *file = path ? path : x->o.holdout_file;
	const char *base = strrchr(file, '/');
	if (sha256_file(file, hex, e) == SO1_OK)
		manifest_put(m, "sha256", slice_of(base ? base + 1 : file), slice_of(hex));
	else
		hex[0] = '\0';
	free(path);
	return hex[0] ? SO1_OK : e->status;
}

static enum so1_status put_inputs(const struct export *x, struct manifest *m, struct so1_error *e)
{
	if (x->o.offers && put_input(m, x->o.offers, e) != SO1_OK)
		return e->status;
	if (x->o.rules && put_input(m, x->o.rules, e) != SO1_OK)
		return e->status;
	if (x->o.seed && put_input(m, x->o.seed, e) != SO1_OK)
		return e->status;
	if (x->o.occasions && put_input(m, x->o.occasions, e) != SO1_OK)
		return e->status;
	if (x->o.codes && put_input(m, x->o.codes, e) != SO1_OK)
		return e->status;
	for (size_t i = 0; i < x->o.suppress.count; i++)
		if (put_input(m, x->o.suppress.items[i], e) != SO1_OK)
			return e->status;
	return SO1_OK;
}

static void put_run(const struct export *x, struct manifest *m)
{
	static const char *const forms[] = {"audience", "wide", "long"};
	struct buffer day = {0};

	manifest_put_text(m, "tool", "so1-export");
	manifest_put_text(m, "version", x->o.version);
	manifest_put_text(m, "command", x->o.command);
	if (x->o.campaign)
		manifest_put_text(m, "campaign", x->o.campaign);
	if (x->has_day) {
		date_put(&day, x->day);
		manifest_put(m, "as_of", slice_make("", 0), buffer_slice(&day));
	}
	manifest_put_text(m, "destination", x->destination->name);
	manifest_put_text(m, "form", forms[x->layout.form]);
	manifest_put_text(m, "consent", x->o.consent == CONSENT_STRICT ? "strict" : "implied");
	buffer_free(&day);
}

enum so1_status export_write_manifest(struct export *x, const struct reader *r,
				      const struct rejects *rejects, struct so1_error *e)
{
	struct manifest m = {0};
	char *path = x->folder ? folder_path(x->folder, MANIFEST_NAME) : NULL;

	put_run(x, &m);
	put_rows(x, r, rejects, &m);
	export_put_times(x, &m);
	if (x->has_offers)
		put_offers(x, &m);
	enum so1_status status = put_inputs(x, &m, e);
	put_files(x, &m);
	if (status == SO1_OK)
		status = put_holdout(x, &m, e);
	/* The folder always has its own: the next run knows its files by it. */
	if (status == SO1_OK && path)
		status = manifest_write(&m, path, e);
	if (status == SO1_OK && x->o.manifest)
		status = manifest_write(&m, x->o.manifest, e);
	free(path);
	manifest_free(&m);
	return status;
}

static const char *const outcome_labels[OUTCOMES] = {
	[OUTCOME_SUPPRESSED] = "suppressed",
	[OUTCOME_IN_CAMPAIGN] = "in the campaign before",
	[OUTCOME_HELD_OUT] = "held out",
	[OUTCOME_NOT_LIVE] = "without live offer",
	[OUTCOME_NO_CHANNEL] = "without channel",
	[OUTCOME_NOT_IN_SEGMENT] = "not in segment",
	[OUTCOME_BELOW_MIN_SCORE] = "below min_score",
	[OUTCOME_HAD_ENOUGH] = "had the offers often enough",
	[OUTCOME_NO_CONSENT] = "without consent",
	[OUTCOME_NO_IDENTIFIER] = "without identifier",
	[OUTCOME_CAPPED] = "over the cap",
	[OUTCOME_OUT_OF_STOCK] = "out of stock",
	[OUTCOME_OUT_OF_BUDGET] = "out of budget",
};

/* Nobody gets anything then, and nothing else would say why. */
static bool lacks_optins(const struct export *x)
{
	for (int c = 0; c < CHANNELS; c++)
		if (channel_table[c].consent != TOUCHPOINT_COLUMNS &&
		    x->judge.touchpoint[channel_table[c].consent] != COLUMN_NONE)
			return false;
	return x->o.consent == CONSENT_STRICT;
}

static void report_allocation(const struct export *x, struct summary *s)
{
	uint64_t pairs = allocator_pairs(x->allocator);

	summary_note(s, "what is given is worth %.2f; %.2f is the most possible (gap %.3f %%)",
		     x->value, value_bound(x), value_gap(x));
	if (allocator_spilled(x->allocator))
		summary_note(s, "%llu pairs competed for limited offers, some of them on disk",
			     (unsigned long long)pairs);
	if (allocator_total_price(x->allocator) > 0)
		summary_note(s, "one more unit of money of --budget is worth %.2f",
			     allocator_total_price(x->allocator));
}

static void report_shadow_prices(const struct export *x, size_t i, struct summary *s)
{
	const struct offer *o = &x->catalogue.items[i];
	double stock = x->allocator ? allocator_stock_price(x->allocator, i) : 0;
	double budget = x->allocator ? allocator_budget_price(x->allocator, i) : 0;

	if (stock >= .005)
		summary_note(s, "one more unit of offer %.*s is worth %.2f",
			     SLICE_ARGS(o->offer_id), stock);
	if (budget >= .005)
		summary_note(s, "one more unit of money of the budget of offer %.*s is worth %.2f",
			     SLICE_ARGS(o->offer_id), budget);
}

static void report_offers(const struct export *x, struct summary *s)
{
	struct buffer text = {0};

	scoring_describe(&x->judge.scoring, x->catalogue.count, &text);
	summary_note(s, "ranked by %s", buffer_text(&text));
	if (x->allocator)
		report_allocation(x, s);
	if (x->has_day && x->live < x->catalogue.count) {
		buffer_clear(&text);
		date_put(&text, x->day);
		summary_note(s, "%zu of %zu offers are live on %s", x->live, x->catalogue.count,
			     buffer_text(&text));
	}
	for (size_t i = 0; i < x->catalogue.count; i++) {
		const struct offer *o = &x->catalogue.items[i];
		bool no_stock = o->has_stock && o->stock == (int64_t)x->given[i];
		bool no_budget = o->has_budget && o->cost > 0 && o->budget - x->spent[i] < o->cost;
		if (no_stock || no_budget)
			summary_note(s, "%.*s: all of its %s given, %llu times",
				     SLICE_ARGS(o->offer_id), no_stock ? "stock" : "budget",
				     (unsigned long long)x->given[i]);
		report_shadow_prices(x, i, s);
	}
	struct slice rest = buffer_slice(&x->nobody), line;
	while (slice_split(&rest, '\n', &line))
		if (line.len)
			summary_note(s, "%s:%.*s: no customer is in the segment", x->catalogue.file,
				     SLICE_ARGS(line));
	for (size_t i = 0; i < x->catalogue.ignored.count; i++)
		summary_note(s, "%s: column '%.*s' means nothing here", x->catalogue.file,
			     SLICE_ARGS(x->catalogue.ignored.names[i]));
	buffer_free(&text);
}

static void report_history(const struct export *x, struct summary *s)
{
	if (!x->history.exists)
		summary_note(s, "%s: begun with %llu entries", x->o.history,
			     (unsigned long long)x->history.added);
	if (x->history.sorted_anew)
		summary_note(s, "%s: was not in the order of customer_id and is now", x->o.history);
	if (x->o.campaign == NULL)
		summary_note(s, "without --campaign nobody is left out for having been mailed before, "
			     "but by caps");
	if (x->o.codes == NULL)
		return;
	summary_note(s, "%llu codes given, %llu are left", (unsigned long long)x->codes_given,
		     (unsigned long long)codes_left(&x->codes));
	for (size_t i = 0; i < x->catalogue.count; i++)
		if (x->given[i] && !codes_has_offer(&x->codes, i))
			summary_note(s, "%.*s: no codes in %s, so the catalogue's",
				     SLICE_ARGS(x->catalogue.items[i].offer_id), x->o.codes);
}

/* What the destination met and could not carry. */
static void report_destination(const struct export *x, struct summary *s)
{
	const struct destination_counts *n = outlet_counts(x->outlet);
	const char *name = x->destination->name;
	const struct {
		uint64_t count;
		const char *what, *end;
	} rows[] = {
		{n->too_long, "cells are longer than", " keeps"},
		{n->left_out, "list items left out that", " refuses"},
		{n->refused, "addresses have letters left of the @ that", " refuses"},
		{n->numbers, "numbers are below 0 or have more than two decimals: text to", ""},
		{n->characters, "emoji left out that would halt an import to", ""},
		{n->unmatched, "values left out that match nobody at", ""},
		{n->no_country, "rows lack the country, which helps", " to match"},
		{n->hashed, "values left out that are hashes already: give them in the clear to", ""},
	};

	if (n->formulas)
		summary_note(s, "%llu texts start like a formula (= + - @, TAB, CR): %s",
			     (unsigned long long)n->formulas,
			     strcmp(name, "excel") == 0 ? "written with a ' in front"
							: "written without that");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].count)
			summary_note(s, "%llu %s %s%s", (unsigned long long)rows[i].count,
				     rows[i].what, name, rows[i].end);
	uint64_t shared = outlet_shared(x->outlet);
	if (shared && x->destination->is_by_address)
		summary_note(s, "%llu customers have the e-mail address of another in the list: %s has one "
			     "contact for both, with what the last of them gets",
			     (unsigned long long)shared, name);
	else if (shared)
		summary_note(s, "%llu customers have the e-mail address of another in the list: one "
			     "inbox gets the messages of both", (unsigned long long)shared);
	size_t count;
	const struct outlet_file *files = outlet_files(x->outlet, &count);
	for (size_t i = 0; i < count; i++)
		if (files[i].rows < x->destination->min_rows)
			summary_note(s, "%s: %llu rows; %s wants at least %llu",
				     strcmp(files[i].name, "-") == 0 ? "the list" : files[i].name,
				     (unsigned long long)files[i].rows, name,
				     (unsigned long long)x->destination->min_rows);
	if (outlet_seeds(x->outlet))
		summary_note(s, "%llu rows for seed addresses behind the customers', not counted",
			     (unsigned long long)outlet_seeds(x->outlet));
	if (x->has_offers && x->destination->drops_offers)
		summary_note(s, "%s carries no offers: they only decide who is in the list", name);
}

void export_report(const struct export *x, struct summary *s)
{
	uint64_t rows = outlet_rows(x->outlet);

	if (rows > x->outcomes[OUTCOME_OUT])
		summary_in(s, "further offers", rows - x->outcomes[OUTCOME_OUT]);
	for (int i = OUTCOME_SUPPRESSED; i < OUTCOMES; i++)
		if (x->outcomes[i])
			summary_out(s, outcome_labels[i], x->outcomes[i]);
	if (x->o.holdout > 0 && x->o.campaign == NULL)
		summary_note(s, "held out without --campaign: the same customers every time");
	if (x->has_offers)
		report_offers(x, s);
	export_report_times(x, s);
	if (x->o.history)
		report_history(x, s);
	if (!x->has_offers && x->audience.count == 0)
		summary_note(s, x->destination->refused
			     ? "opt-ins not asked for, opt-outs left out: no --channel"
			     : "consent not asked for: no --channel");
	if ((x->has_offers || x->audience.count) && lacks_optins(x))
		summary_note(s, "the stream has no opt-in columns: nobody permits a message "
			     "(see --consent)");
	if (x->suppress.national)
		summary_note(s, "%llu phone numbers to suppress lack a country code and match nobody",
			     (unsigned long long)x->suppress.national);
	report_destination(x, s);
	if (outlet_is_too_large(x->outlet))
		summary_note(s, "the list is larger than one file %s takes: use -o FOLDER/",
			     x->destination->name);
}
