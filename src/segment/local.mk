# src/segment
libso1_a_SOURCES += \
	src/segment/segment.c src/segment/segment.h \
	src/segment/tally.c src/segment/tally.h

bin_PROGRAMS += so1-segment
so1_segment_SOURCES = cmd/so1-segment.c
so1_segment_LDADD = $(SO1_TOOL_LIBS)

dist_man_MANS += man/so1-segment.1
