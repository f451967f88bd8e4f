/* A digest of all that decides who is who besides the identities themselves: options, the
 * content of the files they name, the program's version. */
#ifndef SO1_DEDUPE_DIGEST_H
#define SO1_DEDUPE_DIGEST_H

#include "dedupe/match.h"

/* 0 where that is more than can be told: where a model is fitted, all of the input decides; a
 * list of pairs to review shows pairs that decide nothing; a file that is not a regular one
 * cannot be read twice. Otherwise another setting is, most likely, another digest. */
uint64_t digest_settings(const struct key_limits *limits, const struct distrust *distrust,
			 const struct match_options *match, const struct nicknames *nicknames);

#endif
