/* The touchpoint: the one record of the toolkit. DESIGN section 2. */
#ifndef SO1_STREAM_TOUCHPOINT_H
#define SO1_STREAM_TOUCHPOINT_H

#include "stream/dialect.h"

enum touchpoint_group {
	GROUP_ORIGIN, GROUP_IDENTIFIER, GROUP_PERSON, GROUP_CONSENT, GROUP_EVENT, GROUP_MEANING,
};

enum touchpoint_column {
	T_SOURCE, T_SOURCE_ID,
	T_EMAIL, T_PHONE, T_SOCIAL, T_LOYALTY_ID, T_DEVICE_ID,
	T_FIRST_NAME, T_LAST_NAME, T_BIRTH_DATE, T_GENDER, T_STREET, T_CITY, T_POSTCODE,
	T_COUNTRY, T_LANGUAGE,
	T_OPTIN_EMAIL, T_OPTIN_SMS, T_OPTIN_PHONE, T_OPTIN_POST,
	T_TS, T_EVENT, T_CHANNEL, T_ORDER_ID, T_SKU, T_CATEGORY, T_BRAND, T_QTY, T_AMOUNT,
	T_CURRENCY, T_OFFER_ID,
	T_TAGS, T_ATTRS,
	TOUCHPOINT_COLUMNS
};

struct touchpoint_row {
	const char *name;
	enum touchpoint_group group;
};
extern const struct touchpoint_row touchpoint_table[TOUCHPOINT_COLUMNS];

/* index[c] = the column's place in h, or COLUMN_NONE. */
void touchpoint_find(const struct header *h, size_t index[TOUCHPOINT_COLUMNS]);
/* fields[index], or empty for COLUMN_NONE. */
static inline struct slice field_at(const struct slice *fields, size_t index)
{
	return index == COLUMN_NONE ? slice_make("", 0) : fields[index];
}
/* The column of that name, or TOUCHPOINT_COLUMNS. */
enum touchpoint_column touchpoint_column_of(struct slice name);

/* A golden row has room for one e-mail address and one phone number; the customer's others
 * stand in its attrs as other_email, other_email_2, other_email_3 … and other_phone …, so
 * that who is looked for, or suppressed, by one of them is found. The column that an attrs
 * key of this form holds another value of, or TOUCHPOINT_COLUMNS. */
enum touchpoint_column touchpoint_other_of(struct slice attr);

#endif
