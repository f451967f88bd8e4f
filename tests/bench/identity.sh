#!/usr/bin/env bash
# scripts/bench identity DATA [OPTION]...   cluster-pair F1 on labelled sets, through the tools
# DATA holds febrl1.csv.gz …; OPTIONs go to so1-dedupe. SO1_BIN: folder of the tools.
# Prints each set with its bar, the largest customer beside the largest person, then the
# hard cases one by one; exit status 1 when a bar is missed or records are merged that
# must not be.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/bench/identity
data=$1
shift
bin=${SO1_BIN:-$top/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# resolve SET [OPTION]...: the set's crosswalk in $work/links
resolve() {
	local set=$1
	shift
	"$bin/so1-ingest" -q -m "$here/$set.map" -o "$work/in.csv" "$data/$set.csv.gz"
	"$bin/so1-dedupe" -q "$@" --links "$work/links" -o "$work/out" "$work/in.csv"
}

printf '%-20s %9s %7s %7s %5s %8s %6s\n' set precision recall F1 bar largest truth
# set, how a row names its record and its person, the bar (0: none)
while read -r set id bar; do
	options=() between=0
	[ "$set" != census ] || { options=(--one-per-source "A,B"); between=1; }
	gzip -dc "$data/$set.csv.gz" | awk -F, -v how="$id" 'NR == 1 { print "source,source_id,person"; next }
		how == "src" { print $2 "," $1 "," $3; next }
		how == "record" { print $4 "," $5 "," $3; next }
		{ print how ",r" $1 "," $3 }' >"$work/truth"
	resolve "$set" ${options[@]+"${options[@]}"} "$@"
	printf '%-20s ' "$set"
	awk -v between=$between -f "$here/score.awk" "$work/truth" "$work/links" |
		awk -v bar="$bar" '{ printf "%9s %7s %7s %5s %8s %6s%s\n", $1, $2, $3,
			bar ? bar : "", $4, $5, $3 < bar ? "  below the bar" : ""; exit $3 < bar }' || status=1
done <<'END'
febrl1 febrl .99
febrl3 febrl .995
febrl_dsgen_C_10000 febrl .985
fake_1000 fake .87
rldata500 rl .93
census src .95
senzing_truthset record 0
END
echo
# The hard cases; their fields hold commas and quotes.
"$bin/so1-ingest" -q -m "$here/senzing_cases.map" -o "$work/cases.csv" "$data/senzing_truthset.csv.gz"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "source,source_id,person,case"; next }
	{ print $at["source"] "," $at["source_id"] "," $at["first_name"] "," $at["last_name"] }' \
	"$work/cases.csv" >"$work/truth"
awk -f "$here/cases.awk" "$work/truth" "$work/links" || status=1
exit $status
