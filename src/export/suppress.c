#include "export/suppress.h"

#include "base/memory.h"
#include "stream/cells.h"
#include "stream/reader.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { EMAIL, PHONE, LOYALTY_ID, SOCIAL, DEVICE_ID, CUSTOMER_ID };

static const char *const identifiers[SUPPRESS_IDENTIFIERS] = {
	"email", "phone", "loyalty_id", "social", "device_id", "customer_id",
};

/* What other programs call them, in small letters and digits only. */
static const struct {
	const char *name;
	int identifier;
} aliases[] = {
	{"email", EMAIL}, {"emailaddress", EMAIL}, {"emailadresse", EMAIL}, {"mail", EMAIL},
	{"phone", PHONE}, {"phonenumber", PHONE}, {"mobile", PHONE}, {"mobilephone", PHONE},
	{"telephone", PHONE}, {"telefon", PHONE}, {"handy", PHONE}, {"sms", PHONE},
	{"loyaltyid", LOYALTY_ID}, {"social", SOCIAL}, {"handle", SOCIAL},
	{"deviceid", DEVICE_ID}, {"customerid", CUSTOMER_ID},
};

enum { VALUE_LONGEST = 1024 }; /* longer identifiers are compared as they stand */

static struct suppress_key key_of(struct slice s)
{
	XXH128_hash_t h = XXH3_128bits(s.ptr, s.len);

	return (struct suppress_key){h.high64, h.low64};
}

static struct suppress_key key_of_digest(const unsigned char bytes[SHA256_BYTES])
{
	struct suppress_key k;

	/* Half of a SHA-256 tells people apart as well as the whole. */
	memcpy(&k.high, bytes, sizeof k.high);
	memcpy(&k.low, bytes + sizeof k.high, sizeof k.low);
	return k;
}

static int compare_keys(const void *a, const void *b)
{
	const struct suppress_key *x = a, *y = b;

	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return (x->low > y->low) - (x->low < y->low);
}

/* Lower case for e-mail addresses and social handles; `room` holds VALUE_LONGEST bytes. */
static struct slice normal_form(struct slice s, char *room)
{
	s = slice_trim(s);
	if (s.len > VALUE_LONGEST ||
	    (slice_find_byte(s, '@') == s.len && slice_find_byte(s, ':') == s.len))
		return s;
	for (size_t i = 0; i < s.len; i++)
		room[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] + 32) : s.ptr[i];
	return slice_make(room, s.len);
}

/* "+49 (171) 12-34" or "0049…" as + and digits; the empty slice for anything else. */
static struct slice phone_form(struct slice s, char *room)
{
	size_t n = 1, digits = 0;

	if (s.len == 0 || s.len > 40)
		return slice_make("", 0);
	if (s.ptr[0] == '+')
		s = slice_make(s.ptr + 1, s.len - 1);
	else if (s.len > 2 && s.ptr[0] == '0' && s.ptr[1] == '0')
		s = slice_make(s.ptr + 2, s.len - 2);
	else
		return slice_make("", 0);
	room[0] = '+';
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9') {
			room[n++] = s.ptr[i];
			digits++;
		} else if (strchr(" ()-./", s.ptr[i]) == NULL || s.ptr[i] == '\0') {
			return slice_make("", 0);
		}
	}
	return digits >= 6 ? slice_make(room, n) : slice_make("", 0);
}

/* "@joe" of "twitter:joe": how people write a handle whose network goes without saying. The
 * value is already in normal form, `room` holds VALUE_LONGEST bytes and may be the value's. */
static struct slice handle_form(struct slice s, char *room)
{
	size_t colon = slice_find_byte(s, ':');

	if (colon + 1 >= s.len || s.len > VALUE_LONGEST)
		return slice_make("", 0);
	memmove(room + 1, s.ptr + colon + 1, s.len - colon - 1);
	room[0] = '@';
	return slice_make(room, s.len - colon);
}

static void add_plain(struct suppress *s, struct slice value)
{
	GROW(s->plain, s->plain_cap, s->plain_count + 1);
	s->plain[s->plain_count++] = key_of(value);
}

static void add_value(struct suppress *s, struct slice value, bool is_phone)
{
	char room[VALUE_LONGEST], phone_room[48];
	unsigned char bytes[SHA256_BYTES];
	struct slice normal = normal_form(value, room);

	if (normal.len == 0)
		return;
	s->values++;
	if (sha256_parse(normal, bytes)) {
		GROW(s->hashed, s->hashed_cap, s->hashed_count + 1);
		s->hashed[s->hashed_count++] = key_of_digest(bytes);
		return;
	}
	add_plain(s, normal);
	struct slice phone = phone_form(normal, phone_room);
	if (phone.len && !slice_equal(phone, normal))
		add_plain(s, phone);
	s->national += is_phone && phone.len == 0;
}

/* Which identifier a column holds by its name ("E-Mail", "phone_sha256"), or -1. */
static int find_identifier(struct slice name)
{
	char plain[32];
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < sizeof plain; i++) {
		char c = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (char)(name.ptr[i] + 32)
								  : name.ptr[i];
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			plain[n++] = c;
	}
	if (n > 6 && memcmp(plain + n - 6, "sha256", 6) == 0)
		n -= 6;
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (slice_equal(slice_make(plain, n), slice_of(aliases[i].name)))
			return aliases[i].identifier;
	return -1;
}

/* Which columns of the file hold identifiers; a file of one column without such a name
 * has no header: its first line is a value. */
static enum so1_status read_columns(struct suppress *s, const struct header *h, const char *file,
				    bool *wanted, struct so1_error *e)
{
	size_t found = 0;

	for (size_t i = 0; i < h->count; i++) {
		wanted[i] = find_identifier(h->names[i]) >= 0;
		found += wanted[i];
	}
	if (found > 0)
		return SO1_OK;
	if (h->count == 1) {
		wanted[0] = true;
		add_value(s, h->names[0], false);
		return SO1_OK;
	}
	error_set(e, SO1_USAGE,
		  "no column email, phone, loyalty_id, social, device_id or customer_id");
	return error_at(e, file, 1, NULL);
}

/* In a column we do not know: an e-mail address and nothing else. */
static bool is_address(struct slice s)
{
	s = slice_trim(s);
	size_t at = slice_find_byte(s, '@');
	return at > 0 && at + 1 < s.len && slice_find_byte(s, ' ') == s.len;
}

enum so1_status suppress_read(struct suppress *s, const char *file, struct so1_error *e)
{
	struct reader_options options = {.allow_empty = true, .threads = 1};
	struct reader *r = NULL;
	struct record rec;
	bool more = false, *wanted = NULL;
	uint64_t before = s->values;
	enum so1_status status = reader_open(&r, &file, 1, &options, e);

	if (status != SO1_OK)
		goto out;
	const struct header *h = reader_header(r);
	wanted = xcalloc(h->count, sizeof *wanted);
	if (h->count)
		status = read_columns(s, h, file, wanted, e);
	while (status == SO1_OK && h->count) {
		status = reader_next(r, &rec, &more, e);
		if (status != SO1_OK || !more)
			break;
		for (size_t i = 0; i < h->count; i++)
			if (wanted[i] || is_address(rec.fields[i]))
				add_value(s, rec.fields[i],
					  find_identifier(h->names[i]) == PHONE);
	}
	if (status == SO1_OK && s->values == before) {
		status = error_set(e, SO1_FAILED, "nobody on the suppression list: "
				   "an empty file looks like a failed export");
		error_at(e, file, 0, NULL);
	}
out:
	free(wanted);
	reader_close(r);
	return status;
}

void suppress_finish(struct suppress *s)
{
	if (s->plain_count)
		qsort(s->plain, s->plain_count, sizeof *s->plain, compare_keys);
	if (s->hashed_count)
		qsort(s->hashed, s->hashed_count, sizeof *s->hashed, compare_keys);
}

void suppress_columns(const struct header *h, size_t index[SUPPRESS_COLUMNS])
{
	for (int i = 0; i < SUPPRESS_IDENTIFIERS; i++)
		index[i] = header_find(h, slice_of(identifiers[i]));
	index[SUPPRESS_ATTRS] = header_find(h, SLICE("attrs"));
}

static bool contains(const struct suppress_key *keys, size_t n, struct suppress_key k)
{
	return n && bsearch(&k, keys, n, sizeof *keys, compare_keys) != NULL;
}

static bool contains_digest(const struct suppress *s, struct slice value, struct sha256 *d)
{
	unsigned char bytes[SHA256_BYTES];

	sha256_one(d, value, bytes);
	return contains(s->hashed, s->hashed_count, key_of_digest(bytes));
}

static bool has_value(const struct suppress *s, struct slice field, int identifier,
		      struct sha256 *d)
{
	char room[VALUE_LONGEST], phone_room[48];
	struct slice value = normal_form(field, room);

	if (value.len == 0)
		return false;
	struct slice phone = identifier == PHONE ? phone_form(value, phone_room)
						 : slice_make("", 0);
	if (contains(s->plain, s->plain_count, key_of(value)) ||
	    (phone.len && contains(s->plain, s->plain_count, key_of(phone))))
		return true;
	if (s->hashed_count && contains_digest(s, value, d))
		return true;
	if (s->hashed_count && phone.len &&
	    (contains_digest(s, phone, d) ||
	     contains_digest(s, slice_make(phone.ptr + 1, phone.len - 1), d)))
		return true;
	if (identifier != SOCIAL || s->plain_count == 0)
		return false;
	struct slice handle = handle_form(value, room);
	return handle.len && contains(s->plain, s->plain_count, key_of(handle));
}

/* The customer's other addresses and numbers. */
static bool has_other(const struct suppress *s, struct slice attrs, struct sha256 *d)
{
	struct slice rest = attrs, key, value;
	struct arena text = {0};
	bool has = false;

	while (!has && cell_next(&rest, &key, &value, &text)) {
		enum touchpoint_column c = touchpoint_other_of(key);
		has = c != TOUCHPOINT_COLUMNS && has_value(s, value, c == T_PHONE ? PHONE : EMAIL, d);
	}
	arena_free(&text);
	return has;
}

bool suppress_has(const struct suppress *s, const size_t index[SUPPRESS_COLUMNS],
		  const struct slice *fields, struct sha256 *d)
{
	if (s->plain_count + s->hashed_count == 0)
		return false;
	for (int i = 0; i < SUPPRESS_IDENTIFIERS; i++)
		if (has_value(s, field_at(fields, index[i]), i, d))
			return true;
	return has_other(s, field_at(fields, index[SUPPRESS_ATTRS]), d);
}

void suppress_free(struct suppress *s)
{
	free(s->plain);
	free(s->hashed);
	*s = (struct suppress){0};
}
