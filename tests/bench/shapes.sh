#!/usr/bin/env bash
# scripts/bench shapes [OPTION]...   cluster-pair F1 on generated lists of many shapes
# What labelled sets and make-samples lack: clean lists in which few are twice, columns that are
# not there, people with hundreds of records, colleagues, families, parish registers. OPTIONs go
# to so1-dedupe. SO1_BIN: folder of the tools. Exit status 1 when a shape is below its bar: what
# so1-dedupe reached when the bar was set, less a little.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/bench
bin=${SO1_BIN:-$top/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
status=0
name="first_name last_name" place="street postcode city"

printf '%-26s %8s %9s %7s %7s %5s %8s %6s %6s\n' shape records precision recall F1 bar largest truth s
# shape LABEL BAR COLUMNS [VARIABLE=VALUE]... (of make.awk)
shape() {
	local label=$1 bar=$2 columns=$3 begin end settings=()
	shift 3
	for setting; do settings+=(-v "$setting"); done
	awk -v columns="$columns" -v truth="$work/truth" "${settings[@]}" -f "$here/shapes/make.awk" >"$work/in.csv"
	begin=$(date +%s%N)
	"$bin/so1-dedupe" -q ${options[@]+"${options[@]}"} --links "$work/links" -o "$work/out" "$work/in.csv"
	end=$(date +%s%N)
	awk -f "$here/identity/score.awk" "$work/truth" "$work/links" |
		awk -v label="$label" -v bar="$bar" -v n="$(wc -l <"$work/in.csv")" -v ns=$((end - begin)) '{
			printf "%-26s %8d %9s %7s %7s %5s %8s %6s %6.2f%s\n", label, n - 1, $1, $2, $3, bar, $4,
				$5, ns / 1e9, $3 < bar ? "  below the bar" : ""
			exit $3 < bar }' || status=1
}
options=("$@")
shape "clean, no birth dates" .965 "$name $place email phone" people=50000 twice=.003
shape "clean, name and address" .92 "$name $place" people=50000 twice=.01
shape "clean, many languages" .89 "$name $place" people=50000 twice=.003 languages=6
shape "name and address" .97 "$name $place" people=20000 twice=.2
shape "name and birth date" .5 "$name birth_date" people=20000 twice=.1
shape "name and e-mail" .79 "$name email" people=20000 twice=.1
shape "all columns" .995 "$name birth_date $place email phone" people=50000 twice=.1
shape "colleagues, clean" .88 "$name $place email phone" people=20000 twice=.01 staff=20
shape "colleagues" .975 "$name $place email phone" people=20000 twice=.3 staff=20
shape "families" .975 "$name birth_date $place phone" people=20000 twice=.1 family=3
shape "parish registers" .9 "$name birth_date city" people=20000 records=3 birth=1650
shape "5 records each" .995 "$name birth_date $place" people=20000 records=5
shape "30 records each" .99 "$name birth_date $place" people=1000 records=30
shape "300 records each" .95 "$name birth_date $place" people=50 records=300
exit $status
