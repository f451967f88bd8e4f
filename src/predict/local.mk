# src/predict
libso1_a_SOURCES += \
	src/predict/accuracy.c src/predict/accuracy.h \
	src/predict/affinity.c src/predict/affinity_fit.c src/predict/affinity.h \
	src/predict/affinity_holdout.c src/predict/affinity_holdout.h \
	src/predict/baseline.c src/predict/baseline.h \
	src/predict/best.c src/predict/best.h \
	src/predict/backtest.c src/predict/backtest.h \
	src/predict/ascend.c src/predict/ascend.h \
	src/predict/buyers.c src/predict/buyers.h \
	src/predict/chain.c src/predict/chain.h \
	src/predict/clv.c src/predict/clv_boot.c src/predict/clv_fit.c \
	src/predict/clv_row.c src/predict/clv_value.c src/predict/clv.h \
	src/predict/clv_holdout.c src/predict/clv_holdout.h \
	src/predict/draws.c src/predict/draws.h \
	src/predict/gammagamma.c src/predict/gammagamma.h src/predict/gauss.h \
	src/predict/process.c src/predict/process.h \
	src/predict/process_geometric.c src/predict/process_pareto.c \
	src/predict/process_kinds.h \
	src/predict/cross.c src/predict/cross.h \
	src/predict/demand.c src/predict/demand.h \
	src/predict/forecast.c src/predict/forecast_fit.c src/predict/forecast_page.c \
	src/predict/forecast.h \
	src/predict/holtwinters.c src/predict/holtwinters.h \
	src/predict/loglinear.c src/predict/loglinear.h \
	src/predict/design.c src/predict/design.h \
	src/predict/ease.c src/predict/ease.h \
	src/predict/drift.c src/predict/drift.h \
	src/predict/encode.c src/predict/encode.h \
	src/predict/figures.c src/predict/figures.h \
	src/predict/frame.c src/predict/frame_read.c src/predict/frame.h \
	src/predict/glm.c src/predict/glm.h \
	src/predict/irls.c src/predict/irls.h \
	src/predict/kernels.c src/predict/kernels.h \
	src/predict/kind.c src/predict/kind.h \
	src/predict/learn.c src/predict/learn.h \
	src/predict/linear.c src/predict/linear_fit.c src/predict/linear.h \
	src/predict/logistic.c \
	src/predict/logistic_by.c src/predict/logistic_by_fit.c src/predict/logistic_by.h \
	src/predict/newton.c src/predict/newton.h \
	src/predict/metrics.c src/predict/metrics.h \
	src/predict/moments.c src/predict/moments.h \
	src/predict/numeric.c src/predict/numeric.h \
	src/predict/page.c src/predict/page.h \
	src/predict/pairfeatures.c src/predict/pairfeatures.h \
	src/predict/penalty.c src/predict/penalty.h \
	src/predict/path.c src/predict/path.h \
	src/predict/assess.c src/predict/assess.h \
	src/predict/axis.c src/predict/axis.h \
	src/predict/interact.c src/predict/interact.h \
	src/predict/pairs.c src/predict/pairs.h \
	src/predict/qini.c src/predict/qini.h \
	src/predict/ranking.c src/predict/ranking.h \
	src/predict/regression.c src/predict/regression.h \
	src/predict/report.c src/predict/report.h \
	src/predict/scores.c src/predict/scores.h \
	src/predict/select.c src/predict/select.h \
	src/predict/sort.c src/predict/sort.h \
	src/predict/sums.c src/predict/sums.h \
	src/predict/tape.c src/predict/tape.h \
	src/predict/transform_file.c src/predict/transform.c src/predict/transform.h \
	src/predict/window.c src/predict/window.h \
	src/predict/uplift.c src/predict/uplift_card.c src/predict/uplift_fit.c \
	src/predict/uplift.h src/predict/uplift_parts.h

bin_PROGRAMS += so1-predict
so1_predict_SOURCES = cmd/so1-predict.c cmd/predict_fit.c cmd/predict_judge.c cmd/predict.h
so1_predict_LDADD = $(SO1_TOOL_LIBS)

UNIT_TESTS += tests/unit/test_predict_irls tests/unit/test_predict_metrics
tests_unit_test_predict_irls_SOURCES = tests/unit/test_predict_irls.c
tests_unit_test_predict_irls_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_irls_LDADD = $(UNIT_LDADD)
tests_unit_test_predict_metrics_SOURCES = tests/unit/test_predict_metrics.c
tests_unit_test_predict_metrics_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_metrics_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/unit/predict-glm tests/bench/predict.sh
dist_man_MANS += man/so1-predict.1
UNIT_TESTS += tests/unit/test_predict_transform tests/unit/test_predict_pairs
tests_unit_test_predict_transform_SOURCES = tests/unit/test_predict_transform.c
tests_unit_test_predict_transform_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_transform_LDADD = $(UNIT_LDADD)
tests_unit_test_predict_pairs_SOURCES = tests/unit/test_predict_pairs.c
tests_unit_test_predict_pairs_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_pairs_LDADD = $(UNIT_LDADD)
UNIT_TESTS += tests/unit/test_predict_affinity
tests_unit_test_predict_affinity_SOURCES = tests/unit/test_predict_affinity.c
tests_unit_test_predict_affinity_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_affinity_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/unit/predict-ease tests/bench/affinity.sh tests/bench/affinity
UNIT_TESTS += tests/unit/test_predict_uplift
tests_unit_test_predict_uplift_SOURCES = tests/unit/test_predict_uplift.c
tests_unit_test_predict_uplift_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_uplift_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/unit/predict-uplift tests/bench/uplift.sh
UNIT_TESTS += tests/unit/test_predict_linear
tests_unit_test_predict_linear_SOURCES = tests/unit/test_predict_linear.c
tests_unit_test_predict_linear_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_linear_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/unit/predict-linear
UNIT_TESTS += tests/unit/test_predict_clv
tests_unit_test_predict_clv_SOURCES = tests/unit/test_predict_clv.c
tests_unit_test_predict_clv_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_clv_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/unit/predict-clv tests/bench/clv.sh tests/bench/clv
UNIT_TESTS += tests/unit/test_predict_forecast
tests_unit_test_predict_forecast_SOURCES = tests/unit/test_predict_forecast.c
tests_unit_test_predict_forecast_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_forecast_LDADD = $(UNIT_LDADD)
EXTRA_DIST += tests/unit/predict-forecast
UNIT_TESTS += tests/unit/test_predict_path tests/unit/test_predict_assess tests/unit/test_predict_ranking
tests_unit_test_predict_path_SOURCES = tests/unit/test_predict_path.c
tests_unit_test_predict_path_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_path_LDADD = $(UNIT_LDADD)
tests_unit_test_predict_assess_SOURCES = tests/unit/test_predict_assess.c
tests_unit_test_predict_assess_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_assess_LDADD = $(UNIT_LDADD)
tests_unit_test_predict_ranking_SOURCES = tests/unit/test_predict_ranking.c
tests_unit_test_predict_ranking_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_predict_ranking_LDADD = $(UNIT_LDADD)
