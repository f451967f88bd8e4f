# src/export: offers, permission, files
libso1_a_SOURCES += \
	src/export/adlist.c src/export/adlist.h \
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
	src/export/cap.c src/export/cap.h \
	src/export/catalogue.c src/export/catalogue.h \
	src/export/channel.c src/export/channel.h \
	src/export/codes.c src/export/codes.h \
	src/export/destination.c src/export/destination.h \
	src/export/disclosure.c src/export/disclosure.h \
	src/export/emit.c src/export/room.h \
	src/export/export.c src/export/export.h \
	src/export/folder.c src/export/folder.h \
	src/export/inbox.c src/export/inbox.h \
	src/export/judge.c src/export/judge.h \
	src/export/layout.c src/export/layout.h \
	src/export/manifest.c src/export/manifest.h \
	src/export/matchkey.c src/export/matchkey.h \
	src/export/occasion.c src/export/occasion.h \
	src/export/outlet.c src/export/outlet.h \
	src/export/parcel.c src/export/parcel.h \
	src/export/past.c src/export/past.h \
	src/export/remember.c \
	src/export/report.c src/export/report_time.c \
	src/export/response.c src/export/response.h \
	src/export/run.c \
	src/export/score.c src/export/score.h \
	src/export/seed.c src/export/seed.h \
	src/export/send.c src/export/send.h \
	src/export/segment.c src/export/segment.h \
	src/export/sheet.c src/export/sheet.h \
	src/export/special.c src/export/special.h \
	src/export/sendlog.c src/export/sendlog.h src/export/sendlog_write.c \
	src/export/suppress.c src/export/suppress.h \
	src/export/to_activecampaign.c \
	src/export/to_braze.c \
	src/export/to_brevo.c \
	src/export/to_csv.c \
	src/export/to_customerio.c \
	src/export/to_excel.c \
	src/export/to_google.c \
	src/export/to_hubspot.c \
	src/export/to_jsonl.c \
	src/export/to_klaviyo.c \
	src/export/to_listmonk.c \
	src/export/to_mailchimp.c \
	src/export/to_mautic.c \
	src/export/to_meta.c \
	src/export/to_pos.c \
	src/export/to_sendgrid.c \
	src/export/to_sfmc.c \
	src/export/to_tiktok.c

bin_PROGRAMS += so1-export
so1_export_SOURCES = cmd/so1-export.c
so1_export_LDADD = $(SO1_TOOL_LIBS)
dist_man_MANS += man/so1-export.1

UNIT_TESTS += tests/unit/test_export_timing
tests_unit_test_export_timing_SOURCES = tests/unit/test_export_timing.c
tests_unit_test_export_timing_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_export_timing_LDADD = $(UNIT_LDADD)

UNIT_TESTS += tests/unit/test_export
tests_unit_test_export_SOURCES = tests/unit/test_export.c
tests_unit_test_export_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_export_LDADD = $(UNIT_LDADD)

UNIT_TESTS += tests/unit/test_destination
tests_unit_test_destination_SOURCES = tests/unit/test_destination.c
tests_unit_test_destination_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_destination_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_export_crash tests/unit/test_sendlog
tests_unit_test_export_crash_SOURCES = tests/unit/test_export_crash.c tests/unit/crash_help.h
tests_unit_test_export_crash_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_export_crash_LDADD = $(UNIT_LDADD)
tests_unit_test_sendlog_SOURCES = tests/unit/test_sendlog.c
tests_unit_test_sendlog_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_sendlog_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/bench/allocate.sh tests/bench/make-allocation.c
