/* Suppression lists: who gets nothing, whatever else speaks for it.
 *
 * A file is CSV with any of the columns customer_id, email, phone, loyalty_id, social,
 * device_id in its header ("E-Mail", "Phone Number", email_sha256 … too; of other columns only what is
 * an e-mail address counts), or a plain list, one value a line. A value is an identifier
 * in the clear or its SHA-256 in hex, either case. It matches any identifier of the row
 * (customer_id … device_id, and other_email, other_phone … in its
 * attrs), whatever column it stood in: to suppress one too many is the smaller harm.
 *
 * Compared are normal forms: blanks around it trimmed; what holds an '@' or ':' in lower case;
 * a handle without its network ("@joe") stands for that of any network;
 * what looks like an international phone number ("+49 171 1234", "0049-171-1234") also
 * as + and digits. Hashes are those of the normal form; a phone's also without its '+'
 * (advertising networks disagree). */
#ifndef SO1_EXPORT_SUPPRESS_H
#define SO1_EXPORT_SUPPRESS_H

#include "base/error.h"
#include "base/sha256.h"
#include "stream/touchpoint.h"

struct suppress_key {
	uint64_t high, low;
};

/* The identifiers that are matched, each in a column of its own, and attrs, which has the
 * e-mail addresses and phone numbers that the golden row has no room for. */
enum { SUPPRESS_IDENTIFIERS = 6, SUPPRESS_ATTRS = SUPPRESS_IDENTIFIERS, SUPPRESS_COLUMNS };

struct suppress {
	struct suppress_key *plain, *hashed; /* sorted after suppress_finish, 16 bytes each */
	size_t plain_count, plain_cap, hashed_count, hashed_cap;
	uint64_t values;   /* read from all files */
	uint64_t national; /* phone numbers without a country code: they cannot match */
};

/* Zero-initialise. Adds one file. SO1_FAILED when it is missing, unreadable, empty or
 * holds no value; SO1_USAGE when its header names several columns and none of ours. */
enum so1_status suppress_read(struct suppress *s, const char *file, struct so1_error *e);
/* Sorts; after it suppress_has may be called from several threads. */
void suppress_finish(struct suppress *s);

/* Where a stream has its identifiers: indexes, COLUMN_NONE for what is missing. */
void suppress_columns(const struct header *h, size_t index[SUPPRESS_COLUMNS]);
/* Whether any identifier of the row is on a list. `d` is the caller's own digest. */
bool suppress_has(const struct suppress *s, const size_t index[SUPPRESS_COLUMNS],
		  const struct slice *fields, struct sha256 *d);
void suppress_free(struct suppress *s);

#endif
