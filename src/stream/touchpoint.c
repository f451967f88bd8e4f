#include "stream/touchpoint.h"

const struct touchpoint_row touchpoint_table[TOUCHPOINT_COLUMNS] = {
	[T_SOURCE] = {"source", GROUP_ORIGIN},
	[T_SOURCE_ID] = {"source_id", GROUP_ORIGIN},
	[T_EMAIL] = {"email", GROUP_IDENTIFIER},
	[T_PHONE] = {"phone", GROUP_IDENTIFIER},
	[T_SOCIAL] = {"social", GROUP_IDENTIFIER},
	[T_LOYALTY_ID] = {"loyalty_id", GROUP_IDENTIFIER},
	[T_DEVICE_ID] = {"device_id", GROUP_IDENTIFIER},
	[T_FIRST_NAME] = {"first_name", GROUP_PERSON},
	[T_LAST_NAME] = {"last_name", GROUP_PERSON},
	[T_BIRTH_DATE] = {"birth_date", GROUP_PERSON},
	[T_GENDER] = {"gender", GROUP_PERSON},
	[T_STREET] = {"street", GROUP_PERSON},
	[T_CITY] = {"city", GROUP_PERSON},
	[T_POSTCODE] = {"postcode", GROUP_PERSON},
	[T_COUNTRY] = {"country", GROUP_PERSON},
	[T_LANGUAGE] = {"language", GROUP_PERSON},
	[T_OPTIN_EMAIL] = {"optin_email", GROUP_CONSENT},
	[T_OPTIN_SMS] = {"optin_sms", GROUP_CONSENT},
	[T_OPTIN_PHONE] = {"optin_phone", GROUP_CONSENT},
	[T_OPTIN_POST] = {"optin_post", GROUP_CONSENT},
	[T_TS] = {"ts", GROUP_EVENT},
	[T_EVENT] = {"event", GROUP_EVENT},
	[T_CHANNEL] = {"channel", GROUP_EVENT},
	[T_ORDER_ID] = {"order_id", GROUP_EVENT},
	[T_SKU] = {"sku", GROUP_EVENT},
	[T_CATEGORY] = {"category", GROUP_EVENT},
	[T_BRAND] = {"brand", GROUP_EVENT},
	[T_QTY] = {"qty", GROUP_EVENT},
	[T_AMOUNT] = {"amount", GROUP_EVENT},
	[T_CURRENCY] = {"currency", GROUP_EVENT},
	[T_OFFER_ID] = {"offer_id", GROUP_EVENT},
	[T_TAGS] = {"tags", GROUP_MEANING},
	[T_ATTRS] = {"attrs", GROUP_MEANING},
};

enum touchpoint_column touchpoint_column_of(struct slice name)
{
	for (int c = 0; c < TOUCHPOINT_COLUMNS; c++)
		if (slice_is(name, touchpoint_table[c].name))
			return (enum touchpoint_column)c;
	return TOUCHPOINT_COLUMNS;
}

enum touchpoint_column touchpoint_other_of(struct slice attr)
{
	static const enum touchpoint_column columns[] = {T_EMAIL, T_PHONE};
	struct slice prefix = SLICE("other_");

	if (!slice_starts_with(attr, prefix))
		return TOUCHPOINT_COLUMNS;
	attr = slice_make(attr.ptr + prefix.len, attr.len - prefix.len);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		struct slice name = slice_of(touchpoint_table[columns[i]].name);
		if (!slice_starts_with(attr, name))
			continue;
		size_t at = name.len;
		if (at < attr.len && attr.ptr[at++] != '_')
			continue;
		while (at < attr.len && attr.ptr[at] >= '0' && attr.ptr[at] <= '9')
			at++;
		if (at == attr.len && attr.ptr[at - 1] != '_')
			return columns[i];
	}
	return TOUCHPOINT_COLUMNS;
}

void touchpoint_find(const struct header *h, size_t index[TOUCHPOINT_COLUMNS])
{
	for (int c = 0; c < TOUCHPOINT_COLUMNS; c++)
		index[c] = header_find(h, slice_of(touchpoint_table[c].name));
}
