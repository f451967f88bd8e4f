/* Files to remove when a signal ends the process: what a writer keeps beside its
 * target until it is complete. */
#ifndef SO1_STREAM_CLEANUP_H
#define SO1_STREAM_CLEANUP_H

/* Remembers a path; returns its place, -1 when there is no room (the file then stays
 * behind after a signal, nothing worse). */
int cleanup_add(const char *path);
/* Forgets it again. */
void cleanup_remove(int place);
/* From now on SIGINT, SIGTERM and SIGHUP remove the files before they end the process
 * (those that are not ignored). For main functions. */
void cleanup_on_signals(void);

#endif
