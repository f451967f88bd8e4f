#!/usr/bin/env bash
# scripts/bench uplift: who is moved by an e-mail, on real data.
# MineThatData's e-mail trial of 2008 (Hillstrom; SO1_DATA/hillstrom_train.csv.gz, half of the
# rows): women's e-mail against none. Target visit: two logistic regressions reach a 5-fold
# Qini coefficient of .0610 ± .020 (scikit-uplift's qini_auc_score). Target conversion: nothing
# beats noise, and so1-predict must say so. Fails when -j or -M changes a byte.
# Skipped without SO1_DATA. Needs GNU time. SO1_BIN: the tools (default: build).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export LC_ALL=C TMPDIR="$dir" PATH="$bin:$PATH"
[ -x /usr/bin/time ] || { echo "bench uplift: needs GNU time (Debian: time)" >&2; exit 1; }
[ -n "${SO1_DATA:-}" ] || { echo "SO1_DATA is not set: skipped"; exit 0; }

gzip -dc "$SO1_DATA/hillstrom_train.csv.gz" | awk -F, '
	NR == 1 { print $0 ",treated" } $9 == "Womens E-Mail" { print $0 ",1" } $9 == "No E-Mail" { print $0 ",0" }' >"$dir/in.csv"

fit() { # TARGET OPTION...
	local target=$1
	shift
	so1-predict --fit uplift --treatment treated --target "$target" --ignore segment,visit,conversion,spend \
		"$@" "$dir/in.csv"
}
card() { sed -n "s/^card,$1,\([^,]*\),.*/\1/p" "$dir/$2.model"; }
bar() { # WHAT FIGURE LOW HIGH
	awk -v what="$1" -v x="$2" -v from="$3" -v to="$4" 'BEGIN {
		printf "bar: %-28s %8.4f between %s and %s: %s\n", what, x, from, to, (x >= from && x <= to ? "met" : "MISSED") }'
}

for target in visit conversion; do
	echo "== $target"
	export -f fit; export dir
	/usr/bin/time -f '%e s, %U + %S cpu s, %M kB' bash -c "fit $target --report $dir/$target.csv -o $dir/$target.model"
	fit "$target" -q -j 4 -M 16M -o "$dir/other.model" >"$dir/other.page"
	cmp "$dir/other.model" "$dir/$target.model" && echo "any -j and -M: the same bytes"
done
bar "visit, mean Qini of 5 folds" "$(card "$(sed -n 's/^model,form,\([^,]*\),/\1/p' "$dir/visit.model")_qini" visit)" .041 .081
[ "$(card beats_noise visit)" = 1 ] && echo "visit: beats noise"
if [ "$(card beats_noise conversion)" = 0 ]; then echo "bar: conversion, nothing beats noise: met"; else echo "bar: conversion: MISSED"; fi
