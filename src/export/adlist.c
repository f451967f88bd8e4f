#include "export/adlist.h"

void adlist_hash(const struct destination_row *row, struct slice cell, bool usable,
		 struct buffer *key)
{
	char hex[SHA256_HEX + 1];

	if (!usable) {
		if (match_is_hashed(cell))
			row->counts->hashed++;
		else
			row->counts->unmatched += cell.len > 0;
		return;
	}
	sha256_add(row->digest, buffer_slice(key));
	sha256_take_hex(row->digest, hex);
	buffer_clear(key);
	buffer_put(key, hex, SHA256_HEX);
}

bool adlist_can_match(enum match_network n, const struct slice *fields,
		      const size_t index[TOUCHPOINT_COLUMNS])
{
	struct buffer key = {0};
	bool can = match_put_email(n, field_at(fields, index[T_EMAIL]), &key) ||
		   match_put_phone(n, field_at(fields, index[T_PHONE]), &key);

	buffer_free(&key);
	return can;
}
