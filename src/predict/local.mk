# src/predict
libso1_a_SOURCES += \
	src/predict/blocks.c src/predict/blocks.h \
	src/predict/design.c src/predict/design.h \
	src/predict/irls.c src/predict/irls.h \
	src/predict/metrics.c src/predict/metrics.h \
	src/predict/numeric.c src/predict/numeric.h \
	src/predict/sums.c src/predict/sums.h

UNIT_TESTS += tests/unit/test_predict_irls tests/unit/test_predict_metrics
tests_unit_test_predict_irls_SOURCES = tests/unit/test_predict_irls.c
tests_unit_test_predict_irls_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_irls_LDADD = $(UNIT_LDADD)
tests_unit_test_predict_metrics_SOURCES = tests/unit/test_predict_metrics.c
tests_unit_test_predict_metrics_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_metrics_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/unit/predict-glm
