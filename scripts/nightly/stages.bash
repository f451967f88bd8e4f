# shellcheck shell=bash disable=SC2034,SC2154
# The variables are so1-nightly's, set in one part and read in others.
#
# The stages of a night, each a pipe of the tools.

options_of() { # KEY: all its lines, split, into words
	local all=() i
	for ((i = 1; i <= ${count[$1]-0}; i++)); do
		split "${conf[$1.$i]}"
		all+=("${words[@]}")
	done
	words=("${all[@]+"${all[@]}"}")
}
each() { # KEY OPTION: OPTION VALUE for each of its lines, into words
	local i
	words=()
	for ((i = 1; i <= ${count[$1]-0}; i++)); do words+=("$2" "${conf[$1.$i]}"); done
}

# Whether a model is to be fitted tonight: there is none, its line changed, or it is old.
due() { # NAME SPEC
	local day spec
	{ read -r day && IFS= read -r spec; } 2>/dev/null <"$past/models/$1.fitted" || return 0
	[ "$spec" != "$2" ] || [ "$(days_between "$day" "$as_of")" -ge "$refit" ]
}
fitted_on() { head -n 1 "$work/models/$1.fitted"; }
mark_fitted() { # NAME SPEC
	fitted_tonight+=("$1")
	[ $dry = 1 ] || printf '%s\n%s\n' "$as_of" "$2" >"$work/models/$1.fitted"
}
keep_model() { act cp "$past/models/$1.model" "$past/models/$1.fitted" "$work/models/"; }

# so1-ingest for all lines of source or daily, into ingest.
ingest_of() { # KEY
	local i
	ingest=(so1-ingest "${common[@]}")
	for ((i = 1; i <= ${count[$1]-0}; i++)); do
		split "${conf[$1.$i]}"
		expand_source "${line_of[$1.$i]}" "$1" "${words[@]}"
		ingest+=(-m "${files[@]}")
	done
	given products && ingest+=(--products "$(get products)")
	given max_rejects && ingest+=(--rejects "$work/rejects-$1.csv" --max-rejects "$(get max_rejects)")
	options_of ingest
	ingest+=("${words[@]}")
}

# Touchpoints of all nights: what the sources hold, what the daily ones brought before, and
# what they bring tonight.
make_known() {
	local from=() who=(so1-dedupe "${common[@]}") spec name
	stage 'sources and customers'
	if given daily; then
		ingest_of daily
		pipe "${ingest[@]}" -o "$work/new.csv.gz"
		from=("$work/new.csv.gz")
		for name in "$state"/touchpoints/*.csv.gz; do [ ! -f "$name" ] || from+=("$name"); done
	fi
	given distrust && who+=(--distrust "$(get distrust)")
	options_of dedupe
	who+=("${words[@]}")
	spec="identity ${words[*]}"
	if [ "$(get identity probable)" = keys ]; then
		who+=(--keys-only)
	elif due identity "$spec"; then
		who+=(--fit-model "$work/models/identity.model")
		mark_fitted identity "$spec"
	else
		keep_model identity
		who+=(--model "$work/models/identity.model")
	fi
	for name in registry.csv registry.csv.prints history.csv; do
		[ ! -f "$past/$name" ] || act cp --reflink=auto "$past/$name" "$work/"
	done
	who+=(--registry "$work/registry.csv" --changes "$work/changes.csv" --links "$work/links.csv" -o "$work/known.csv")
	if given source; then
		ingest_of source
		[ ${#from[@]} = 0 ] || from=(- "${from[@]}")
		pipe "${ingest[@]}" "$bar" "${who[@]}" "${from[@]+"${from[@]}"}"
	else
		pipe "${who[@]}" "${from[@]}"
	fi
	carry_history
}

# Two customers who turn out to be one have one history from now on; of one who turns out to
# be two, nobody knows which of them was written to, so both were. Else somebody would be
# mailed twice for one campaign under two ids. so1-export puts the lines in order.
carry_history() {
	if [ $dry = 1 ] || [ ! -f "$work/history.csv" ]; then return; fi
	grep -qE '^(merged|split),' "$work/changes.csv" || return 0
	awk -F, -v OFS=, '
		FNR == NR { if ($1 == "merged") now[$3] = $2; else if ($1 == "split") also[$3] = also[$3] " " $2; next }
		# Counted from the end: names of offers and campaigns may hold a comma.
		FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "code") behind = NF - i; print; next }
		{
			id = $1
			while ($1 in now) $1 = now[$1]
			print
			$(NF - behind) = ""
			n = split(also[id], new, " ")
			for (i = 1; i <= n; i++) { $1 = new[i]; print }
		}' "$work/changes.csv" "$work/history.csv" >"$work/history.new" 2>"$work/log/error" &&
		mv "$work/history.new" "$work/history.csv" || fail "cannot carry on the history: $(cat "$work/log/error")"
}

make_profile() {
	local horizon
	stage profiles
	each by --by
	profile=(so1-profile "${common[@]}" "${words[@]}")
	options_of profile
	profile+=("${words[@]}")
	# The features that look as far as the labels, of which today has none.
	horizon=$(get label 28)
	pipe "${profile[@]}" --as-of "$as_of" --horizon "$horizon" -o "$work/profile.csv" "$work/known.csv"
}

# Features from before each of these days, labels from the days after it, all of them past.
make_training() {
	local dates='' i label
	label=$(get label 28)
	for ((i = $(get snapshots 6) - 1; i >= 0; i--)); do
		dates+=${dates:+,}$(day_before "$as_of" $((label + i * $(get step 28))))
	done
	pipe "${profile[@]}" --as-of "$dates" --label "$label" -o "$work/training.csv" "$work/known.csv"
}
make_models() {
	local i name kind spec trained=0 input
	[ ${#model_names[@]} -gt 0 ] || return 0
	stage models
	for i in "${!model_names[@]}"; do
		name=${model_names[i]} kind=${model_kinds[i]}
		split "${conf[model.$((i + 1))]}"
		spec="${words[*]:1} $(get label) $(get snapshots) $(get step)"
		if ! due "$name" "$spec"; then keep_model "$name"; continue; fi
		case $kind in
		affinity | clv) input=profile.csv ;;
		forecast) input=known.csv ;;
		*)
			input=training.csv
			[ $trained = 1 ] || make_training
			trained=1 ;;
		esac
		pipe so1-predict "${common[@]}" --fit "$kind" "${words[@]:2}" -o "$work/models/$name.model" "$work/$input"
		mark_fitted "$name" "$spec"
	done
}

# The score and the columns it is made of, tonight against when the model was fitted.
check_drift() {
	local i name limit worst
	limit=$(get max_psi 0.25)
	stage drift
	for i in "${!model_names[@]}"; do
		name=${model_names[i]}
		if [ $dry = 1 ]; then
			[ "${model_kinds[i]}" != forecast ] || continue
		else
			# A model of too few rows has nothing to drift from.
			grep -q '^card,baseline ' "$work/models/$name.model" || continue
		fi
		pipe so1-predict "${common[@]}" -m "$work/models/$name.model" --drift "$work/drift-$name.csv" "$work/profile.csv"
		[ $dry = 0 ] || continue
		worst=$(awk -F, -v limit="$limit" '
			FNR == NR { if (FNR == 1) for (i = 1; i <= NF; i++) column[$i] = 1; next }
			$2 != "" || FNR == 1 { next }
			!($1 in column) { score = sprintf("%s %.3f", $1, $5); over = $5 > limit; next }
			$5 > most { most = $5; worst = sprintf("%s %.3f", $1, $5) }
			END { print score; print worst; print over + 0 }' <(head -n 1 "$work/profile.csv") "$work/drift-$name.csv")
		{ read -r score && read -r column && read -r over; } <<<"$worst"
		# Scores by key have no figure of their own.
		drift+=("$name: ${score:+PSI of $score (limit $limit), }most of its columns: ${column:-none}")
		[ "$over" = 0 ] || fail "$name: the scores are of another population than the model was fitted on: PSI of $score, limit $limit, most of its columns: ${column:-none}; see drift-$name.csv"
	done
}

make_scores() {
	local predict=() segment=() i name
	stage scores
	for name in "${model_names[@]+"${model_names[@]}"}"; do predict+=(-m "$work/models/$name.model"); done
	[ ${#predict[@]} = 0 ] || predict=(so1-predict "${common[@]}" "${predict[@]}")
	if given rules; then
		each rules --rules
		segment=(so1-segment "${common[@]}" "${words[@]}" --summary "$work/segments.csv")
		options_of segment
		segment+=("${words[@]}")
		segment_checks
		segment+=("${words[@]}" -o "$work/customers.csv")
	fi
	if [ ${#predict[@]} -gt 0 ] && [ ${#segment[@]} -gt 0 ]; then
		pipe "${predict[@]}" "$work/profile.csv" "$bar" "${segment[@]}"
	elif [ ${#predict[@]} -gt 0 ]; then
		pipe "${predict[@]}" -o "$work/customers.csv" "$work/profile.csv"
	elif [ ${#segment[@]} -gt 0 ]; then
		pipe "${segment[@]}" "$work/profile.csv"
	else
		act ln "$work/profile.csv" "$work/customers.csv"
	fi
}
# min_size and max_drift, if the so1-segment there is can check them; into words.
segment_checks() {
	local key option last=$past/customers.csv
	words=()
	head -n 1 "$last" 2>/dev/null | grep -qE '(^|,)segments(,|$)' || last=
	for key in min_size max_drift; do
		option=${key/_/-}
		given $key || continue
		if ! has so1-segment "$option"; then
			notes+=("$key is not checked: this so1-segment has no --$option")
		elif [ $key = min_size ] || [ -n "$last" ]; then
			words+=("--$option" "$(get $key)")
		fi
	done
	if [ -n "$last" ] && has so1-segment previous; then words+=(--previous "$last"); fi
}

make_lists() {
	local i j name out own general option catalogue
	declare -A left=()
	stage lists
	act mkdir -p "$work/lists"
	for i in "${!list_names[@]}"; do
		name=${list_names[i]} out=$work/lists/${list_names[i]}
		split "${conf[destination.$((i + 1))]}"
		own=() offers=1
		for option in "${words[@]:2}"; do
			if [ "$option" = --no-offers ]; then offers=0; else own+=("$option"); fi
		done
		general=(so1-export "${common[@]}" --for "${list_for[i]}")
		list_options "$name"
		pipe "${general[@]}" "${own[@]+"${own[@]}"}" -o "$out/" "$work/customers.csv"
		[ $offers = 0 ] || [ -z "$catalogue" ] || [ "$i" = $((${#list_names[@]} - 1)) ] || keep_left "$name"
	done
}
# What all lists have, but for what the list says itself; adds to general.
list_options() { # NAME
	local j
	catalogue=
	options_of export
	general+=("${words[@]}")
	if [ $offers = 1 ] && given offers && [[ " ${own[*]-} " != *' --offers'[\ =]* ]]; then
		catalogue=$(get offers)
		general+=(--offers "${left[$catalogue]-$catalogue}")
		# so1-export takes one file of rules; of several it knows what is in the stream.
		[ "${count[rules]-0}" != 1 ] || general+=(--rules "$(get rules)")
	fi
	if [ $offers = 1 ]; then
		for j in top campaign holdout; do
			if ! given $j && [ $j != campaign ]; then continue; fi
			[[ " ${own[*]-} " != *" --$j"[\ =]* ]] || continue
			general+=("--$j" "$(expand_day "$(get $j 'nightly-%F')")")
		done
		! given holdout || general+=(--holdout-file "$work/holdout-$1.csv")
		general+=(--history "$work/history.csv")
		each cap --cap
		general+=("${words[@]}")
		! given codes || general+=(--codes "$(get codes)")
	fi
	if given consent && [[ " ${own[*]-} " != *' --consent'[\ =]* ]]; then general+=(--consent "$(get consent)"); fi
	each suppress --suppress
	general+=("${words[@]}")
}
expand_day() { if [[ $1 == *%[a-zA-Z]* ]]; then date -ud "$as_of" +"$1"; else printf '%s' "$1"; fi; }

# The catalogue for the next list of the night: what this one gave is gone from stock and
# budget. Blank cells, which are no limit, stay blank.
keep_left() { # LIST
	local new=$work/offers-after-$1.csv old=${left[$catalogue]-$catalogue}
	left[$catalogue]=$new
	if [ $dry = 1 ]; then echo "# $new: $old less what the list gave"; return; fi
	awk -v manifest="$work/lists/$1/manifest.csv" '
	function cells(record, sep,   n, i, c, quoted, cell) {
		n = quoted = 0; cell = ""
		for (i = 1; i <= length(record); i++) {
			c = substr(record, i, 1)
			if (c == "\"") quoted = !quoted
			if (c == sep && !quoted) { cell_[++n] = cell; cell = "" } else cell = cell c
		}
		cell_[++n] = cell
		return n
	}
	function plain(cell) {
		if (cell !~ /^".*"$/) return cell
		cell = substr(cell, 2, length(cell) - 2)
		gsub(/""/, "\"", cell)
		return cell
	}
	function most_frequent(header,   i, n, best, most) {
		gsub(/"[^"]*"/, "", header)
		best = ","
		for (i = 1; i <= 4; i++) {
			n = gsub(substr(",;\t|", i, 1) == "|" ? "[|]" : substr(",;\t|", i, 1), "&", header)
			if (n > most) { most = n; best = substr(",;\t|", i, 1) }
		}
		return best
	}
	BEGIN {
		while ((getline record < manifest) > 0) {
			cells(record, ",")
			rest[plain(cell_[1])] = cell_[2]
		}
	}
	{
		sub(/\r$/, "")
		whole = whole $0
		if (gsub(/"/, "\"", whole) % 2) { whole = whole "\n"; next }
		if (!sep) sep = most_frequent(whole)
		n = cells(whole, sep)
		whole = ""
		if (!header) for (i = 1; i <= n; i++) { column[i] = plain(cell_[i]); if (column[i] == "offer_id") id = i }
		for (i = 1; i <= n; i++) {
			key = column[i] "_left." plain(cell_[id])
			if (header && (column[i] == "stock" || column[i] == "budget") && key in rest) cell_[i] = rest[key]
			printf "%s%s", (i == 1 ? "" : sep), cell_[i]
		}
		print ""
		header = 1
	}' "$old" >"$new" 2>"$work/log/error" || fail "cannot write $new: $(cat "$work/log/error")"
}

