#include "export/room.h"

#include <stdio.h>

static void put_counts(struct manifest *m, const char *key, const char *const *parts,
		       const uint64_t *counts, int n)
{
	for (int i = 0; i < n; i++) {
		char text[24];
		if (parts[i][0] == '\0')
			continue;
		snprintf(text, sizeof text, "%llu", (unsigned long long)counts[i]);
		manifest_put(m, key, slice_of(parts[i]), slice_of(text));
	}
}

/* The offers given that the i-th occasion and others of its name lifted; false when one
 * before it has that name and the two are told together. */
static bool lifted_by(const struct export *x, size_t i, uint64_t *n)
{
	*n = 0;
	for (size_t k = 0; k < x->occasions.count; k++) {
		if (!slice_equal(x->occasions.items[k].name, x->occasions.items[i].name))
			continue;
		if (k < i)
			return false;
		*n += x->lifted[k];
	}
	return true;
}

void export_put_times(const struct export *x, struct manifest *m)
{
	static const char *const fits[SEND_FITS] = {
		[SEND_AT_BEST] = "best", [SEND_OTHER_DAY] = "other_day",
		[SEND_EARLIEST] = "earliest", [SEND_NEVER] = "never",
	};
	uint64_t n;

	if (x->has_send) {
		put_counts(m, "send_at", fits, x->sent_fit, SEND_FITS);
		put_counts(m, "tz_source", send_source_names, x->sent_from, SEND_SOURCES);
	}
	for (size_t i = 0; i < x->occasions.count; i++) {
		char text[24];
		if (!lifted_by(x, i, &n))
			continue;
		snprintf(text, sizeof text, "%llu", (unsigned long long)n);
		manifest_put(m, "lifted", x->occasions.items[i].name, slice_of(text));
	}
}

static void note_lines(struct summary *s, const char *file, const struct buffer *lines,
		       const char *what)
{
	struct slice rest = buffer_slice(lines), line;

	while (slice_split(&rest, '\n', &line))
		if (line.len)
			summary_note(s, "%s:%.*s%s", file, SLICE_ARGS(line), what);
}

static void report_occasions(const struct export *x, struct summary *s)
{
	struct buffer unfit = {0};
	uint64_t n;

	for (size_t i = 0; i < x->occasions.count; i++)
		if (lifted_by(x, i, &n) && n)
			summary_note(s, "%.*s: lifted %llu of the offers given",
				     SLICE_ARGS(x->occasions.items[i].name), (unsigned long long)n);
	note_lines(s, x->occasions.file, &x->nobody_there, ": no customer is in the segment");
	occasions_describe(&x->occasions, &x->catalogue, &unfit);
	note_lines(s, x->occasions.file, &unfit, "");
	for (size_t i = 0; i < x->occasions.ignored.count; i++)
		summary_note(s, "%s: column '%.*s' means nothing here", x->occasions.file,
			     SLICE_ARGS(x->occasions.ignored.names[i]));
	buffer_free(&unfit);
}

static void report_send(const struct export *x, struct summary *s)
{
	if (x->sent_by_default)
		summary_note(s, "without best_hour, sent to at %02d:00: %llu", x->send.hour,
			     (unsigned long long)x->sent_by_default);
	if (x->sent_from[SEND_BY_DEFAULT])
		summary_note(s, "without time zone or country, sent to by UTC (see --timezone): %llu",
			     (unsigned long long)x->sent_from[SEND_BY_DEFAULT]);
	if (x->sent_fit[SEND_NEVER])
		summary_note(s, "no time to send at before their offers end, send_at is empty: %llu",
			     (unsigned long long)x->sent_fit[SEND_NEVER]);
}

void export_report_times(const struct export *x, struct summary *s)
{
	if (x->o.occasions)
		report_occasions(x, s);
	if (x->has_send)
		report_send(x, s);
}
