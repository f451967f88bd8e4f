#include "stream/pipeline.h"

void pipeline_put_field(struct pipeline_output *out, struct slice field, char delimiter)
{
	if (out->fields++ > 0)
		buffer_put_byte(&out->bytes, delimiter);
	csv_put_field(&out->bytes, field, delimiter);
}

void pipeline_put_record(struct pipeline_output *out, const struct record *rec, char delimiter)
{
	if (rec->raw_is_canonical && rec->delimiter == delimiter) {
		if (out->fields > 0)
			buffer_put_byte(&out->bytes, delimiter);
		buffer_put_slice(&out->bytes, rec->raw);
		out->fields += rec->count;
		return;
	}
	for (size_t i = 0; i < rec->count; i++)
		pipeline_put_field(out, rec->fields[i], delimiter);
}

void pipeline_end_record(struct pipeline_output *out)
{
	/* A line without a byte would be a blank line, not a record. */
	if (out->fields == 1 && out->bytes.len == out->start)
		buffer_put(&out->bytes, "\"\"", 2);
	buffer_put_byte(&out->bytes, '\n');
	out->rows++;
	out->start = out->bytes.len;
	out->fields = 0;
}
