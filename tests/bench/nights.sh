#!/usr/bin/env bash
# scripts/bench nights [PEOPLE] [keys|model]: what a night costs against a full run, on the
# person records (crm) of PEOPLE (default 1000000) of the fictional retailer; by keys alone, or
# (the default) with probabilities under a model that was fitted once. Every hundredth record
# is new.
#   full         all records, an empty registry
#   everything   all records, a registry that knows all but the new ones
#   again        all records, a registry that knows them all
#   new          the new records alone, the registry that knows all others
#   without      as everything, without fingerprints
# and, not by keys alone, with --known:
#   first        as full: FILE and FILE.rows are made
#   added        as new, compared with all others
#   reread       as everything
#   same         as again
# and of the new records how many are told to be somebody known.
# Seconds of processor time (user and system), of RUNS runs (default 3) the least, and share of
# full; of these the seconds that finding out who is who takes (SO1_TIMES: registry, keys, folding,
# comparing, fitting, clustering, naming, recalling), and share of full; MiB;
# What comes out of everything and without must be the same bytes, and what comes out of reread
# is the same where FILE.rows is not there.
# Needs GNU time. SO1_BIN: the tools (default: the built tree); BENCH_DIR: where the data
# go (default: a temporary folder); THREADS (default 1).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${SO1_BIN:-$top/build}" && pwd)
people=${1:-1000000}
how=${2:-model}
threads=${THREADS:-1}
dir=${BENCH_DIR:-$(mktemp -d)}
[ -n "${BENCH_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C TZ=UTC TMPDIR="$dir" SO1_TIMES=1
command -v /usr/bin/time >/dev/null || { echo "bench nights: needs GNU time (Debian: time)" >&2; exit 1; }
case $how in
keys) match=(--keys-only) ;;
model) match=(--model "$dir/model.csv") ;;
*) echo "bench nights: keys or model, not '$how'" >&2; exit 2 ;;
esac

# NAME INPUT: the files in $dir/now before and after; figures to stdout.
one_run() {
	local known=()
	case $1 in first | added | reread | same) known=(--known "$dir/now/people.known") ;; esac
	/usr/bin/time -f '%U %S %M' -o "$dir/time" "$bin/so1-dedupe" "${match[@]}" -j "$threads" \
		--registry "$dir/now/ids.csv" ${known[@]+"${known[@]}"} "$2" -o "$dir/$1.out" 2>"$dir/stages"
	awk '$2 != "time:" { next }
		$3 ~ /^(recalling|registry|keys|folding|comparing|fitting|clustering|naming):/ { s += $6 }
		END { printf "%s ", s }' "$dir/stages"
	tail -1 "$dir/time"
}

# What is there before a run: a night's files, or none.
put_back() { # NAME
	rm -rf "$dir/now"
	if [ "$1" = none ]; then mkdir "$dir/now"; else cp -r "$dir/after.$1" "$dir/now"; fi
}

night() { # NAME INPUT NIGHT-BEFORE
	local name=$1 input=$2 before=$3 i
	: >"$dir/times"
	for ((i = 0; i < ${RUNS:-3}; i++)); do
		put_back "$before"
		[ "$name" != without ] || rm -f "$dir/now/ids.csv.prints"
		one_run "$name" "$input" >>"$dir/times"
	done
	rm -rf "$dir/after.$name"
	cp -r "$dir/now" "$dir/after.$name"
	"$bin/so1-dedupe" -q --lookup --registry "$dir/now/ids.csv" "$dir/new.csv" -o "$dir/who" 2>/dev/null
	awk -F , 'NR == FNR { if ($3 == "customer") known[$1]; next } $1 in known { n++ }
		END { print n + 0 }' "$dir/after.known/ids.csv" "$dir/who" >"$dir/met"
	awk -v name="$name" -v met="$(cat "$dir/met")" '
		{ t = $2 + $3; if (NR == 1 || t < least) { least = t; stages = $1 } if ($4 > most) most = $4 }
		END { print name, least, stages, most / 1024, met }' "$dir/times" >>"$dir/figures"
}

if [ ! -f "$dir/all.csv" ]; then
	"$top/scripts/make-samples" --people "$people" --out "$dir"
	"$bin/so1-ingest" -q -m "$top/data/samples/crm.map" "$dir/crm.csv" -o "$dir/all.csv"
fi
awk 'NR == 1 || NR % 100' "$dir/all.csv" >"$dir/known.csv"
awk 'NR == 1 || NR % 100 == 0' "$dir/all.csv" >"$dir/new.csv"
rm -rf "$dir/figures" "$dir"/after.*
[ "$how" = keys ] || "$bin/so1-dedupe" -q --fit-model "$dir/model.csv" "$dir/known.csv" -o /dev/null 2>/dev/null
mkdir "$dir/after.known" "$dir/after.people"
"$bin/so1-dedupe" -q "${match[@]}" --registry "$dir/after.known/ids.csv" "$dir/known.csv" -o /dev/null 2>/dev/null
night full "$dir/all.csv" none
night everything "$dir/all.csv" known
night again "$dir/all.csv" everything
night new "$dir/new.csv" known
night without "$dir/all.csv" known
cmp "$dir/everything.out" "$dir/without.out"
cmp "$dir/after.everything/ids.csv" "$dir/after.without/ids.csv"
if [ "$how" = model ]; then
	"$bin/so1-dedupe" -q "${match[@]}" --registry "$dir/after.people/ids.csv" \
		--known "$dir/after.people/people.known" "$dir/known.csv" -o /dev/null 2>/dev/null
	cmp "$dir/after.people/ids.csv" "$dir/after.known/ids.csv"
	night first "$dir/all.csv" none
	night added "$dir/new.csv" people
	night reread "$dir/all.csv" people
	night same "$dir/all.csv" reread
	cmp "$dir/reread.out" "$dir/same.out"
	rm "$dir/after.people/people.known.rows"
	mv "$dir/reread.out" "$dir/rows.out"
	put_back people
	one_run reread "$dir/all.csv" >/dev/null
	cmp "$dir/reread.out" "$dir/rows.out"
fi
echo "records: $(($(wc -l <"$dir/all.csv") - 1)), new: $(($(wc -l <"$dir/new.csv") - 1)), by $how"
awk 'NR == 1 { full = $2; stages = $3 }
	{ printf "%-12s %7.2f s %6.1f %%   who is who %7.2f s %6.1f %% %7d MiB   known of the new %7d\n",
		$1, $2, 100 * $2 / full, $3, 100 * $3 / stages, $4, $1 == "full" || $1 == "first" ? 0 : $5 }' "$dir/figures"
