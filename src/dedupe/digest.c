#include "config.h"

#include "dedupe/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static uint64_t add_bytes(uint64_t digest, const void *bytes, size_t n)
{
	return slice_hash(slice_make(bytes, n), digest);
}

/* False when it cannot be told. A file of 0 bytes is another than none. */
static bool add_file(uint64_t *digest, const char *path)
{
	enum { PIECE = 64 << 10 };
	uint64_t size = 0;
	struct stat st;
	size_t n;

	if (path == NULL) {
		*digest = add_bytes(*digest, "none", 4);
		return true;
	}
	/* Who writes into a pipe would see it closed, and nobody to read it a second time. */
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return false;
	bool good = true;
	char *piece = xmalloc(PIECE);
	while (good && (n = fread(piece, 1, PIECE, f)) > 0) {
		*digest = add_bytes(*digest, piece, n);
		size += n;
	}
	good = good && !ferror(f);
	*digest = add_bytes(*digest, &size, sizeof size);
	free(piece);
	fclose(f);
	return good;
}

static bool add_match(uint64_t *digest, const struct match_options *m)
{
	uint64_t figures[] = {(uint64_t)m->linkage, m->block_cap, m->size_limit};

	*digest = add_bytes(*digest, &m->threshold, sizeof m->threshold);
	*digest = add_bytes(*digest, figures, sizeof figures);
	*digest = add_bytes(*digest, m->value_limit, sizeof m->value_limit);
	for (size_t i = 0; i < m->single_sources.count; i++) {
		struct slice name = slice_of(m->single_sources.items[i]);
		*digest = add_bytes(*digest, name.ptr, name.len + 1);
	}
	return add_file(digest, m->model_path) && add_file(digest, m->rules_path) &&
	       add_file(digest, m->must_path) && add_file(digest, m->cannot_path);
}

uint64_t digest_settings(const struct key_limits *limits, const struct distrust *distrust,
			 const struct match_options *match, const struct nicknames *nicknames)
{
	uint64_t digest = slice_hash(SLICE(PACKAGE_VERSION), distrust_digest(distrust));

	if (match->on && (match->model_path == NULL || match->review_path))
		return 0;
	digest = add_bytes(digest, limits->people, sizeof limits->people);
	digest ^= nicknames_digest(nicknames);
	if (match->on && !add_match(&digest, match))
		return 0;
	return digest ? digest : 1;
}
