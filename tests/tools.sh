#!/usr/bin/env bash
# What every tool must do alike, over every tool that was built: --help and --version
# succeed, nonsense is refused with 2, a full disk is noticed, the option table, --help,
# the manual page and the completion agree.
set -u
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "${SO1_BIN:-$here/..}" && pwd)
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C
unset SO1_SEAL
pass=0 fail=0

check() { # DESCRIPTION COMMAND...
	local what=$1
	shift
	if "$@" >"$scratch/out" 2>"$scratch/err"; then
		pass=$((pass + 1))
	else
		fail=$((fail + 1))
		echo "FAIL $what"
		sed 's/^/  /' "$scratch/err" | head -n 5
	fi
}
status_is() { # WANTED COMMAND...
	local wanted=$1 got
	shift
	"$@" </dev/null
	got=$?
	[ "$got" = "$wanted" ] || { echo "exit status $got, expected $wanted: $*" >&2; return 1; }
}
silent_stderr() { [ ! -s "$scratch/err" ]; }
full_disk() { "$@" >/dev/full; [ $? = 1 ]; }
long_options() { "$1" --help | sed -n 's/^  \(-., \|    \)--\([a-z0-9-]*\).*/\2/p'; }

man_has_option() { # PAGE OPTION; the options of every tool may stand in so1.7 alone
	grep -qE "Fl (Fl |-)$2( |$)" "$1" || grep -qE "Fl (Fl |-)$2( |$)" "$here/../man/so1.7"
}
help_fits() { ! "$1" --help | grep -nE '^.{81,}' >&2; }
completion_is_bash() { "$1" --completion | bash -n; }
completion_has_all() {
	local o
	for o in $(long_options "$1"); do
		"$1" --completion | grep -q -- "--$o" || { echo "no --$o in the completion" >&2; return 1; }
	done
}
accepts() { # TOOL OPTION: anything but "unknown option"; --rejects makes a file --help
	! (cd "$scratch" && timeout 10 "$1" "--$2" --help </dev/null 2>&1) | grep -q 'unknown option'
}

tools=0
for tool in ingest dedupe profile predict segment export; do
	t="$bin/so1-$tool"
	[ -x "$t" ] || { echo "FAIL so1-$tool is not built"; fail=$((fail + 1)); continue; }
	tools=$((tools + 1))
	check "$tool --help" status_is 0 "$t" --help
	check "$tool --help writes nothing to stderr" silent_stderr
	check "$tool --version" status_is 0 "$t" --version
	check "$tool --help fits 80 columns" help_fits "$t"
	check "$tool --help to a full disk fails" full_disk "$t" --help
	check "$tool --version to a full disk fails" full_disk "$t" --version
	check "$tool refuses an unknown option" status_is 2 "$t" --no-such-option
	check "$tool refuses an unknown letter" status_is 2 "$t" -Z
	check "$tool refuses a bad size" status_is 2 "$t" --memory=lots
	check "$tool refuses a bad thread count" status_is 2 "$t" --threads=-1
	check "$tool refuses a bad choice" status_is 2 "$t" --progress=perhaps
	check "$tool refuses a missing argument" status_is 2 "$t" --output
	check "$tool completion parses" completion_is_bash "$t"
	check "$tool completion is complete" completion_has_all "$t"
	for o in $(long_options "$t"); do
		check "$tool accepts --$o" accepts "$t" "$o"
		check "$tool man page has --$o" man_has_option "$here/../man/so1-$tool.1" "$o"
	done
	for section in SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES; do
		check "$tool man page has $section" grep -q "^\.Sh $section" "$here/../man/so1-$tool.1"
	done
	if command -v mandoc >/dev/null; then
		check "$tool man page is clean" "$here/lib/mandoc-lint" "$here/../man/so1-$tool.1"
	fi
done
if command -v mandoc >/dev/null; then
	check "so1.7 is clean" "$here/lib/mandoc-lint" "$here/../man/so1.7"
fi
echo "tools: $pass passed, $fail failed"
[ "$fail" = 0 ] && [ "$tools" = 6 ]
