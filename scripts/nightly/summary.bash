# shellcheck shell=bash disable=SC2034,SC2154
# The variables are so1-nightly's, set in one part and read in others.
#
# The figures of a night: checked, and told.

figure() { # FIELD, of the night before
	sed -n "s/^$1=//p" "$past/figures" 2>/dev/null
}
manifest() { sed -n "s/^$2,//p" "$work/lists/$1/manifest.csv"; } # LIST KEY

# Adds up a number that the summary of each so1-ingest has.
sum_of() { # PATTERN
	sed -n "s/^so1-ingest: \(.* \)\{0,1\}$1.*/\2/p" "$work"/log/*-so1-ingest | awk '{ n += $1 } END { print n + 0 }'
}

# Numbers that say by themselves that something is wrong, and those of the night before.
check_figures() {
	local name rows least before now
	stage checks
	[ $dry = 0 ] || return 0
	records=$(sum_of '\([0-9]*\) rows in')
	dedupe_log=$(echo "$work"/log/*-so1-dedupe)
	customers=$(sed -n 's/^so1-dedupe: note: customers: \([0-9]*\),.*/\1/p' "$dedupe_log")
	printf 'records=%s\ncustomers=%s\n' "$records" "$customers" >"$work/figures"
	for name in customers records; do
		# What a daily source brings differs from night to night.
		[ $name != records ] || ! given daily || continue
		before=$(figure $name) now=${!name}
		if ! given max_change || [ -z "$before" ]; then continue; fi
		awk -v a="$before" -v b="$now" -v p="$(get max_change)" 'BEGIN { exit (a > b ? a - b : b - a) * 100 > p * a }' ||
			fail "$name: $now, and $before the night before: a change of more than $(get max_change)"
	done
	least=$(get min_rows 0)
	for name in "${list_names[@]}"; do
		rows=$(manifest "$name" rows_out 2>/dev/null)
		[ -n "$rows" ] || fail "$name: so1-export wrote no manifest"
		echo "rows.$name=$rows" >>"$work/figures"
		[ "$rows" -ge "$least" ] || fail "$name: $rows rows, and min_rows is $least"
	done
}

# Why customers were left out, most first: the counts of the manifest between rejected and these.
left_out() { # LIST
	awk -F, '$1 == "value" || $1 == "history_added" { on = 0 } on && $2 + 0 > 0 && $1 !~ /\./ { print $2, $1 } $1 == "rejected" { on = 1 }' \
		"$work/lists/$1/manifest.csv" | sort -rn | awk '{ n = $1; $1 = ""; gsub(/_/, " "); printf "%s%s%s", s, n, $0; s = ", " }'
}
many() { # NUMBER WORD
	printf '%s %s%s' "$1" "$2" "$([ "$1" = 1 ] || echo s)"
}
summary_in() {
	local text rejected merged anonymous sources
	text=$(head -n 1 "$dedupe_log")
	rejected=$(sum_of '\([0-9]*\) rejected')
	merged=$(sed -n 's/.* + \([0-9]*\) merged.*/\1/p' <<<"$text")
	anonymous=$(sed -n 's/.* + \([0-9]*\) anonymous.*/\1/p' <<<"$text")
	sources=$((${count[source]-0} + ${count[daily]-0}))
	line 'Came in' "$records records of $(many $sources source): $rejected rejected$([ "$rejected" = 0 ] || echo ' (rejects-*.csv)'), ${merged:-0} repeats merged, ${anonymous:-0} anonymous"
	text=$(sed -n 's/^so1-dedupe: note: registry: //p' "$dedupe_log")
	line Customers "$customers: ${text/ customers known/ known}"
}
summary_models() {
	local name fitted='' kept=''
	for name in identity "${model_names[@]+"${model_names[@]}"}"; do
		[ -f "$work/models/$name.model" ] || continue
		if [[ " ${fitted_tonight[*]-} " == *" $name "* ]]; then fitted+=", $name"; else kept+=", $name of $(fitted_on "$name")"; fi
	done
	kept="${fitted:+fitted tonight: ${fitted#, }}${kept:+${fitted:+; }${kept#, }}"
	[ -z "$kept" ] || line Models "$kept"
	for name in "${drift[@]+"${drift[@]}"}"; do line Drift "$name"; done
	name=$(cat "$work"/log/*-so1-segment 2>/dev/null | sed -n 's/^so1-segment: note: \(.*stability index.*\)/\1/p')
	[ -z "$name" ] || line Drift "segments: $name"
}
summary_lists() {
	local i name before left
	for i in "${!list_names[@]}"; do
		name=${list_names[i]} before=$(figure "rows.$name")
		line "$([ "$i" = 0 ] && echo Lists)" "$name (${list_for[i]}): $(many "$(manifest "$name" rows_out)" row) for $(many "$(manifest "$name" customers_out)" customer)${before:+; $(many "$before" row) the night before}"
		left=$(left_out "$name")
		[ -z "$left" ] || line '' "  left out: $left"
	done
}
summarise() {
	local note
	echo "so1: the night of $night is done, $(seconds "$began") s"
	echo
	summary_in
	summary_models
	summary_lists
	for note in "${notes[@]+"${notes[@]}"}"; do line Note "$note"; done
	line Time "$times"
	line Where "$output, $nights/$night"
}

