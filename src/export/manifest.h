/* manifest.csv: key,value, what an export was made of and what came of it. */
#ifndef SO1_EXPORT_MANIFEST_H
#define SO1_EXPORT_MANIFEST_H

#include "base/buffer.h"
#include "base/error.h"

struct manifest {
	struct buffer text; /* the rows so far, CSV */
};

/* Zero-initialise. `part` (may be NULL) is put behind the key: "given" "." "O7". */
void manifest_put(struct manifest *m, const char *key, struct slice part, struct slice value);
void manifest_put_text(struct manifest *m, const char *key, const char *value);
void manifest_put_count(struct manifest *m, const char *key, uint64_t n);
/* Writes header and rows to `path`, whole or not at all. */
enum so1_status manifest_write(const struct manifest *m, const char *path, struct so1_error *e);
void manifest_free(struct manifest *m);

#endif
