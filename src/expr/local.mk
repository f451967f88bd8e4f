# src/expr
libso1_a_SOURCES += \
	src/expr/eval.c src/expr/expr.c src/expr/expr.h \
	src/expr/functions.c src/expr/functions.h \
	src/expr/lex.c src/expr/lex.h \
	src/expr/node.h \
	src/expr/parse.c src/expr/parse.h src/expr/parse_names.c src/expr/parse_private.h \
	src/expr/regex.c src/expr/regex.h \
	src/expr/rulefile.c src/expr/rulefile.h \
	src/expr/rules.c src/expr/rules.h \
	src/expr/value.c src/expr/value.h \
	src/expr/words.c src/expr/words.h

UNIT_TESTS += tests/unit/test_expr tests/unit/test_rules
tests_unit_test_expr_SOURCES = tests/unit/test_expr.c
tests_unit_test_expr_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_expr_LDADD = $(UNIT_LDADD)
tests_unit_test_rules_SOURCES = tests/unit/test_rules.c
tests_unit_test_rules_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_rules_LDADD = $(UNIT_LDADD)
