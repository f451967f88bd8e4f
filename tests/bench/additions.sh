#!/usr/bin/env bash
# scripts/bench additions [NIGHTS]   cluster-pair F1 of what nights of new records make of a list
# Generated lists (shapes/make.awk) come in NIGHTS nights (default 8), two fifths of the records in
# the first, the rest and some of before again in the others: with --known, which compares new
# records with all people known, and without. Beside it one run with all records, whose model the
# nights use. Exit status 1 where the nights with --known are further than BELOW (.005) below it.
# SO1_BIN: folder of the tools.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/bench
bin=${SO1_BIN:-$top/build}
nights=${1:-8}
below=${BELOW:-.005}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
status=0
name="first_name last_name" place="street postcode city"

# Record i comes in night 0 with a chance of .4, else in one of the others; every seventh of them
# again in the night after.
split_nights() {
	awk -v nights="$nights" -v out="$work/night" '
		NR == 1 { for (n = 0; n < nights; n++) print >(out n); next }
		{
			x = (NR * 7919 + 104729) % 10007 / 10007
			n = x < .4 ? 0 : 1 + int((x - .4) / .6 * (nights - 1))
			print >(out n)
			if (n && n + 1 < nights && NR % 7 == 0) print >(out n + 1)
		}' "$work/in.csv"
}

score() { awk -f "$here/identity/score.awk" "$work/truth" "$1" | cut -d' ' -f3; }

# KNOWN-OPTION...: all nights, then who is who by the registry they leave; prints F1
live() {
	local night
	rm -f "$work"/ids* "$work"/people*
	for ((night = 0; night < nights; night++)); do
		"$bin/so1-dedupe" -q --model "$work/model" --registry "$work/ids" "$@" "$work/night$night" -o "$work/out"
	done
	"$bin/so1-dedupe" -q --lookup --registry "$work/ids" "$work/in.csv" -o "$work/who"
	score "$work/who"
}

printf '%-26s %8s %8s %8s %8s\n' shape records one-run known without
# shape LABEL COLUMNS [VARIABLE=VALUE]... (of make.awk)
shape() {
	local label=$1 columns=$2 settings=() all known without
	shift 2
	for setting; do settings+=(-v "$setting"); done
	awk -v columns="$columns" -v truth="$work/truth" "${settings[@]}" -f "$here/shapes/make.awk" >"$work/in.csv"
	"$bin/so1-dedupe" -q --fit-model "$work/model" --links "$work/links" -o "$work/out" "$work/in.csv"
	all=$(score "$work/links")
	split_nights
	known=$(live --known "$work/people")
	without=$(live)
	awk -v label="$label" -v n="$(wc -l <"$work/in.csv")" -v all="$all" -v known="$known" \
		-v without="$without" -v below="$below" 'BEGIN {
			low = known < all - below
			printf "%-26s %8d %8s %8s %8s%s\n", label, n - 1, all, known, without, low ? "  too low" : ""
			exit low }' || status=1
}
shape "name and address" "$name $place" people=20000 twice=.2
shape "name and e-mail" "$name email" people=20000 twice=.1
shape "all columns" "$name birth_date $place email phone" people=20000 twice=.1
shape "clean, many languages" "$name $place" people=20000 twice=.05 languages=6
shape "colleagues" "$name $place email phone" people=20000 twice=.3 staff=20
shape "families" "$name birth_date $place phone" people=20000 twice=.1 family=3
shape "parish registers" "$name birth_date city" people=10000 records=3 birth=1650
shape "5 records each" "$name birth_date $place" people=10000 records=5
shape "30 records each" "$name birth_date $place" people=1000 records=30
exit $status
