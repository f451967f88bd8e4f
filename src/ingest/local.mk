# src/ingest
libso1_a_SOURCES += \
	src/ingest/counts.c src/ingest/counts.h \
	src/ingest/country_table.c \
	src/ingest/decode.c src/ingest/decode.h \
	src/ingest/dial_plan.c \
	src/ingest/functions.c src/ingest/functions.h \
	src/ingest/guess.c src/ingest/guess.h \
	src/ingest/guess_assign.c src/ingest/guess_assign.h \
	src/ingest/guess_names.c src/ingest/guess_names.h \
	src/ingest/guess_profile.c src/ingest/guess_profile.h \
	src/ingest/ingest.c src/ingest/ingest.h \
	src/ingest/keywords.c src/ingest/keywords.h \
	src/ingest/map.c src/ingest/map.h \
	src/ingest/normal_country.c src/ingest/normal_country.h \
	src/ingest/normal_date.c src/ingest/normal_date.h \
	src/ingest/normal_email.c src/ingest/normal_email.h \
	src/ingest/normal_number.c src/ingest/normal_number.h \
	src/ingest/normal_phone.c src/ingest/normal_phone.h \
	src/ingest/normal_postcode.c src/ingest/normal_postcode.h \
	src/ingest/normal_social.c src/ingest/normal_social.h \
	src/ingest/normal_word.c src/ingest/normal_word.h \
	src/ingest/placeholder.c src/ingest/placeholder.h \
	src/ingest/recipe.c src/ingest/recipe.h \
	src/ingest/products.c src/ingest/products.h \
	src/ingest/row.c src/ingest/row.h \
	src/ingest/text.c src/ingest/text.h \
	src/ingest/verdict.c src/ingest/verdict.h \
	src/ingest/word_table.c

bin_PROGRAMS += so1-ingest
so1_ingest_SOURCES = cmd/so1-ingest.c
so1_ingest_LDADD = $(SO1_TOOL_LIBS)
dist_man_MANS += man/so1-ingest.1

UNIT_TESTS += tests/unit/test_ingest_person tests/unit/test_ingest_value tests/unit/test_ingest_map
tests_unit_test_ingest_person_SOURCES = tests/unit/test_ingest_person.c
tests_unit_test_ingest_person_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ingest_person_LDADD = $(UNIT_LDADD)
tests_unit_test_ingest_value_SOURCES = tests/unit/test_ingest_value.c
tests_unit_test_ingest_value_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ingest_value_LDADD = $(UNIT_LDADD)
tests_unit_test_ingest_map_SOURCES = tests/unit/test_ingest_map.c
tests_unit_test_ingest_map_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ingest_map_LDADD = $(UNIT_LDADD)
