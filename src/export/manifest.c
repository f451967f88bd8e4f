#include "export/manifest.h"

#include "stream/writer.h"

#include <stdio.h>

void manifest_put(struct manifest *m, const char *key, struct slice part, struct slice value)
{
	struct buffer name = {0};

	buffer_put_text(&name, key);
	if (part.len) {
		buffer_put_byte(&name, '.');
		buffer_put_slice(&name, part);
	}
	csv_put_field(&m->text, buffer_slice(&name), ',');
	buffer_put_byte(&m->text, ',');
	csv_put_field(&m->text, value, ',');
	buffer_put_byte(&m->text, '\n');
	buffer_free(&name);
}

void manifest_put_text(struct manifest *m, const char *key, const char *value)
{
	manifest_put(m, key, slice_make("", 0), slice_of(value));
}

void manifest_put_count(struct manifest *m, const char *key, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	manifest_put_text(m, key, text);
}

enum so1_status manifest_write(const struct manifest *m, const char *path, struct so1_error *e)
{
	struct writer_options options = {.path = path, .raw = true};
	struct writer *w = NULL;
	enum so1_status status = writer_open(&w, &options, e);

	if (status == SO1_OK)
		status = writer_put_bytes(w, SLICE("key,value\n"), 0, e);
	if (status == SO1_OK)
		status = writer_put_bytes(w, buffer_slice(&m->text), 0, e);
	if (status == SO1_OK)
		status = writer_commit(w, e);
	writer_free(w);
	return status;
}

void manifest_free(struct manifest *m)
{
	buffer_free(&m->text);
}
