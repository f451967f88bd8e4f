# src/segment
libso1_a_SOURCES += \
	src/segment/additions.c src/segment/additions.h \
	src/segment/cluster_fit.c src/segment/cluster_fit.h \
	src/segment/cluster_page.c src/segment/cluster_page.h \
	src/segment/clusters.c src/segment/clusters.h \
	src/segment/kmeans.c src/segment/kmeans.h \
	src/segment/matrix.c src/segment/matrix.h \
	src/segment/numbers.c src/segment/numbers.h \
	src/segment/quantiles.c src/segment/quantiles.h \
	src/segment/rfm.c src/segment/rfm.h \
	src/segment/silhouette.c src/segment/silhouette.h \
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
so1_segment_SOURCES = cmd/so1-segment.c cmd/segment_tag.c cmd/segment_tag.h \
	cmd/segment_discover.c cmd/segment_discover.h
so1_segment_LDADD = $(SO1_TOOL_LIBS)

dist_man_MANS += man/so1-segment.1

UNIT_TESTS += tests/unit/test_segment
tests_unit_test_segment_SOURCES = tests/unit/test_segment.c
tests_unit_test_segment_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_segment_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_segment_cluster
tests_unit_test_segment_cluster_SOURCES = tests/unit/test_segment_cluster.c tests/unit/stream_help.h
tests_unit_test_segment_cluster_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_segment_cluster_LDADD = $(UNIT_LDADD)

UNIT_TESTS += tests/unit/test_discover
tests_unit_test_discover_SOURCES = tests/unit/test_discover.c
tests_unit_test_discover_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_discover_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/bench/discover.sh
