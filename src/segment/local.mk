# src/segment
libso1_a_SOURCES += \
	src/segment/segment.c src/segment/segment.h \
	src/segment/ledger.c src/segment/ledger.h

bin_PROGRAMS += so1-segment
so1_segment_SOURCES = cmd/so1-segment.c
so1_segment_LDADD = $(SO1_TOOL_LIBS)

dist_man_MANS += man/so1-segment.1

UNIT_TESTS += tests/unit/test_segment
tests_unit_test_segment_SOURCES = tests/unit/test_segment.c
tests_unit_test_segment_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_segment_LDADD = $(UNIT_LDADD)
