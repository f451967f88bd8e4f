/* POSIX extended regular expressions with bounds on what they may cost. Private to
 * src/expr. */
#ifndef SO1_EXPR_REGEX_H
#define SO1_EXPR_REGEX_H

#include "base/error.h"

#include <regex.h>

/* Compiles a pattern; the caller calls regfree after SO1_OK only. Refused (SO1_USAGE):
 * what regcomp refuses, NUL bytes, more than 1000 bytes, repetitions that make the compiled
 * form larger than 5000 nodes (nested {n} and + multiply) or nest more than ten deep ('a***'
 * nests three), and back references (their matching takes exponential time). */
enum so1_status regex_compile(regex_t *out, struct slice pattern, struct so1_error *e);
/* Whether the pattern matches somewhere in s. Thread-safe. */
bool regex_found(const regex_t *r, struct slice s);

#endif
