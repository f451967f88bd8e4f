#include "ingest/keywords.h"

#include "base/table.h"
#include "ingest/text.h"
#include "stream/reader.h"

#include <stdlib.h>

/* A word's id in a step of the trie; prefixes have ids of their own kind. */
#define PREFIX_BIT UINT32_C(0x80000000)

enum { ROOT = 0 };

struct tags {
	struct slice *items;
	size_t count, cap;
};

struct keywords {
	struct dictionary words, prefixes;
	struct dictionary steps; /* (node, word) as 8 bytes; id + 1 is the node it leads to */
	struct tags *nodes;      /* by node: the tags of a keyword that ends here */
	size_t node_count, node_cap;
	bool prefix_lengths[64]; /* which lengths prefixes have; longer ones are cut there */
	size_t longest_prefix;
	struct arena text;
	size_t keyword_column, tag_column; /* while loading */
};

struct step_key {
	char bytes[8];
};

static struct step_key make_step(uint32_t node, uint32_t word)
{
	struct step_key key;

	memcpy(key.bytes, &node, 4);
	memcpy(key.bytes + 4, &word, 4);
	return key;
}

static bool take_step(const struct keywords *k, uint32_t node, uint32_t word, uint32_t *next)
{
	struct step_key key = make_step(node, word);
	uint32_t id = dictionary_find(&k->steps, slice_make(key.bytes, sizeof key.bytes));

	*next = id + 1;
	return id != DICTIONARY_NONE;
}

static uint32_t add_step(struct keywords *k, uint32_t node, uint32_t word)
{
	struct step_key key = make_step(node, word);
	uint32_t next = dictionary_add(&k->steps, slice_make(key.bytes, sizeof key.bytes), NULL) + 1;

	GROW(k->nodes, k->node_cap, (size_t)next + 1);
	while (k->node_count <= next)
		k->nodes[k->node_count++] = (struct tags){0};
	return next;
}

static enum so1_status load_header(void *context, const struct header *h, struct so1_error *e)
{
	struct keywords *k = context;

	k->keyword_column = header_find(h, SLICE("keyword"));
	k->tag_column = header_find(h, SLICE("tag"));
	if (k->keyword_column == COLUMN_NONE || k->tag_column == COLUMN_NONE)
		return error_set(e, SO1_USAGE,
				 "a keyword list needs the columns 'keyword' and 'tag'");
	return SO1_OK;
}

/* The node where the phrase ends. */
static uint32_t add_phrase(struct keywords *k, struct slice phrase, bool prefix)
{
	struct slice rest = phrase, word;
	uint32_t node = ROOT;

	while (slice_split(&rest, ' ', &word)) {
		bool last = rest.ptr == NULL;
		if (last && prefix) {
			size_t most = sizeof k->prefix_lengths - 1;
			word.len = word.len < most ? word.len : most;
			k->prefix_lengths[word.len] = true;
			if (word.len > k->longest_prefix)
				k->longest_prefix = word.len;
			uint32_t id = dictionary_add(&k->prefixes, word, NULL);
			return add_step(k, node, id | PREFIX_BIT);
		}
		node = add_step(k, node, dictionary_add(&k->words, word, NULL));
	}
	return node;
}

static enum so1_status bad_row(const struct record *rec, const char *column, const char *reason,
			       struct slice value, struct so1_error *e)
{
	error_set(e, SO1_USAGE, "%s", reason);
	error_at(e, rec->file, rec->line, column);
	return error_value(e, value);
}

static enum so1_status load_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct keywords *k = context;
	struct slice keyword = slice_trim(rec->fields[k->keyword_column]);
	struct slice cell = slice_trim(rec->fields[k->tag_column]), tag, value;
	bool prefix = keyword.len > 1 && keyword.ptr[keyword.len - 1] == '*';

	if (prefix)
		keyword.len--;
	struct slice key = text_key(keyword, &k->text);
	if (key.len == 0)
		return bad_row(rec, "keyword", "no word to look for", keyword, e);
	if (cell.len == 0)
		return bad_row(rec, "tag", "no tag for the keyword", keyword, e);
	uint32_t node = add_phrase(k, key, prefix);
	while (cell_next(&cell, &tag, &value, &k->text)) {
		/* Somebody typed this list: an '=' in it is part of the tag, not a map's. */
		if (value.len) {
			char *whole = arena_bytes(&k->text, tag.len + 1 + value.len);
			memcpy(whole, tag.ptr, tag.len);
			whole[tag.len] = '=';
			memcpy(whole + tag.len + 1, value.ptr, value.len);
			tag = slice_make(whole, tag.len + 1 + value.len);
		}
		tag = text_collapse(tag, &k->text);
		if (tag.len == 0)
			continue;
		struct tags *t = &k->nodes[node];
		GROW(t->items, t->cap, t->count + 1);
		t->items[t->count++] = arena_copy(&k->text, tag);
	}
	return SO1_OK;
}

enum so1_status keywords_load(struct keywords **out, const char *file, struct so1_error *e)
{
	struct keywords *k = xcalloc(1, sizeof *k);

	*out = k;
	GROW(k->nodes, k->node_cap, 1);
	k->nodes[k->node_count++] = (struct tags){0};
	if (csv_read_file(file, load_header, load_row, k, e) == SO1_OK)
		return SO1_OK;
	keywords_free(k);
	*out = NULL;
	return e->status;
}

static void add_tags(const struct keywords *k, uint32_t node, struct cell_builder *c)
{
	for (size_t i = 0; i < k->nodes[node].count; i++)
		cell_add(c, k->nodes[node].items[i], SLICE(""));
}

/* Every prefix that `word` begins with and that may follow `node`. */
static void find_prefixes(const struct keywords *k, uint32_t node, struct slice word,
			  struct cell_builder *c)
{
	uint32_t next;
	size_t most = word.len < k->longest_prefix ? word.len : k->longest_prefix;

	for (size_t n = 1; n <= most; n++) {
		if (!k->prefix_lengths[n])
			continue;
		uint32_t id = dictionary_find(&k->prefixes, slice_make(word.ptr, n));
		if (id != DICTIONARY_NONE && take_step(k, node, id | PREFIX_BIT, &next))
			add_tags(k, next, c);
	}
}

/* All keywords that begin with the first word of `rest`. */
static void find_here(const struct keywords *k, struct slice rest, struct cell_builder *c)
{
	struct slice word;
	uint32_t node = ROOT;

	while (slice_split(&rest, ' ', &word)) {
		find_prefixes(k, node, word, c);
		uint32_t id = dictionary_find(&k->words, word);
		if (id == DICTIONARY_NONE || !take_step(k, node, id, &node))
			return;
		add_tags(k, node, c);
	}
}

void keywords_find(const struct keywords *k, struct slice text, struct cell_builder *c,
		   struct arena *a)
{
	struct slice rest = text_key(text, a), word;

	while (rest.len > 0) {
		find_here(k, rest, c);
		slice_split(&rest, ' ', &word);
	}
}

void keywords_free(struct keywords *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->node_count; i++)
		free(k->nodes[i].items);
	free(k->nodes);
	dictionary_free(&k->words);
	dictionary_free(&k->prefixes);
	dictionary_free(&k->steps);
	arena_free(&k->text);
	free(k);
}
