# src/export: offers, permission, files
libso1_a_SOURCES += \
	src/export/allocate.c src/export/allocate.h src/export/allot.h \
	src/export/allot_chain.c \
	src/export/allot_claims.c src/export/allot_claims.h \
	src/export/allot_wants.c src/export/allot_wants.h \
	src/export/allot_fill.c \
	src/export/allot_grants.c \
	src/export/allot_market.c \
	src/export/allot_price.c \
	src/export/allot_repair.c \
	src/export/allot_search.c \
	src/export/allot_store.c \
	src/export/catalogue.c src/export/catalogue.h \
	src/export/channel.c src/export/channel.h \
	src/export/destination.c src/export/destination.h \
	src/export/emit.c src/export/room.h \
	src/export/export.c src/export/export.h \
	src/export/folder.c src/export/folder.h \
	src/export/judge.c src/export/judge.h \
	src/export/layout.c src/export/layout.h \
	src/export/manifest.c src/export/manifest.h \
	src/export/outlet.c src/export/outlet.h \
	src/export/parcel.c src/export/parcel.h \
	src/export/report.c \
	src/export/run.c \
	src/export/score.c src/export/score.h \
	src/export/segment.c src/export/segment.h \
	src/export/suppress.c src/export/suppress.h \
	src/export/to_csv.c \
	src/export/to_jsonl.c \
	src/export/to_klaviyo.c \
	src/export/to_mailchimp.c

bin_PROGRAMS += so1-export
so1_export_SOURCES = cmd/so1-export.c
so1_export_LDADD = $(SO1_TOOL_LIBS)
dist_man_MANS += man/so1-export.1

UNIT_TESTS += tests/unit/test_export
tests_unit_test_export_SOURCES = tests/unit/test_export.c
tests_unit_test_export_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_export_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/bench/allocate.sh tests/bench/make-allocation.c
