# shellcheck shell=bash disable=SC2034,SC2154
# The variables are so1-nightly's, set in one part and read in others.
#
# What stays from night to night, and how a night comes into force.

# The second half of a night, idempotent: everything is there, the journal says so, and
# only renames are left. Where they stopped shows from what is where.
finish_night() { # NIGHT OUTPUT
	local new=$2.so1-new
	if [ -d "$nights/$1.tmp" ]; then mv -T "$nights/$1.tmp" "$nights/$1" || return 1; fi
	if [ -f "$nights/$1/new.csv.gz" ]; then
		mkdir -p "$state/touchpoints" && mv -T "$nights/$1/new.csv.gz" "$state/touchpoints/$1.csv.gz" || return 1
	fi
	# Changed places already when the folder beside the output is not this night's: a list
	# that somebody has taken away meanwhile must not come back.
	if [ "$(head -n 2 "$new/night.csv" 2>/dev/null | tail -n 1)" = "night,$1" ]; then
		"$swap" "$new" "$2" || return 1
	fi
	ln -sfn "nights/$1" "$state/current.new" && mv -T "$state/current.new" "$state/current" &&
		sync "$nights" "$state" || return 1
	drop_replaced "$new" "$1"
	rm -f "$state/journal"
}
# The folder that was in the output's place; what is not ours in it stays.
drop_replaced() { # FOLDER NIGHT
	if [ -d "$1" ] && [ -n "$(foreign "$1")" ]; then
		mv -T "$1" "${1%.so1-new}.replaced-$2" &&
			echo "$me: note: the folder that was replaced held a file of somebody else: kept as ${1%.so1-new}.replaced-$2" >&2
	fi
	rm -rf "$1" "$1~"
}
# What is in a folder that no night of ours wrote.
foreign() { # FOLDER
	(cd "$1" && comm -13 \
		<(sed -n 's/^sha256\.\(.*\),[0-9a-f]*$/\1/p' night.csv 2>/dev/null | sort) \
		<(find . -mindepth 1 ! -type d ! -path ./night.csv -printf '%P\n' | sort) | head -n 1)
}

recover() {
	local journal=$state/journal name where dir
	recovered=
	if [ -f "$journal" ]; then
		{ read -r name && read -r where; } <"$journal"
		finish_night "$name" "$where" || { committed=1 night=$name; fail "cannot put the night of $name in place"; }
		recovered=$name
	fi
	rm -rf "$staged" "$staged~"
	for dir in "$nights"/*.tmp; do
		[ -d "$dir" ] || continue
		notes+=("a run was killed before it had made the night of $(basename "$dir" .tmp): begun anew")
		# A tool of it that is still alive may go on writing; not to where we are going to.
		mv -T "$dir" "${dir%.tmp}.old.$$" || fail "$dir: cannot remove"
	done
	rm -rf "$nights"/*.old.*
}

# Takes the lock, or says who has it. A killed run's last child may take a moment to go.
take_lock() {
	# Personal data: nobody else's to read, unless somebody has decided otherwise.
	[ -d "$state" ] || { mkdir -p "$state" && chmod 700 "$state"; }
	mkdir -p "$nights" || { echo "$me: $state: cannot make the state folder" >&2; exit 1; }
	exec 9<>"$state/lock" || exit 1
	if ! flock -w 2 9; then
		echo "$me: $config_name: another run is at work (process $(cat "$state/lock"))" >&2
		exit 1
	fi
	echo $$ >"$state/lock"
}

# What the run after next does not need and would fill the disk.
shed() { # FOLDER
	rm -f "$1"/registry.csv* "$1"/history.csv* "$1"/customers.csv "$1"/known.csv \
		"$1"/profile.csv "$1"/training.csv
}
prune() {
	local all=() name n=0
	mapfile -t all < <(cd "$nights" && printf '%s\n' [0-9]*[0-9] | grep -vE '\.(tmp|failed|old\..*)$' | sort -rV)
	for name in "${all[@]}"; do
		[ -d "$nights/$name" ] || continue
		n=$((n + 1))
		[ $n -le 2 ] || shed "$nights/$name"
		[ $n -le "$keep" ] || { mv -T "$nights/$name" "$nights/$name.old.$$" && rm -rf "$nights/$name.old.$$"; }
	done
	mapfile -t all < <(cd "$nights" && printf '%s\n' *.failed | sort -rV)
	for name in "${all[@]:keep}"; do rm -rf "${nights:?}/$name"; done
}

# Looks at the destination folder before anything is done: what would stop the last step.
begin_folder() {
	local parent
	parent=$(dirname "$output")
	mkdir "$work" && mkdir "$work/log" "$work/models" || fail "$state: cannot write"
	if [ -d "$output" ]; then
		[ -z "$(foreign "$output")" ] ||
			fail "$output: holds a file that $me did not write and would delete: $(foreign "$output")"
		[ "$(stat -c %d "$output")" = "$(stat -c %d "$parent")" ] ||
			fail "$output: a file system of its own cannot be replaced; name a folder in it"
	elif [ -e "$output" ]; then
		fail "$output: not a folder"
	fi
	if ! { mkdir -p "$parent" && mkdir "$staged" && rmdir "$staged"; } 2>"$work/log/error"; then
		fail "$(cat "$work/log/error")"
	fi
}

# What the lists are, for whoever fetches them, and for us: which files are ours.
describe_lists() {
	{
		echo key,value
		echo "night,$night"
		echo "as_of,$as_of"
		(cd "$work/lists" && find . -type f -printf '%P\n' | sort | while IFS= read -r name; do
			printf 'sha256.%s,%s\n' "$name" "$(sha256sum <"$name" | cut -d ' ' -f 1)"
		done)
	} >"$work/night.csv" && mv "$work/night.csv" "$work/lists/night.csv"
}

# The journal is the moment from which on the night counts.
publish() {
	stage publishing
	if [ $dry = 1 ]; then
		printf '# %s: copied beside %s, then changes places with it in one step\n' "$work/lists" "$output"
		return
	fi
	if ! { describe_lists && rm -rf "$staged" && cp -R "$work/lists" "$staged"; } 2>"$work/log/error"; then
		fail "cannot write $staged: $(cat "$work/log/error")"
	fi
	[ ! -d "$output" ] || chmod --reference="$output" "$staged"
	summarise >"$work/summary.txt" || fail "cannot write the summary"
	rm -f "$work/known.csv" "$work/training.csv" "$work/profile.csv" "$work"/offers-after-* "$work"/registry.csv.lock "$work"/history.csv.lock
	find "$work" "$staged" -print0 | xargs -0 sync || fail "cannot bring the lists to the disk"
	trap '' INT TERM HUP
	if ! { printf '%s\n%s\n' "$night" "$output" >"$state/journal.new" && sync "$state/journal.new" &&
		mv -T "$state/journal.new" "$state/journal"; } 2>"$work/log/error"; then
		fail "cannot write the journal: $(cat "$work/log/error")"
	fi
	committed=1
	sync "$state"
	finish_night "$night" "$output" || fail "cannot put the lists in place"
	prune
	cat "$nights/$night/summary.txt"
}

