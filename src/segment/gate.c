#include "segment/gate.h"

#include "base/number.h"
#include "stream/cleanup.h"
#include "stream/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_SHOWN = 5 };

enum so1_status gate_check_sizes(const struct segmenter *s, uint64_t least, struct so1_error *e)
{
	const uint64_t *size = s->ledger.size + GROUP_FIRST_SEGMENT;
	struct buffer names = {0};
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++)
		if (size[i] < least && count++ < NAMES_SHOWN)
			buffer_printf(&names, "%s'%.*s' has %" PRIu64, count > 1 ? ", " : "",
				      SLICE_ARGS(s->names[i]), size[i]);
	if (count > NAMES_SHOWN)
		buffer_printf(&names, " and %zu more", count - NAMES_SHOWN);
	if (count > 0) {
		error_set(e, SO1_FAILED, "a segment of fewer than %" PRIu64 " rows: %s", least,
			  buffer_text(&names));
		error_at(e, NULL, 0, "--min-size");
	}
	buffer_free(&names);
	return count > 0 ? SO1_FAILED : SO1_OK;
}

/* "'tv' 120 of 1000 (were 30 of 900)" */
static void put_movement(struct buffer *b, const struct segmenter *s, size_t segment)
{
	const struct comparison *c = s->comparison;
	bool none = segment == SIZE_MAX;
	const struct movement *m = none ? comparison_none(c) : comparison_segment(c, segment);
	const struct movement *all = comparison_all(c);
	struct slice name = none ? SLICE("(none)") : s->names[segment];

	buffer_printf(b, "'%.*s', %" PRIu64 " of %" PRIu64 " (before: %" PRIu64 " of %" PRIu64 ")",
		      SLICE_ARGS(name), m->now, all->now, m->before, all->before);
}

enum so1_status gate_check_drift(const struct segmenter *s, double most, struct so1_error *e)
{
	struct buffer text = {0};
	double index;
	size_t worst;

	if (!comparison_drift(s->comparison, &index, &worst)) {
		bool now = comparison_all(s->comparison)->now > 0;
		error_set(e, SO1_FAILED, "%s, so the drift cannot be told",
			  now ? "the earlier run had no customers" : "there are no customers");
		return error_at(e, NULL, 0, "--max-drift");
	}
	if (index <= most)
		return SO1_OK;
	buffer_put_text(&text, "the population stability index is ");
	number_put_rounded(&text, index, 4);
	buffer_put_text(&text, ", more than ");
	number_put_double(&text, most);
	buffer_put_text(&text, "; most of it from ");
	put_movement(&text, s, worst);
	error_set(e, SO1_FAILED, "%s", buffer_text(&text));
	buffer_free(&text);
	return error_at(e, NULL, 0, "--max-drift");
}

bool held_is_needed(const char *path)
{
	struct stat st;

	if (path == NULL || strcmp(path, "-") == 0)
		return true;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

enum so1_status held_begin(struct held *h, const char *tmpdir, struct so1_error *e)
{
	const char *from_env = getenv("TMPDIR");
	const char *dir = tmpdir ? tmpdir : from_env && *from_env ? from_env : "/tmp";
	struct buffer path = {0};

	buffer_printf(&path, "%s/so1-segment-XXXXXX", dir);
	h->path = xstrdup(buffer_text(&path));
	buffer_free(&path);
	int fd = mkstemp(h->path);
	if (fd < 0) {
		free(h->path);
		h->path = NULL;
		return error_set_errno(e, dir, "cannot write a temporary file");
	}
	close(fd);
	h->cleanup = cleanup_add(h->path);
	return SO1_OK;
}

static enum so1_status copy(int from, const char *name, struct sink *to, struct so1_error *e)
{
	enum { PIECE = 1 << 18 };
	char *bytes = xmalloc(PIECE);
	enum so1_status status = SO1_OK;

	while (status == SO1_OK) {
		ssize_t n = read(from, bytes, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			status = error_set_errno(e, name, "cannot read");
		if (n <= 0)
			break;
		status = sink_write(to, bytes, (size_t)n, e);
	}
	free(bytes);
	return status;
}

enum so1_status held_release(const struct held *h, const char *path, struct so1_error *e)
{
	struct sink to;
	int from = open(h->path, O_RDONLY | O_CLOEXEC);

	if (from < 0)
		return error_set_errno(e, h->path, "cannot read");
	enum so1_status status = sink_open(&to, path, e);
	if (status == SO1_OK)
		status = copy(from, h->path, &to, e);
	if (status == SO1_OK)
		status = sink_commit(&to, e);
	sink_close(&to);
	close(from);
	return status;
}

void held_free(struct held *h)
{
	if (h->path == NULL)
		return;
	unlink(h->path);
	cleanup_remove(h->cleanup);
	free(h->path);
	*h = (struct held){0};
}
