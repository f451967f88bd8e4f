#include "ingest/products.h"

#include "ingest/normal_number.h"
#include "ingest/normal_word.h"
#include "ingest/text.h"
#include "stream/reader.h"

#include <stdlib.h>

struct loading {
	struct products *p;
	size_t sku, category, brand, price, currency;
};

static enum so1_status load_header(void *context, const struct header *h, struct so1_error *e)
{
	struct loading *l = context;

	l->sku = header_find(h, SLICE("sku"));
	l->category = header_find(h, SLICE("category"));
	l->brand = header_find(h, SLICE("brand"));
	l->price = header_find(h, SLICE("price"));
	l->currency = header_find(h, SLICE("currency"));
	if (l->sku == COLUMN_NONE)
		return error_set(e, SO1_USAGE, "a product list needs the column 'sku'");
	return SO1_OK;
}

static struct slice cell_at(const struct record *rec, size_t column)
{
	return column == COLUMN_NONE ? SLICE("") : rec->fields[column];
}

static enum so1_status bad_cell(const struct record *rec, const char *column, const char *reason,
				struct slice value, struct so1_error *e)
{
	error_set(e, SO1_USAGE, "%s", reason);
	error_at(e, rec->file, rec->line, column);
	return error_value(e, value);
}

static enum so1_status load_row(void *context, const struct record *rec, struct so1_error *e)
{
	struct loading *l = context;
	struct products *p = l->p;
	struct product item = {.has_price = false};
	struct slice sku = text_clean(rec->fields[l->sku], &p->text);
	struct slice price = slice_trim(cell_at(rec, l->price));
	struct slice currency = slice_trim(cell_at(rec, l->currency));

	if (sku.len == 0)
		return bad_cell(rec, "sku", "empty", sku, e);
	item.category = arena_copy(&p->text, text_collapse(cell_at(rec, l->category), &p->text));
	item.brand = arena_copy(&p->text, text_collapse(cell_at(rec, l->brand), &p->text));
	if (price.len > 0) {
		if (normal_number(price, DECIMAL_AUTO, &item.price) == VERDICT_NOT_NUMBER)
			return bad_cell(rec, "price", "not a number", price, e);
		item.has_price = true;
	}
	if (currency.len > 0 && normal_currency(currency, &p->text, &item.currency) != VERDICT_OK)
		return bad_cell(rec, "currency", "not a currency of ISO 4217", currency, e);
	uint32_t id = dictionary_add(&p->skus, sku, NULL);
	GROW(p->items, p->cap, (size_t)id + 1);
	p->items[id] = item;
	return SO1_OK;
}

enum so1_status products_load(struct products *p, const char *file, struct so1_error *e)
{
	struct loading l = {.p = p};

	return csv_read_file(file, load_header, load_row, &l, e);
}

const struct product *products_find(const struct products *p, struct slice sku, struct arena *a)
{
	uint32_t id = dictionary_find(&p->skus, sku);

	if (id == DICTIONARY_NONE)
		id = dictionary_find(&p->skus, text_ascii_upper(sku, a));
	return id == DICTIONARY_NONE ? NULL : &p->items[id];
}

void products_free(struct products *p)
{
	dictionary_free(&p->skus);
	free(p->items);
	arena_free(&p->text);
	*p = (struct products){0};
}
