/* Pairs of rows and keys, and the tape and blocks they lie in. */
#include "predict/pairfeatures.h"
#include "predict/tape.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static struct so1_error error;

/* 3 MiB of bytes in pieces of odd sizes, in memory, in a file and half and half. */
Test(tape, gives_back_what_it_got)
{
	const uint64_t limits[] = {1 << 30, 0, 1 << 20};

	for (size_t k = 0; k < 3; k++) {
		struct tape t;
		uint32_t piece[1001], got[1001];
		tape_init(&t, limits[k], NULL);
		for (uint32_t i = 0; i < 800; i++) {
			for (uint32_t j = 0; j < 1001; j++)
				piece[j] = i * 1001 + j;
			cr_assert_eq(tape_put(&t, piece, (i % 1001 + 1) * sizeof *piece, &error), SO1_OK);
		}
		cr_assert_eq(tape_finish(&t, &error), SO1_OK);
		cr_expect_eq(blocks_spilled(&t.blocks) > 0, k > 0);
		for (int again = 0; again < 2; again++, tape_rewind(&t))
			for (uint32_t i = 0; i < 800; i++) {
				uint32_t last = i % 1001;
				cr_assert_eq(tape_get(&t, got, (last + 1) * sizeof *got, &error), SO1_OK);
				cr_assert_eq(got[0], i * 1001);
				cr_assert_eq(got[last], i * 1001 + last);
			}
		tape_free(&t);
	}
}

Test(blocks, a_file_that_cannot_be_made_is_an_error)
{
	struct blocks b;

	blocks_init(&b, 8, 0, "/nonexistent/folder");
	cr_expect_eq(blocks_append(&b, "12345678", &error), SO1_FAILED);
	cr_expect_eq(b.count, 0);
	blocks_free(&b);
}

/* Blocks laid where blocks_next says and blocks laid elsewhere, of which two fit into memory. */
Test(blocks, in_place_and_copied_are_the_same)
{
	for (unsigned in_place = 0; in_place < 1 << 4; in_place++) {
		struct blocks b;
		char scratch[8], other[8], room[8];
		blocks_init(&b, 8, 16, NULL);
		for (size_t i = 0; i < 4; i++) {
			char *to = blocks_next(&b, scratch);
			cr_expect_eq(to == scratch, i >= 2);
			cr_expect_eq(blocks_next(&b, scratch), to);
			if (!(in_place >> i & 1))
				to = other;
			memset(to, 'a' + (int)i, 8);
			cr_expect_eq(blocks_append(&b, to, &error), SO1_OK);
		}
		for (size_t i = 0; i < 4; i++) {
			const void *block;
			cr_assert_eq(blocks_read(&b, i, room, &block, &error), SO1_OK);
			for (int k = 0; k < 8; k++)
				cr_expect_eq(((const char *)block)[k], 'a' + (int)i);
		}
		cr_expect_eq(blocks_spilled(&b), 16);
		blocks_free(&b);
	}
}

Test(pairs, names_of_maps)
{
	cr_expect(pair_map_name(SLICE("orders_by_sku"), SLICE("sku")));
	cr_expect_not(pair_map_name(SLICE("orders_by_sku"), SLICE("category")));
	cr_expect_not(pair_map_name(SLICE("label_by_sku"), SLICE("sku")));
	cr_expect_not(pair_map_name(SLICE("score_by_sku"), SLICE("sku")));
	cr_expect_not(pair_map_name(SLICE("_by_sku"), SLICE("sku")));
	cr_expect_not(pair_map_name(SLICE("sku"), SLICE("sku")));
	cr_expect(pair_map_is_recency(SLICE("recency_by_sku")));
}

/* Two rows by hand: a has bought tv twice and tea once, tv 5 days ago; b nothing. */
Test(pairs, features_by_hand)
{
	static const char *const names[] = {"customer_id", "orders_by_c", "recency_by_c",
					    "label_by_c"};
	static const char *const rows[2][4] = {{"a", "tea=1;tv=2", "tea=90;tv=5", "tv=1"},
					       {"b", "", "", "book=1"}};
	struct header h = {0};
	struct pairs p;
	struct transform_set set = {0};
	struct pair_layout l;
	struct pair_row row;
	struct pair_group groups[8];
	struct pair_sums sums[2];
	double v[8];
	bool missing[8];

	for (int i = 0; i < 4; i++)
		header_add(&h, slice_of(names[i]));
	cr_assert_eq(pairs_init(&p, &h, "c", "label_by_c", NULL, 1 << 20, NULL, &error), SO1_OK);
	cr_assert_eq(p.map_count, 2);
	for (int i = 0; i < 2; i++) {
		struct slice fields[4];
		struct record rec = {.fields = fields, .count = 4};
		for (int j = 0; j < 4; j++)
			fields[j] = slice_of(rows[i][j]);
		cr_assert_eq(pairs_take(&p, &rec, &error), SO1_OK);
	}
	cr_assert_eq(pairs_finish(&p, 1, &error), SO1_OK);
	cr_assert_eq(p.key_count, 3);
	cr_expect(slice_is(p.keys[0].name, "book") && slice_is(p.keys[2].name, "tv"));
	/* (1 + .5) / (2 - 1 + .5); (0 + .5) / (2 - 0 + .5) */
	cr_expect_float_eq(pairs_popularity(&p, 2), 0, 1e-15);
	cr_expect_float_eq(pairs_popularity(&p, 1), log(.2), 1e-15);

	pair_layout_add(&l, &set, p.maps, p.map_count, "c", 3, 2);
	cr_assert_eq(l.numbers, 6); /* orders, share, total, recency, nearest, popularity */
	pairs_rewind(&p);
	cr_assert_eq(pairs_next(&p, &row, &error), SO1_OK);
	cr_assert_eq(pair_row_group(p.entries, row.count, p.maps, 2, groups, sums), 2);
	cr_expect_eq(groups[1].key, 2);
	cr_expect(groups[1].label && groups[1].touched && !groups[0].label);
	pair_values(&l, p.maps, 2, sums, &groups[1], -1, v, missing);
	cr_expect_float_eq(v[0], 2, 0);
	cr_expect_float_eq(v[1], 2. / 3, 1e-15);
	cr_expect_float_eq(v[2], 3, 0);
	cr_expect_float_eq(v[3], 5, 0);
	cr_expect_float_eq(v[4], 5, 0);
	cr_expect_float_eq(v[5], -1, 0);
	pair_values(&l, p.maps, 2, sums, NULL, -1, v, missing);
	cr_expect(v[0] == 0 && v[1] == 0 && v[2] == 3 && missing[3] && !missing[4] && v[4] == 5);

	cr_assert_eq(pairs_next(&p, &row, &error), SO1_OK);
	cr_assert_eq(pair_row_group(p.entries, row.count, p.maps, 2, groups, sums), 1);
	cr_expect(groups[0].label && !groups[0].touched);
	pair_values(&l, p.maps, 2, sums, &groups[0], 0, v, missing);
	cr_expect(v[2] == 0 && missing[3] && missing[4]);
	pairs_free(&p);
	transform_free(&set);
	header_free(&h);
}

Test(pairs, a_map_that_is_none_names_its_column)
{
	struct header h = {0};
	struct pairs p;
	struct slice fields[2] = {SLICE("tv=many"), SLICE("")};
	struct record rec = {.fields = fields, .count = 2};

	header_add(&h, SLICE("orders_by_c"));
	header_add(&h, SLICE("label_by_c"));
	cr_assert_eq(pairs_init(&p, &h, "c", "label_by_c", NULL, 1 << 20, NULL, &error), SO1_OK);
	cr_expect_eq(pairs_take(&p, &rec, &error), SO1_FAILED);
	cr_expect_str_eq(error.column, "orders_by_c");
	cr_expect_eq(p.rows, 0);
	pairs_free(&p);
	cr_expect_eq(pairs_init(&p, &h, "sku", "label_by_c", NULL, 1 << 20, NULL, &error),
		     SO1_FAILED);
	pairs_free(&p);
	header_free(&h);
}
