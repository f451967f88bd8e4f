/* A folder that appears whole or not at all.
 *
 * Everything is written into a new folder beside the target, which then takes the
 * target's place in one step (renameat2 RENAME_EXCHANGE; where the file system has no
 * such thing, by two renames). A folder that is there already is replaced as a whole, so
 * that the files of two runs never mix; because that deletes what it holds, it must be
 * empty or hold nothing but manifest.csv and the files which that manifest lists. What a
 * run that was killed left beside the target (TARGET.so1-XXXXXX) the next run removes; a
 * lock tells it from the folder of a run at work. */
#ifndef SO1_EXPORT_FOLDER_H
#define SO1_EXPORT_FOLDER_H

#include "base/error.h"

struct folder;

/* Whether -o means a folder: it ends in '/' or is one. */
bool folder_is_named(const char *path);
/* Makes the folder beside the target. SO1_FAILED when it cannot, or when the target holds
 * a file so1-export did not write, or is the working directory or its parent. */
enum so1_status folder_begin(struct folder **out, const char *target, struct so1_error *e);
/* The path of a file in the new folder; the caller frees it. */
char *folder_path(const struct folder *f, const char *name);
/* Renames within the new folder. */
enum so1_status folder_rename(const struct folder *f, const char *from, const char *to,
			      struct so1_error *e);
/* Syncs the folder and puts it in place; removes what it replaces. */
enum so1_status folder_commit(struct folder *f, struct so1_error *e);
/* Without a commit before it: removes the new folder. */
void folder_free(struct folder *f);

/* The rows of a manifest that name the files of an export: "sha256.NAME". */
#define MANIFEST_NAME "manifest.csv"
#define MANIFEST_DIGEST "sha256."

#endif
