/* POSIX extended regular expressions with bounds on what they may cost. Private to
 * src/expr. */
#ifndef SO1_EXPR_REGEX_H
#define SO1_EXPR_REGEX_H

#include "base/error.h"

#include <regex.h>

/* Compiles a pattern; the caller calls regfree after SO1_OK only. Refused (SO1_USAGE):
 * what regcomp refuses, NUL bytes, more than 1000 bytes, back references (their matching
 * takes exponential time), and repetitions that cost too much: a compiled form larger than
 * 2000 nodes (nested {n} and + multiply), or what may be empty repeated more than three times
 * by * or + ('a***' does twice), or thirty by {n} ('(a?){5}' does five times), an anchor in
 * it counting three times; glibc's regcomp takes time that doubles with each. */
enum so1_status regex_compile(regex_t *out, struct slice pattern, struct so1_error *e);
/* Whether the pattern matches somewhere in s. Thread-safe. */
bool regex_found(const regex_t *r, struct slice s);

#endif
