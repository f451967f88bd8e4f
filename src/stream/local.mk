# src/stream
libso1_a_SOURCES += \
	src/stream/block.c src/stream/block.h \
	src/stream/blocks.c src/stream/blocks.h \
	src/stream/cells.c src/stream/cells.h \
	src/stream/cleanup.c src/stream/cleanup.h \
	src/stream/columns.c src/stream/columns.h \
	src/stream/dialect.c src/stream/dialect.h \
	src/stream/gzip.c src/stream/gzip.h \
	src/stream/inflate.c src/stream/inflate.h \
	src/stream/input.c src/stream/input.h \
	src/stream/item_sort.c src/stream/item_sort.h \
	src/stream/modelfile.c src/stream/modelfile.h \
	src/stream/order.c src/stream/order.h \
	src/stream/ahead.c src/stream/ahead.h \
	src/stream/pipeline.c src/stream/pipeline.h \
	src/stream/pipeline_put.c \
	src/stream/reader.c src/stream/reader.h src/stream/reader_private.h \
	src/stream/reader_tools.c \
	src/stream/rejects.c src/stream/rejects.h \
	src/stream/scan.c src/stream/scan.h \
	src/stream/seal.c src/stream/seal.h \
	src/stream/sink.c src/stream/sink.h \
	src/stream/source.c src/stream/source.h \
	src/stream/spill.c src/stream/spill.h \
	src/stream/strict.c src/stream/strict.h \
	src/stream/summary.c src/stream/summary.h \
	src/stream/touchpoint.c src/stream/touchpoint.h \
	src/stream/utf8.c src/stream/utf8.h \
	src/stream/wide.c src/stream/wide.h \
	src/stream/writer.c src/stream/writer.h

noinst_PROGRAMS += tests/bench/so1-pass
tests_bench_so1_pass_SOURCES = tests/bench/so1-pass.c
tests_bench_so1_pass_LDADD = $(SO1_LIBS)
noinst_PROGRAMS += tests/bench/make-csv tests/bench/libcsv-loop
tests_bench_make_csv_SOURCES = tests/bench/make-csv.c
tests_bench_libcsv_loop_SOURCES = tests/bench/libcsv_loop.c
tests_bench_libcsv_loop_LDADD = -lcsv

UNIT_TESTS += tests/unit/test_reader
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c tests/unit/stream_help.h
tests_unit_test_reader_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_reader_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_cells tests/unit/test_pipeline tests/unit/test_rejects \
	tests/unit/test_spill tests/unit/test_writer
tests_unit_test_cells_SOURCES = tests/unit/test_cells.c
tests_unit_test_cells_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_cells_LDADD = $(UNIT_LDADD)
tests_unit_test_pipeline_SOURCES = tests/unit/test_pipeline.c tests/unit/stream_help.h
tests_unit_test_pipeline_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_pipeline_LDADD = $(UNIT_LDADD)
tests_unit_test_rejects_SOURCES = tests/unit/test_rejects.c tests/unit/stream_help.h
tests_unit_test_rejects_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_rejects_LDADD = $(UNIT_LDADD)
tests_unit_test_spill_SOURCES = tests/unit/test_spill.c tests/unit/stream_help.h
tests_unit_test_spill_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_spill_LDADD = $(UNIT_LDADD)
tests_unit_test_writer_SOURCES = tests/unit/test_writer.c tests/unit/stream_help.h
tests_unit_test_writer_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_writer_LDADD = $(UNIT_LDADD)

dist_man_MANS += man/so1.7

EXTRA_DIST += tests/fuzz tests/bench/stream.sh scripts/bench scripts/fuzz
# Builds the fuzz targets with clang and replays the seeds; scripts/fuzz SECONDS runs them.
.PHONY: fuzz
fuzz:
	$(top_srcdir)/scripts/fuzz 0
UNIT_TESTS += tests/unit/test_fuzz_seeds
tests_unit_test_fuzz_seeds_SOURCES = tests/unit/test_fuzz_seeds.c
tests_unit_test_fuzz_seeds_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_fuzz_seeds_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_scan
tests_unit_test_scan_SOURCES = tests/unit/test_scan.c
tests_unit_test_scan_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_scan_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_source
tests_unit_test_source_SOURCES = tests/unit/test_source.c tests/unit/stream_help.h
tests_unit_test_source_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_source_LDADD = $(UNIT_LDADD)
