/* Two folders change places. */
#ifndef SO1_BASE_EXCHANGE_H
#define SO1_BASE_EXCHANGE_H

#include "base/error.h"

/* What is at `beside` comes to be at `target` and the other way round, in one step
 * (renameat2 RENAME_EXCHANGE): whoever looks sees the one or the other, never neither.
 * Where the file system has no such step, by three renames, between which `target` is
 * missing and `beside~` is what it was. Both must exist, in one file system. */
enum so1_status exchange_paths(const char *beside, const char *target, struct so1_error *e);
/* Brings the folder that `path` is in to the disk, so that a rename outlives a power cut;
 * does nothing where a file system cannot sync a folder. */
void exchange_sync_parent(const char *path);

#endif
