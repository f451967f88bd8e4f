# The same job by the Python package splink on DuckDB.
#   python splink.py PREPARE.sql THREADS LINKS OUT
# PREPARE.sql (tests/bench/dedupe/sql prepare) leaves the tables raw and records; LINKS and
# OUT are as there. The candidates are the same sixteen rules, as the columns b0 to b15.
# Prints "seconds: prepare N, train N, predict N, cluster N".
import logging
import sys
import time

sys.path.pop(0)  # this folder: this file's name must not hide the package
import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

RULES = 16
prepare, threads, links, out = sys.argv[1:]
logging.getLogger("splink").setLevel(logging.ERROR)
marks = [time.monotonic()]


def mark():
    marks.append(time.monotonic())


con = duckdb.connect(config={"threads": int(threads)})
with open(prepare) as f:
    con.execute(f.read())
mark()

settings = SettingsCreator(
    link_type="dedupe_only",
    unique_id_column_name="id",
    blocking_rules_to_generate_predictions=[block_on(f"b{i}") for i in range(RULES)],
    comparisons=[
        cl.NameComparison("fn").configure(term_frequency_adjustments=True),
        cl.NameComparison("ln").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("bd", input_is_string=True),
        cl.JaroWinklerAtThresholds("st", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("pc", 1),
        cl.EmailComparison("em").configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("ph", 1),
        cl.LevenshteinAtThresholds("loy", 1),
        cl.ExactMatch("ge"),
    ],
    retain_matching_columns=False,
)
api = DuckDBAPI(connection=con)
linker = Linker(api.register("records"), settings, log_level=logging.ERROR)
training = linker.training
training.estimate_probability_two_random_records_match(
    [block_on("em"), block_on("fn", "ln", "bd")], recall=0.7
)
training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
for rule in (["ln", "bd"], ["fn", "bd"], ["em"], ["fn", "pc"], ["fn", "st"]):
    training.estimate_parameters_using_expectation_maximisation(
        block_on(*rule), estimate_without_term_frequencies=True
    )
mark()
scored = linker.inference.predict(threshold_match_probability=0.95)
mark()
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
    scored, threshold_match_probability=0.95
)
named = f"SELECT cluster_id AS customer_id, raw.* FROM {clusters.physical_name} c JOIN raw USING (id)"
con.execute(
    f"COPY (SELECT customer_id, source, source_id FROM ({named}) ORDER BY customer_id, id) "
    f"TO '{links}' (HEADER, DELIMITER ',')"
)
con.execute(
    f"COPY (SELECT * EXCLUDE (id) FROM ({named}) ORDER BY customer_id, id) "
    f"TO '{out}' (HEADER, DELIMITER ',')"
)
mark()
names = ("prepare", "train", "predict", "cluster")
print("seconds: " + ", ".join(f"{n} {b - a:.1f}" for n, a, b in zip(names, marks, marks[1:])))
