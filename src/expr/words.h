/* Text functions in characters, not bytes. What is no valid UTF-8 is taken byte by byte.
 * Private to src/expr. */
#ifndef SO1_EXPR_WORDS_H
#define SO1_EXPR_WORDS_H

#include "base/memory.h"

/* Simple case mapping, character by character (a capital sharp s is left alone). The
 * result is s itself or in the arena. */
struct slice words_lower(struct slice s, struct arena *a);
struct slice words_upper(struct slice s, struct arena *a);
size_t words_length(struct slice s);
/* `length` characters from the start-th (from 1) on; cut to what there is. */
struct slice words_substr(struct slice s, int64_t start, int64_t length);

enum answer { ANSWER_NONE, ANSWER_NO, ANSWER_YES };
/* ja, yes, true, x, 1, y, j, on, oui, si, sí; nein, no, false, 0, n, off, non; case
 * free and trimmed. */
enum answer words_answer(struct slice s);

#endif
