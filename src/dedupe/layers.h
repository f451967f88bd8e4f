/* The ways in which two identity tuples come to belong together, strongest first. */
#ifndef SO1_DEDUPE_LAYERS_H
#define SO1_DEDUPE_LAYERS_H

enum layer {
	LAYER_SOURCE_ID, /* equal source and source_id */
	LAYER_LOYALTY_ID,
	LAYER_EMAIL,
	LAYER_PHONE,
	LAYER_SOCIAL,
	LAYER_KEYS,              /* how many layers are keys */
	LAYER_DEVICE = LAYER_KEYS,
	LAYER_MODEL,             /* probable enough */
	LAYER_SELF,              /* linked to nothing */
	LAYER_COUNT
};

/* The name in --links, --limit and --explain. */
const char *layer_name(enum layer layer);
/* The tuple's field (enum touchpoint_column) that a key or the device layer compares. */
int layer_field(enum layer layer);
/* The layer of that name among the keys and device, or LAYER_COUNT. */
enum layer layer_of_name(const char *name, unsigned long length);

#endif
