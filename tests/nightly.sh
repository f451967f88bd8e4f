#!/usr/bin/env bash
# so1-nightly: what it says and refuses, and that SIGKILL at any moment loses nothing.
#   tests/nightly.sh [KILLS]      default: 100
# The second half runs a nightly state twice: once undisturbed, the reference, and once
# killed over and over, at the start, the end and in the middle of every command the script
# runs, and at moments that a fixed sequence of sleeps gives. Whoever looks at the
# destination folder, at any time, must see one whole list of the reference; in the end
# registry, history, models and lists are the reference's to the byte.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
bin=$(cd "${SO1_BIN:-$top}" && pwd)
kills=${1:-${SO1_KILLS:-100}}
export LC_ALL=C TZ=UTC
unset SO1_SEAL
# Not what a disk does is tested here: where there is a file system in memory, there.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")") || exit 99
trap 'rm -rf "$scratch"' EXIT
pass=0 fail=0

good() { pass=$((pass + 1)); }
bad() { fail=$((fail + 1)); echo "FAIL $*"; }
check() { # DESCRIPTION COMMAND...
	local what=$1
	shift
	if "$@" >"$scratch/check.out" 2>&1; then good; else
		bad "$what"
		sed 's/^/  /' "$scratch/check.out" | head -n 20
	fi
}
status_is() { # WANTED COMMAND...
	local wanted=$1 got
	shift
	"$@"
	got=$?
	[ "$got" = "$wanted" ] || { echo "exit status $got, expected $wanted"; return 1; }
}
says() { # WANTED-STATUS TEXT COMMAND...: with that status, and the text in what it prints
	local wanted=$1 text=$2
	shift 2
	status_is "$wanted" "$@" >"$scratch/says" 2>&1 || { cat "$scratch/says"; return 1; }
	grep -qF -- "$text" "$scratch/says" || { cat "$scratch/says"; return 1; }
}

# --- data: 200 people of the fictional retailer; a night brings four more records of the CRM
# and what happened to the newsletter since the night before.

"$top/scripts/make-samples" --people 200 --out "$scratch/in" >/dev/null 2>&1 || exit 99
chmod -R u+w "$scratch/in"
mv "$scratch/in/crm.csv" "$scratch/in/crm-all.csv"
mv "$scratch/in/newsletter.csv" "$scratch/in/newsletter-all.csv"
cp "$top/data/samples/suppress.csv" "$scratch/in/"
{ echo code; seq -f 'C%05.0f' 20000; } >"$scratch/in/codes.csv"
night() { # N: the files of that night
	head -n $((40 + 4 * $1)) "$scratch/in/crm-all.csv" >"$scratch/in/crm.csv"
	awk -v n="$1" 'NR == 1 || (n == 1 ? NR <= 1000 : NR > 1000 + 4 * (n - 2) && NR <= 1000 + 4 * (n - 1))' \
		"$scratch/in/newsletter-all.csv" >"$scratch/in/newsletter.csv"
}
day() { date -ud "2026-10-30 + $1 days" +%F; } # N
config() { # FOLDER
	mkdir -p "$1"
	ln -sfn "$scratch/in" "$1/in"
	cat >"$1/nightly.conf" <<'END'
state       = state
output      = lists
keep        = 3
threads     = 1
source      = in/crm.map in/crm.csv
source      = in/orders.map in/orders.csv.gz
daily       = in/newsletter.map in/newsletter.csv
products    = in/products.csv
max_rejects = 1%
snapshots   = 2
model       = purchase logistic --target label --basis linear --lambda 1
model       = again affinity --by category
rules       = in/segments.rules
offers      = in/offers.csv
suppress    = in/suppress.csv
campaign    = week-%G-%V
holdout     = 5%
cap         = 3/7d
codes       = in/codes.csv
destination = mail csv --channel email --columns email
destination = till jsonl --channel pos --columns loyalty_id
END
}
config "$scratch/say"
cd "$scratch/say" || exit 99
night 1
nightly() { "$bin/so1-nightly" "$@" </dev/null; }
with() { # SED-SCRIPT ARGUMENT...: the configuration, changed
	local script=$1
	shift
	sed "$script" nightly.conf >changed.conf
	nightly "$@" changed.conf
}

# --- the command line and the configuration

check "--help" status_is 0 nightly --help
check "--version" says 0 "so1-nightly $("$bin/so1-ingest" --version | head -n 1 | cut -d ' ' -f 2)" nightly --version
check "no configuration" status_is 2 nightly
check "unknown option" says 2 "unknown option '--no-such'" nightly --no-such nightly.conf
check "--as-of" says 2 "not a date '2026-02-30'" nightly --as-of 2026-02-30 nightly.conf
check "missing configuration" says 1 'nothing.conf: cannot read' nightly nothing.conf
check "--check" status_is 0 nightly --check nightly.conf
check "--check writes nothing" test ! -e state
check "no such key" says 2 "changed.conf:2: no such key 'outptu'" with s/^output/outptu/ --check
check "no value" says 2 'changed.conf:3: keep: has no value' with 's/^keep .*/keep =/' --check
check "not key = value" says 2 "changed.conf:3: not 'key = value'" with 's/^keep .*/keep/' --check
check "key twice" says 2 'changed.conf:4: keep: may stand only once, and does on line 3' with 's/^keep.*/&\n&/' --check
check "missing key" says 2 "key is missing 'state'" with /^state/d --check
check "not a number" says 2 "changed.conf:3: keep: not a number from 1 'few'" with 's/^keep.*/keep = few/' --check
check "missing file" says 1 "changed.conf:5: source: no such file 'in/crm2.csv'" with 's/crm.csv/crm2.csv/' --check
check "pattern without file" says 1 "changed.conf:5: source: no file is called so 'in/x*.csv'" with 's/crm.csv/x*.csv/' --check
check "open quote" says 2 "changed.conf:5: source: a quote that never closes" with 's/crm.csv/"crm.csv/' --check
check "kind of model" says 2 "changed.conf:11: model: no such kind 'oracle'" with 's/logistic/oracle/' --check
check "option of a tool" says 2 "so1-predict has no such option '--lambada'" with 's/--lambda/--lambada/' --check
check "reserved option" says 2 "so1-nightly sets this option itself '--history'" with 's/^destination.*jsonl/& --history x/' --check
check "folder twice" says 2 "destination: folder is taken 'mail'" with 's/till jsonl/mail jsonl/' --check
check "same run twice" says 2 'give one a --campaign of its own' with 's/till jsonl/till csv/' --check
check "time zone" says 2 "no such time zone 'Europe/Ankh'" with 's/^keep.*/timezone = Europe\/Ankh/' --check

manual=$top/man/so1-nightly.1
manual_has_options() {
	local o
	for o in $(nightly --help | sed -n 's/^ *\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p'); do
		grep -qE "Fl Fl $o( |$)" "$manual" || { echo "--$o"; return 1; }
	done
}
manual_has_keys() {
	local k
	for k in $(sed -n '/^declare -A keys=/,/^)/p' "$bin/so1-nightly" | grep -o '\[[a-z_]*\]=' | tr -d '[]='); do
		grep -qE "^\.It( .*)? Ic $k( |$)" "$manual" || { echo "$k"; return 1; }
	done
}
check "every option is in the manual" manual_has_options
check "every key is in the manual" manual_has_keys
check "--help fits 80 columns" test -z "$(nightly --help | grep -E '^.{81,}')"
if command -v mandoc >/dev/null; then check "the manual is clean" "$here/lib/mandoc-lint" "$manual"; fi
if command -v shellcheck >/dev/null; then check "shellcheck" shellcheck -S warning "$bin/so1-nightly"; fi

# --- so1-swap

swap() { "$bin/so1-swap" "$@"; }
swaps() {
	mkdir -p a && echo 1 >a/which && swap a b && [ ! -e a ] && [ "$(cat b/which)" = 1 ] || return 1
	mkdir -p a && echo 2 >a/which && swap a b && [ "$(cat a/which)" = 1 ] && [ "$(cat b/which)" = 2 ]
}
check "so1-swap" swaps
check "so1-swap without a folder" says 1 'so1-swap: none: cannot use' swap none b
check "so1-swap from another file system" says 1 'so1-swap: b: cannot replace' swap /proc b
check "so1-swap leaves both then" test -e b/which
check "so1-swap's usage" status_is 2 swap b
rm -rf a b

# --- a night, and what stops one

check "--dry-run" says 0 'so1-dedupe --threads 1 --fit-model' nightly --dry-run --as-of "$(day 1)" nightly.conf
{ cat nightly.conf; echo 'label = 91'; } >quarter.conf
check "what is scored looks as far as the labels" says 0 '--horizon 91' \
	nightly --dry-run --as-of "$(day 1)" quarter.conf
check "--dry-run writes nothing" test ! -e state
dry_run_is_what_runs() {
	# What a dry run cannot know: so few customers are no baseline for the model of tastes.
	nightly --dry-run --as-of "$(day 1)" nightly.conf | grep -E '^ *so1-' >all
	grep -q 'drift-again.csv' all || return 1
	grep -v 'drift-again.csv' all >planned
	nightly --as-of "$(day 1)" nightly.conf || return 1
	grep -E '^ *so1-' state/current/log/commands | diff planned -
}
check "--dry-run shows what runs" dry_run_is_what_runs
check "done already" says 0 "the night of $(day 1) is done" nightly --as-of "$(day 1)" nightly.conf
check "no way back" says 1 'going back would forget it' nightly --as-of "$(day 0)" nightly.conf
check "the lists are the night's" diff -r lists state/current/lists
untouched() { # TEXT COMMAND...: fails, saying so, and leaves lists, registry and history
	local before
	before=$(cat lists/*/* state/current/*.csv | cksum)
	says 1 "$@" || return 1
	grep -q '^Not done' "$scratch/says" || { cat "$scratch/says"; return 1; }
	[ "$(readlink state/current)" = "nights/$(day 1)" ] && [ "$(cat lists/*/* state/current/*.csv | cksum)" = "$before" ]
}
next() { with "$1" --as-of "$(day 2)"; }
night 2
check "too few rows" untouched 'and min_rows is 5000' next '$amin_rows = 5000'
check "drift" untouched 'the scores are of another population' next '$amax_psi = 0.0001'
sed 2q in/crm-all.csv >in/crm.csv
check "half the input is gone" untouched 'a change of more than 3%' next '$amax_change = 3%'
night 2
printf 'email\n' >in/nobody.csv
check "empty suppression list" untouched 'in/nobody.csv' next '$asuppress = in/nobody.csv'
check "the failed night's log is kept" test -s "state/nights/$(day 2).failed/log/commands"
gunzip -c in/orders.csv.gz | head -c 5000 | gzip | head -c 1500 >in/cut.csv.gz
check "a damaged export" untouched 'in/cut.csv.gz' next 's/orders.csv.gz/cut.csv.gz/'
# One tool of a pipe dies; the others only suffer from it.
dying() { # TOOL SHELL-COMMAND: a folder with the tools, that one ending so
	local name
	rm -rf dying && mkdir dying && cp "$bin/so1-nightly" dying/
	for name in ingest dedupe profile predict segment export swap; do ln -s "$bin/so1-$name" dying/; done
	rm "dying/$1" && printf '#!/bin/sh\n%s\nkill -9 $$\n' "$2" >"dying/$1" && chmod +x "dying/$1"
}
dying so1-ingest "$bin/so1-ingest"' "$@" | head -n 200'
check "a tool dies upstream" untouched 'so1-ingest: ended by signal 9' dying/so1-nightly --as-of "$(day 2)" nightly.conf
dying so1-dedupe 'read -r line'
check "a tool dies downstream" untouched 'so1-dedupe: ended by signal 9' dying/so1-nightly --as-of "$(day 2)" nightly.conf
dying so1-export "case \$1 in --help) exec $bin/so1-export --help ;; esac; exit 0"
check "a tool that writes nothing" untouched 'checks: mail: so1-export wrote no manifest' dying/so1-nightly --as-of "$(day 2)" nightly.conf
rm -rf dying
echo mine >lists/mine.txt
check "a file of somebody else" untouched 'did not write and would delete: mine.txt' next ''
rm lists/mine.txt
check "a folder that is none" says 1 'nightly.conf: not a folder' with 's/^output.*/output = nightly.conf/' --as-of "$(day 2)"
exec 8<>state/lock
flock 8
check "one run at a time" says 1 'another run is at work' nightly --as-of "$(day 2)" nightly.conf
exec 8>&-
before=$(sed -n 's/^customers=//p' state/current/figures)
check "the next night" says 0 "$before known before, $before met again" nightly --as-of "$(day 2)" nightly.conf
late_file() {
	dying so1-profile "echo late >lists/late.txt; exec $bin/so1-profile"' "$@"'
	says 0 'kept as' dying/so1-nightly --again --as-of "$(day 2)" nightly.conf && [ "$(echo lists*)" = "lists lists.replaced-$(day 2).2" ] &&
		[ "$(cat lists.replaced-*/late.txt)" = late ] && diff -r lists state/current/lists
}
check "a file that somebody puts there meanwhile stays" late_file
rm -rf lists.replaced-* dying
check "models are kept" says 0 "purchase of $(day 1)" cat state/current/summary.txt
check "fitted after a week" says 0 'fitted tonight: identity, purchase, again' nightly --as-of "$(day 8)" nightly.conf
check "a changed line is fitted anew" says 0 'fitted tonight: again' with 's/category$/category --top 5/' --as-of "$(day 9)"
check "nights are pruned" test "$(cd state/nights && echo *)" = "$(day 2).2 $(day 2).failed $(day 8) $(day 9)"
check "an option that is a key" says 2 "so1-nightly sets this option itself '--top'" with '$aexport = --top 5' --check
check "so1-dedupe may have --rules" says 2 "so1-dedupe has no such option '--rulez'" with '$adedupe = --rules in/segments.rules --rulez' --check
check "--again" says 0 "the night of $(day 9).2 is done" nightly --again --as-of "$(day 9)" nightly.conf

# The registry and history of the lists that were made by hand before.
begin_with() {
	mkdir -p old && cp state/current/registry.csv state/current/history.csv old/ && rm -rf state lists &&
		mkdir -p state && mv old state/begin && says 0 ' met again, 0 new, ' nightly --as-of "$(day 9)" nightly.conf &&
		grep -q 'in campaign' "$scratch/says"
}
check "begins with what was there" begin_with
check "the state is the owner's" test "$(rm -rf state lists; nightly --as-of "$(day 9)" nightly.conf >/dev/null; stat -c %a state)" = 700

# --- killed

# Stands before every command the script runs: counts, and kills the script at call KILL_AT:
# before it (the command does not run), after it, or while it goes on.
wrapped=$scratch/bin real_path=$bin:$PATH
mkdir "$wrapped"
cp "$bin/so1-nightly" "$wrapped/"
cat >"$scratch/wrapper" <<'END'
#!/bin/sh
echo >>"$SCRATCH/calls"
case $(($(wc -l <"$SCRATCH/calls"))) in
"${KILL_AT:-0}") how=$KILL_HOW ;;
*) how= ;;
esac
die() { kill -9 "$(cat "$SCRATCH/pid")"; }
name=${0##*/}
[ "$how" != before ] || { die; exit 137; }
if [ "$how" = while ]; then (die) & fi
PATH=$REAL_PATH "$name" "$@"
status=$?
[ "$how" != after ] || die
exit $status
END
chmod +x "$scratch/wrapper"
for name in so1-{ingest,dedupe,profile,predict,segment,export,swap} mv cp ln rm sync mkdir; do
	cp "$scratch/wrapper" "$wrapped/$name"
done
start() { # KILL-AT HOW: in a process group of its own
	: >"$scratch/calls"
	cd "$scratch/killed" || exit 99
	SCRATCH=$scratch REAL_PATH=$real_path KILL_AT=$1 KILL_HOW=$2 setsid env PATH="$wrapped:$real_path" \
		bash -c 'echo $$ >"$SCRATCH/pid"; exec so1-nightly --as-of "$0" nightly.conf' "$(day "$n")" \
		>"$scratch/run.out" 2>&1 </dev/null
}

# The reference for a night, undisturbed.
reference() {
	night "$n"
	cd "$scratch/calm" && "$bin/so1-nightly" --as-of "$(day "$n")" nightly.conf >"$scratch/calm.out" 2>&1 </dev/null ||
		{ cat "$scratch/calm.out"; bad "night $n of the reference"; exit 1; }
	cp -r lists "$scratch/reference-$(day "$n")"
	merges=$((merges + $(grep -cE '^(merged|split),' state/current/changes.csv)))
}
# The mailer: sends the list of a night once, whenever it happens to look.
mail_out() { # NIGHT
	[ ! -e "$scratch/mailed-$1" ] || return 0
	{
		tail -n +2 "$scratch/killed/lists/mail/list.csv" | cut -d, -f1
		sed -n 's/.*"customer_id":"\([0-9a-z]*\)".*/\1/p' "$scratch/killed/lists/till/list.jsonl"
	} | sed "s/^/$(date -ud "$1" +week-%G-%V),/" >"$scratch/mailed-$1"
}
# What must hold at any moment, before anything has tidied up.
whole() {
	local shown
	cd "$scratch/killed" || return 1
	[ -e lists ] || [ "$n" = 1 ] || { echo "no folder lists"; return 1; }
	[ -e lists ] || return 0
	shown=$(sed -n 's/^night,//p' lists/night.csv)
	[ "$shown" = "$(day "$n")" ] || [ "$shown" = "$(day $((n - 1)))" ] || { echo "lists of '$shown'"; return 1; }
	diff -r lists "$scratch/reference-$shown" || return 1
	# The state never lags behind what the world has seen.
	[ "$(head -n 1 state/journal 2>/dev/null)" = "$shown" ] || [ "$(readlink state/current)" = "nights/$shown" ] ||
		[ "$shown" != "$(day "$n")" ] || { echo "lists are ahead of the state"; return 1; }
	mail_out "$shown"
}
# After a run that was let live.
same_as_reference() {
	local name
	cd "$scratch" || return 1
	whole || return 1
	cd "$scratch" || return 1
	diff -r killed/lists "reference-$(day "$n")" || return 1
	for name in registry.csv history.csv models lists customers.csv; do
		diff -r "calm/state/current/$name" "killed/state/current/$name" || return 1
	done
	diff -r calm/state/touchpoints killed/state/touchpoints || return 1
	[ -z "$(find killed -maxdepth 1 -name 'lists.*')$(find killed/state -name '*.tmp' -o -name '*.old.*' -o -name journal)" ] ||
		{ echo "something is left behind"; find killed -maxdepth 3; return 1; }
}
let_live() {
	start 0 never || { cat "$scratch/run.out"; bad "night $n does not recover"; return; }
	check "night $n is the reference's" same_as_reference
}

config "$scratch/killed"
config "$scratch/calm"
n=1 merges=0
reference
began=${EPOCHREALTIME/./}
let_live
took=$(((${EPOCHREALTIME/./} - began) / 1000))
# A later night, in which there is more to do: the calls are counted in it.
n=2
reference
let_live
calls=$(wc -l <"$scratch/calls")
ways=(before after while)
nights=2 since=5 aimed=0
for ((k = 0; k < kills; k++)); do
	# A night is killed five times at most, or until it has come into force.
	if [ $since -ge 5 ] || [ "$(sed -n 's/^night,//p' "$scratch/killed/lists/night.csv")" = "$(day "$n")" ]; then
		let_live
		n=$((n + 1)) nights=$((nights + 1)) since=0
		reference
	fi
	since=$((since + 1))
	if ((k % 4 < 3)); then
		start $((1 + aimed % calls)) "${ways[(aimed + aimed / calls) % 3]}"
		aimed=$((aimed + 1))
	else
		start 0 never &
		sleep "$(printf '0.%03d' $(((k * 617 + 101) % (took < 999 ? took : 999))))"
		{ kill -9 -- "-$(cat "$scratch/pid")"; } 2>/dev/null
		wait $! 2>/dev/null
	fi 2>/dev/null
	check "killed, $k of $kills, call $(wc -l <"$scratch/calls")" whole
done
let_live
# Ids of the same person are told by the last registry.
once_only() {
	awk -F, '
		FILENAME ~ /registry/ { if ($3 == "redirect") now[$1] = $2; next }
		{ id = $2; while (id in now) id = now[id] }
		seen[$1, id]++ { print "twice: " $1 " " id; bad = 1 }
		END { exit bad || NR == FNR }' "$scratch/killed/state/current/registry.csv" "$scratch"/mailed-*
}
check "nobody is mailed twice for one campaign" once_only
known_to_history() {
	cut -d, -f1,2 "$scratch/killed/state/current/history.csv" | awk -F, '
		FILENAME == "-" { has[$2, $1]; next }
		FILENAME ~ /registry/ { if ($3 == "redirect") now[$1] = $2; next }
		{ id = $2; while (id in now) id = now[id] }
		!(($1, id) in has) { print "mailed, not in the history: " $1 " " id; bad = 1 }
		END { exit bad }' - "$scratch/killed/state/current/registry.csv" "$scratch"/mailed-*
}
check "the history has everybody who was mailed" known_to_history
check "customers were merged or split meanwhile" test $merges -gt 0
echo "nightly: $pass passed, $fail failed"
echo "nightly: $kills kills in $nights nights, $calls commands a night, $merges customers merged or split"
[ "$fail" = 0 ]
