/* Match keys: the form in which an advertising network compares an identifier before it is
 * hashed. Each network has its own; one hash for all would match nobody at two of them.
 *
 *  Google  e-mail: lower case; at gmail.com and googlemail.com what follows a '+' and then
 *          the dots of the local part go; blanks inside make it unusable. Phone: '+' and
 *          digits. Names: lower case, trimmed. Country and postcode are never hashed.
 *          (The vendor's reference code for the Data Manager API.)
 *  Meta    e-mail: lower case, nothing else. Phone: digits only, no leading zeros, no '+'.
 *          Names: lower case without punctuation, letters of any script kept; city also
 *          without blanks; postcode without blanks and dashes, US 5 digits, UK to the
 *          sector; country lower case; birth date YYYYMMDD; gender f or m.
 *          (The vendor's page of customer information parameters.)
 *  TikTok  e-mail: lower case without any blanks. Phone: '+' and digits. (Vendor's page.)
 *
 * Every function appends the normal form and returns true, or appends nothing and returns
 * false when the value cannot match anybody: empty, no address, a placeholder for a phone
 * number (all digits the same, a leading 0 where the country code belongs, fewer than 7 or
 * more than 15 digits), a value that is a hash already. */
#ifndef SO1_EXPORT_MATCHKEY_H
#define SO1_EXPORT_MATCHKEY_H

#include "base/buffer.h"
#include "base/sha256.h"

enum match_network { MATCH_GOOGLE, MATCH_META, MATCH_TIKTOK };

bool match_put_email(enum match_network n, struct slice value, struct buffer *out);
bool match_put_phone(enum match_network n, struct slice value, struct buffer *out);
/* First and last names; Google and Meta. */
bool match_put_name(enum match_network n, struct slice value, struct buffer *out);
/* The following are Meta's. `country` in either case, may be empty. */
bool match_put_city(struct slice value, struct buffer *out);
bool match_put_postcode(struct slice value, struct slice country, struct buffer *out);
bool match_put_country(struct slice value, struct buffer *out);
/* 1997-02-16 → 19970216. */
bool match_put_birth_date(struct slice value, struct buffer *out);
/* f and m of the stream; its x is none of Meta's. */
bool match_put_gender(struct slice value, struct buffer *out);

/* Whether a value looks like a hash (32, 64 or 128 hex digits: MD5, SHA-256, SHA-512).
 * Hashed once more it would match nobody, and nothing would say so. */
bool match_is_hashed(struct slice value);

#endif
