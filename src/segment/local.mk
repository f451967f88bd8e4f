# src/segment
libso1_a_SOURCES += \
	src/segment/sheet.c src/segment/sheet.h \
	src/segment/overlap.c src/segment/overlap.h \
	src/segment/comparison.c src/segment/comparison.h \
	src/segment/gate.c src/segment/gate.h \
	src/segment/outcome.c src/segment/outcome.h \
	src/segment/contrast.c src/segment/contrast.h \
	src/segment/cuts.c src/segment/cuts.h \
	src/segment/discover_table.c src/segment/discover_table.h \
	src/segment/discover_columns.c src/segment/discover_columns.h \
	src/segment/discover_condition.c src/segment/discover_condition.h \
	src/segment/discover_search.c src/segment/discover_search.h \
	src/segment/discover_select.c src/segment/discover_select.h \
	src/segment/discover.c src/segment/discover.h \
	src/segment/discover_words.c src/segment/bits_common.c \
	src/segment/segment.c src/segment/segment.h \
	src/segment/ledger.c src/segment/ledger.h

bin_PROGRAMS += so1-segment
so1_segment_SOURCES = cmd/so1-segment.c cmd/segment_discover.c cmd/segment_discover.h
so1_segment_LDADD = $(SO1_TOOL_LIBS)

dist_man_MANS += man/so1-segment.1

UNIT_TESTS += tests/unit/test_segment
tests_unit_test_segment_SOURCES = tests/unit/test_segment.c
tests_unit_test_segment_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_segment_LDADD = $(UNIT_LDADD)

UNIT_TESTS += tests/unit/test_discover
tests_unit_test_discover_SOURCES = tests/unit/test_discover.c
tests_unit_test_discover_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_discover_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/bench/discover.sh
