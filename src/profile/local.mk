# src/profile: one room, so1-profile
libso1_a_SOURCES += \
	src/profile/card.c src/profile/card.h \
	src/profile/census.c src/profile/census.h \
	src/profile/event.c src/profile/event.h \
	src/profile/feature.c src/profile/feature.h \
	src/profile/feature_interest.c src/profile/feature_label.c \
	src/profile/feature_map.c src/profile/feature_moment.c \
	src/profile/feature_response.c src/profile/feature_rhythm.c \
	src/profile/feature_value.c \
	src/profile/history.c src/profile/history.h \
	src/profile/keys.c src/profile/keys.h \
	src/profile/maker.c src/profile/maker.h \
	src/profile/merge.c src/profile/merge.h \
	src/profile/plan.c src/profile/plan.h \
	src/profile/profile.c src/profile/profile.h \
	src/profile/row.c src/profile/row.h \
	src/profile/snapshot.c src/profile/snapshot.h \
	src/profile/state.c src/profile/state.h src/profile/state_event.h \
	src/profile/state_read.c

bin_PROGRAMS += so1-profile
so1_profile_SOURCES = cmd/so1-profile.c
so1_profile_LDADD = $(SO1_TOOL_LIBS)
dist_man_MANS += man/so1-profile.1
EXTRA_DIST += scripts/features-mdoc

UNIT_TESTS += tests/unit/test_profile
tests_unit_test_profile_SOURCES = tests/unit/test_profile.c
tests_unit_test_profile_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_profile_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_feature
tests_unit_test_feature_SOURCES = tests/unit/test_feature.c
tests_unit_test_feature_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_feature_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/bench/profile.sh tests/bench/profile.sql tests/bench/duckdb.cjs \
	tests/bench/duckdb.py
