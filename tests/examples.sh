#!/usr/bin/env bash
# Every example of the manual pages and of README runs, in a copy of data/samples.
#
# An example is a line that begins with "$ " inside .Bd … .Ed (manual) or ``` … ```
# (README), with its continuation lines (after a backslash or a pipe at the line's end,
# those beginning with "> "). It must exit 0. Lines without "$ " that follow are output,
# shown for the reader: in README they must be what comes out ("..." stands for any lines).
# Examples of one file run in order in one folder, so that a later one may use what an
# earlier one wrote.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
export SO1_BIN=${SO1_BIN:-$top} LC_ALL=C TZ=UTC
bin=$(cd "$SO1_BIN" && pwd)
export PATH="$bin:$PATH"
unset SO1_SEAL
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
pass=0 fail=0

# Prints one command a record, records end in a line "\f"; the expected output follows a
# line "\v".
extract() {
	awk -v page="$1" '
	function flush_example() { if (cmd != "") printf "%s\n\v\n%s\f\n", cmd, out; cmd = ""; out = "" }
	/^\.Bd/ || (page !~ /\.[0-9]$/ && /^```/ && !inside) { inside = 1; next }
	/^\.Ed/ || (page !~ /\.[0-9]$/ && /^```/ && inside) { flush_example(); inside = 0; next }
	!inside { next }
	page ~ /\.[0-9]$/ { gsub(/\\e/, "\\"); gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\(aq|\(aq)/, "\047"); gsub(/\\\(dq/, "\""); gsub(/\\\(ti/, "~"); gsub(/\\\(ha/, "^") }
	/^\$ / { flush_example(); cmd = substr($0, 3); more = cmd ~ /(\\|\||&&)$/; next }
	cmd != "" && (more || /^> /) { line = $0; sub(/^> /, "", line); cmd = cmd "\n" line; more = line ~ /(\\|\||&&)$/; next }
	cmd != "" { out = out $0 "\n" }
	' "$1"
}

matches() { # EXPECTED GOT: "..." alone on a line stands for any number of lines
	awk 'NR == FNR { want[++n] = $0; next } { got[++m] = $0 }
	function rest(i, j) {
		while (i <= n) {
			if (want[i] == "...") {
				for (; j <= m + 1; j++) if (rest(i + 1, j)) return 1
				return 0
			}
			if (j > m || want[i] != got[j]) return 0
			i++; j++
		}
		return j > m
	}
	END { exit !rest(1, 1) }' "$1" "$2"
}

run_file() { # FILE CHECK_OUTPUT
	local file=$1 check=$2 work n=0
	work="$scratch/$(basename "$file")"
	cp -r "$top/data/samples" "$work"
	chmod -R u+w "$work"
	extract "$file" >"$scratch/examples"
	while IFS= read -r -d $'\f' example; do
		example=${example#$'\n'}
		[ -n "$example" ] || continue
		n=$((n + 1))
		local cmd=${example%%$'\v'*} want=${example#*$'\v'}
		printf '%s' "${want#$'\n'}" >"$scratch/want"
		if ! (cd "$work" && bash -o pipefail -euc "$cmd" >"$scratch/got" 2>&1 </dev/null); then
			fail=$((fail + 1))
			echo "FAIL $(basename "$file") example $n: $cmd"
			tail -n 5 "$scratch/got" | sed 's/^/  /'
		elif [ "$check" = 1 ] && [ -s "$scratch/want" ] && ! matches "$scratch/want" "$scratch/got"; then
			fail=$((fail + 1))
			echo "FAIL $(basename "$file") example $n prints something else: $cmd"
			diff -u "$scratch/want" "$scratch/got" | head -n 30 | sed 's/^/  /'
		else
			pass=$((pass + 1))
		fi
	done <"$scratch/examples"
	case $file in
	*.1) if [ "$n" -lt 3 ]; then fail=$((fail + 1)); echo "FAIL $(basename "$file") has $n examples, 3 are wanted"; fi ;;
	esac
}

for page in "$top"/man/so1-*.1; do run_file "$page" 0; done
[ ! -f "$top/man/so1.7" ] || run_file "$top/man/so1.7" 0
[ ! -f "$top/README.md" ] || run_file "$top/README.md" 1
echo "examples: $pass passed, $fail failed"
[ "$fail" = 0 ] && [ "$pass" -gt 0 ]
