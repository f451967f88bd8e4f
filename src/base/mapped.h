/* Files in memory, to be read. */
#ifndef SO1_BASE_MAPPED_H
#define SO1_BASE_MAPPED_H

#include <stddef.h>

/* The whole file, *len bytes, until unmap_file; NULL where it is none that can be mapped: absent,
 * empty, not a regular file. */
const char *map_file(const char *path, size_t *len);
/* Also of NULL. */
void unmap_file(const char *bytes, size_t len);

#endif
