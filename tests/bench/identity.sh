#!/usr/bin/env bash
# scripts/bench identity DATA [OPTION]...   cluster-pair F1 on labelled sets, through the tools
# DATA holds febrl1.csv.gz …; OPTIONs go to so1-dedupe. SO1_BIN: folder of the tools.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
data=$1
shift
bin=${SO1_BIN:-$top/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%-20s %9s %7s %7s %8s %6s\n' set precision recall F1 largest truth
# set, the source of its records, how a row names its record and its person
while read -r set id; do
	options=() between=0
	[ "$set" != census ] || { options=(--one-per-source "A,B"); between=1; }
	gzip -dc "$data/$set.csv.gz" | awk -F, -v how="$id" 'NR == 1 { print "source,source_id,person"; next }
		how == "src" { print $2 "," $1 "," $3; next }
		how == "record" { print $4 "," $5 "," $3; next }
		{ print how ",r" $1 "," $3 }' >"$work/truth"
	"$bin/so1-ingest" -q -m "$top/tests/bench/identity/$set.map" -o "$work/in.csv" "$data/$set.csv.gz"
	"$bin/so1-dedupe" -q --probable ${options[@]+"${options[@]}"} "$@" --links "$work/links" -o "$work/out" "$work/in.csv"
	printf '%-20s ' "$set"
	awk -v between=$between -f "$top/tests/bench/identity/score.awk" "$work/truth" "$work/links" |
		awk '{ printf "%9s %7s %7s %8s %6s\n", $1, $2, $3, $4, $5 }'
done <<'END'
febrl1 febrl
febrl3 febrl
febrl_dsgen_C_10000 febrl
fake_1000 fake
rldata500 rl
census src
senzing_truthset record
END
