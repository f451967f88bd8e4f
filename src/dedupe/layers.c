#include "dedupe/layers.h"

#include "stream/touchpoint.h"

static const struct {
	const char *name;
	int field;
} table[LAYER_COUNT] = {
	[LAYER_SOURCE_ID] = {"source_id", T_SOURCE_ID},
	[LAYER_LOYALTY_ID] = {"loyalty_id", T_LOYALTY_ID},
	[LAYER_EMAIL] = {"email", T_EMAIL},
	[LAYER_PHONE] = {"phone", T_PHONE},
	[LAYER_SOCIAL] = {"social", T_SOCIAL},
	[LAYER_DEVICE] = {"device", T_DEVICE_ID},
	[LAYER_MODEL] = {"probability", -1},
	[LAYER_SELF] = {"self", -1},
};

const char *layer_name(enum layer layer)
{
	return table[layer].name;
}

int layer_field(enum layer layer)
{
	return table[layer].field;
}

enum layer layer_of_name(const char *name, unsigned long length)
{
	for (int l = 0; l <= LAYER_DEVICE; l++)
		if (slice_is(slice_make(name, length), table[l].name))
			return (enum layer)l;
	return slice_is(slice_make(name, length), "device_id") ? LAYER_DEVICE : LAYER_COUNT;
}
