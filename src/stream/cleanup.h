/* Files to remove when a signal ends the process: what a writer keeps beside its
 * target until it is complete. */
#ifndef SO1_STREAM_CLEANUP_H
#define SO1_STREAM_CLEANUP_H

#include <stdbool.h>

/* Remembers a path; returns its place, -1 when there is no room (the file then stays
 * behind after a signal, nothing worse). */
int cleanup_add(const char *path);
/* Forgets it again. */
void cleanup_remove(int place);
/* Whether a file beside `target` (its name, ".so1-" and more) is remembered: the target is
 * already being written by this process. */
bool cleanup_has_beside(const char *target);
/* From now on SIGINT, SIGTERM and SIGHUP remove the files before they end the process
 * (those that are not ignored). For main functions. */
void cleanup_on_signals(void);

#endif
