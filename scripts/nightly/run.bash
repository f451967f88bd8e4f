# shellcheck shell=bash disable=SC2034,SC2154
# The variables are so1-nightly's, set in one part and read in others.
#
# Stages and tools: run under watch or, with --dry-run, shown; and what a failure says.

is_day() { [[ $1 =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] && [ "$(date -ud "$1" +%F 2>/dev/null)" = "$1" ]; }
day_before() { date -ud "$1 - $2 days" +%F; } # DATE DAYS
days_between() { echo $((($(date -ud "$2" +%s) - $(date -ud "$1" +%s)) / 86400)); }
seconds() { # FROM, an EPOCHREALTIME: since then, with one decimal
	local tenths=$(((${EPOCHREALTIME/./} - ${1/./}) / 100000))
	printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

quote() { # WORD, as one types it; result in quoted
	if [[ $1 =~ ^[A-Za-z0-9_./:=,%+@-]+$ ]]; then quoted=$1; else quoted="'${1//\'/\'\\\'\'}'"; fi
}
act() { # COMMAND...: one that is not a tool of the pipe
	local word show=''
	for word in "$@"; do quote "$word"; show+="${show:+ }$quoted"; done
	if [ $dry = 1 ]; then echo "$show"; return; fi
	echo "$show" >>"$work/log/commands"
	"$@" 2>"$work/log/error" || fail "$(cat "$work/log/error")"
}

stage() { # NAME
	end_stage
	stage=$1 stage_began=$EPOCHREALTIME
	if [ $dry = 1 ]; then printf '\n# %s\n' "$1"; fi
}
end_stage() {
	[ -z "$stage" ] || times+="${times:+, }$stage $(seconds "$stage_began") s"
	[ -z "$stage" ] || finished+=("$stage")
	stage=
}

# Runs tools in a pipe; fails the night unless every one of them ends with 0. Each has a log
# of its own. They don't inherit the lock: one that outlives us writes to a folder nobody
# will read, and must not keep the next run waiting.
pipe() { # WORD... , $bar between tools
	local word show='' run='' log='' tool='' statuses=() tools=() logs=()
	for word in "$@" "$bar"; do
		if [ "$word" = "$bar" ]; then
			quote "$log"
			run+=" 2>>$quoted 9>&- | " show+=$' |\n    ' tool=
			continue
		fi
		if [ -z "$tool" ]; then
			tool=$word steps=$((steps + 1))
			printf -v log '%s/log/%02d-%s' "$work" $steps "$tool"
			tools+=("$tool") logs+=("$log") run+=$guard
		else
			run+=' ' show+=' '
		fi
		quote "$word"
		run+=$quoted show+=$quoted
	done
	show=${show%$' |\n    '} run=${run%' | '}
	if [ $dry = 1 ]; then echo "$show"; return; fi
	echo "$show" >>"$work/log/commands"
	eval "$run >>$quoted"'; statuses=("${PIPESTATUS[@]}")'
	judge
}
# The tool to blame: one that a signal ended, else the first that says why it failed; who
# merely lost its reader says nothing.
judge() {
	local i text blame='' why=''
	for i in "${!statuses[@]}"; do
		[ "${statuses[i]}" != 0 ] || continue
		text=$(grep -vE '^so1-[a-z]+: (note: |[0-9]+ rows in )' "${logs[i]}" | tail -n 5)
		if [ "${statuses[i]}" -gt 128 ] && [ "${statuses[i]}" != 141 ]; then
			fail "${tools[i]}: ended by signal $((statuses[i] - 128))"
		fi
		[ -n "$blame" ] || blame="${tools[i]}: exit status ${statuses[i]}"
		[ -n "$why" ] || why=$text
	done
	[ -z "$blame" ] || fail "${why:-$blame}"
}

# Nothing but the night's own folder was written; what helps to find the cause is kept.
fail() { # MESSAGE
	local name list='' report
	trap '' INT TERM HUP
	echo "$me: ${stage:-start}: $1" >&2
	for name in "${plan[@]}"; do
		[[ " ${finished[*]+"$(printf '<%s>' "${finished[@]}")"} " == *"<$name>"* ]] || [ "$name" = "$stage" ] ||
			list+="${list:+, }$name"
	done
	# Told first and written then: the disk may be what is wrong.
	report=$(report_failure "$1" "$list")
	printf '%s\n' "$report"
	if [ $committed = 0 ] && [ -d "$work" ]; then
		rm -rf "$nights/$night.failed" "$staged"
		mv -T "$work" "$nights/$night.failed"
		shed "$nights/$night.failed"
		printf '%s\n' "$report" >"$nights/$night.failed/summary.txt"
		prune
	fi
	exit 1
}
report_failure() { # MESSAGE STAGES-LEFT
	local note
	echo "so1: the night of $night FAILED at: ${stage:-start}, $(seconds "$began") s"
	echo
	printf '%s\n' "$1" | sed 's/^/  /'
	echo
	line 'Not done' "${2:-nothing was left to do}"
	if [ $committed = 1 ]; then
		line '' "the night counts and is put in place by the next run"
	else
		line 'As it was' "$output $(holds), the registry, the history and the models"
	fi
	for note in "${notes[@]+"${notes[@]}"}"; do line Note "$note"; done
	[ -z "$times" ] || line Time "$times"
	[ $committed = 1 ] || [ ! -d "$work" ] || line Logs "$nights/$night.failed/log"
}
holds() {
	local of
	of=$(sed -n 's/^night,//p' "$output/night.csv" 2>/dev/null)
	if [ -n "$of" ]; then echo "(the night of $of)"; else echo '(empty)'; fi
}
line() { # LABEL TEXT: folded to what a mail shows
	printf '%s\n' "$2" | fold -s -w 74 | sed 's/ *$//' | { local label=$1 text
		while IFS= read -r text; do printf '%-13s %s\n' "$label" "$text"; label=; done; }
}

