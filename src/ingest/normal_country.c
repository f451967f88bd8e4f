#include "ingest/normal_country.h"

#include "ingest/text.h"

const struct country *country_find(struct slice alpha2)
{
	size_t low = 0, high = country_count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = slice_compare(alpha2, slice_make(country_table[mid].alpha2, 2));
		if (order == 0)
			return &country_table[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static const char *find_name(struct slice key)
{
	size_t low = 0, high = country_name_count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = slice_compare(key, slice_of(country_names[mid].key));
		if (order == 0)
			return country_names[mid].alpha2;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

enum verdict normal_country(struct slice s, struct arena *a, struct slice *out)
{
	if (s.len == 2 && byte_is_alpha(s.ptr[0]) && byte_is_alpha(s.ptr[1])) {
		const struct country *c = country_find(text_ascii_upper(s, a));
		if (c != NULL) {
			*out = slice_make(c->alpha2, 2);
			return VERDICT_OK;
		}
	}
	const char *code = find_name(text_key(s, a));
	if (code == NULL)
		return VERDICT_NOT_RECOGNISED;
	*out = slice_make(code, 2);
	return VERDICT_OK;
}
