#!/usr/bin/env bash
# scripts/bench nights [PEOPLE]: what a night costs against a full run, on the person records
# (crm) of PEOPLE (default 1000000) of the fictional retailer. Every hundredth record is new.
#   full         all records, an empty registry
#   everything   all records, a registry that knows all but the new ones
#   again        all records, a registry that knows them all
#   new          the new records alone, the registry that knows all others
#   without      as everything, without fingerprints
# Seconds of processor time (user and system), of three runs the least; share of full; MiB.
# What comes out of everything and without must be the same bytes.
# Needs GNU time. SO1_BIN: the tools (default: the built tree); BENCH_DIR: where the data
# go (default: a temporary folder); THREADS (default 1).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
people=${1:-1000000}
threads=${THREADS:-1}
dir=${BENCH_DIR:-$(mktemp -d)}
[ -n "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C TZ=UTC TMPDIR="$dir"
command -v /usr/bin/time >/dev/null || { echo "bench nights: needs GNU time (Debian: time)" >&2; exit 1; }

night() { # NAME INPUT REGISTRY-BEFORE
	local name=$1 input=$2 before=$3 i
	: >"$dir/times"
	for i in 1 2 3; do
		rm -f "$dir"/ids.csv*
		for suffix in "" .prints; do
			[ ! -f "$before$suffix" ] || cp "$before$suffix" "$dir/ids.csv$suffix"
		done
		[ "$name" != without ] || rm -f "$dir/ids.csv.prints"
		/usr/bin/time -a -f '%U %S %M' -o "$dir/times" "$bin/so1-dedupe" -q --keys-only -j "$threads" \
			--registry "$dir/ids.csv" "$input" -o "$dir/$name.out"
	done
	cp "$dir/ids.csv" "$dir/$name.ids"
	[ ! -f "$dir/ids.csv.prints" ] || cp "$dir/ids.csv.prints" "$dir/$name.ids.prints"
	sort -n "$dir/times" | awk -v name="$name" '
		{ t = $1 + $2; if (NR == 1 || t < least) least = t; if ($3 > most) most = $3 }
		END { print name, least, most / 1024 }' >>"$dir/figures"
}

if [ ! -f "$dir/all.csv" ]; then
	"$top/scripts/make-samples" --people "$people" --out "$dir"
	"$bin/so1-ingest" -q -m "$top/data/samples/crm.map" "$dir/crm.csv" -o "$dir/all.csv"
fi
awk 'NR == 1 || NR % 100' "$dir/all.csv" >"$dir/known.csv"
awk 'NR == 1 || NR % 100 == 0' "$dir/all.csv" >"$dir/new.csv"
rm -f "$dir/figures"
rm -f "$dir"/known.ids*
"$bin/so1-dedupe" -q --keys-only --registry "$dir/known.ids" "$dir/known.csv" -o /dev/null
night full "$dir/all.csv" /nowhere
night everything "$dir/all.csv" "$dir/known.ids"
night again "$dir/all.csv" "$dir/everything.ids"
night new "$dir/new.csv" "$dir/known.ids"
night without "$dir/all.csv" "$dir/known.ids"
cmp "$dir/everything.out" "$dir/without.out"
cmp "$dir/everything.ids" "$dir/without.ids"
echo "records: $(($(wc -l <"$dir/all.csv") - 1)), new: $(($(wc -l <"$dir/new.csv") - 1))"
awk 'NR == 1 { full = $2 } { printf "%-12s %7.2f s %6.1f %% %7d MiB\n", $1, $2, 100 * $2 / full, $3 }' \
	"$dir/figures"
