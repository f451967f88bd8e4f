# shellcheck shell=bash disable=SC2034,SC2154
# The variables are so1-nightly's, set in one part and read in others.
#
# The configuration: read, split, checked line by line before anything else.

# How often a key may stand, and what its value is.
declare -A keys=(
	[state]='one path' [output]='one path' [keep]='one count' [as_of]='one day'
	[timezone]='one zone' [memory]='one text' [threads]='one count' [tmpdir]='one folder'
	[source]='many source' [daily]='many source' [products]='one file' [max_rejects]='one text'
	[ingest]='many options' [distrust]='one file' [identity]='one identity'
	[dedupe]='many options' [by]='many text' [profile]='many options'
	[label]='one count' [snapshots]='one count' [step]='one count' [refit]='one count'
	[model]='many model' [max_psi]='one number' [rules]='many file'
	[segment]='many options' [min_size]='one count' [max_drift]='one number'
	[offers]='one file' [top]='one count' [campaign]='one text' [holdout]='one text'
	[consent]='one text' [suppress]='many file' [cap]='many text' [codes]='one file'
	[export]='many options' [destination]='many destination'
	[min_rows]='one count' [max_change]='one percent'
)
# Options that are the script's own business, by key; those of every tool first.
declare -A reserved=(
	[all]='output rejects max-rejects memory threads tmpdir progress quiet help version completion'
	[ingest]='map products guess'
	[dedupe]='distrust registry changes links fit-model model keys-only probable lookup explain'
	[profile]='as-of by label horizon get partial merge list-features'
	[model]='fit model drift evaluate calibrate report'
	[segment]='rules summary previous min-size max-drift list-rules'
	[export]='offers top campaign holdout consent suppress cap codes rules as-of for history
		holdout-file manifest score-campaign'
	[destination]='suppress cap codes rules as-of for history holdout-file manifest score-campaign'
)

declare -A conf=() count=() line_of=()

bad() { # LINE KEY REASON [VALUE]: the configuration makes no sense
	echo "$me: $config_name:$1: ${2:+$2: }$3${4:+ '$4'}" >&2
	exit 2
}
missing() { # LINE KEY REASON VALUE: it does, but what it names is not there
	echo "$me: $config_name:$1: $2: $3 '$4'" >&2
	exit 1
}
get() { printf '%s' "${conf[$1.1]-${2-}}"; } # KEY [DEFAULT]
given() { [ -n "${conf[$1.1]-}" ]; }

# Splits as the shell would: blanks between words, quotes around those with blanks. Nothing
# is expanded. Result in the array words.
split() { # TEXT
	local rest=$1 word='' open=0 piece
	words=()
	while [ -n "$rest" ]; do
		case $rest in
		[[:blank:]]*)
			[ $open = 0 ] || words+=("$word")
			word='' open=0 rest=${rest#?} ;;
		\"*\"*) rest=${rest#\"} open=1 word+=${rest%%\"*} rest=${rest#*\"} ;;
		\'*\'*) rest=${rest#\'} open=1 word+=${rest%%\'*} rest=${rest#*\'} ;;
		[\"\']*) return 1 ;;
		*) piece=${rest%%[[:blank:]\"\']*} open=1 word+=$piece rest=${rest#"$piece"} ;;
		esac
	done
	[ $open = 0 ] || words+=("$word")
}
split_at() { # LINE KEY TEXT
	split "$3" || bad "$1" "$2" 'a quote that never closes' "$3"
}

load() {
	local n=0 line key value many
	local form='^[[:blank:]]*([^=[:blank:]]+)[[:blank:]]*=[[:blank:]]*(.*)$'
	while IFS= read -r line || [ -n "$line" ]; do
		n=$((n + 1)) line=${line%$'\r'}
		[[ $line =~ ^[[:blank:]]*(#|$) ]] && continue
		[[ $line =~ $form ]] || bad $n '' "not 'key = value'" "$line"
		key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
		value=${value%%[[:blank:]]#*}
		while [[ $value == *[[:blank:]] ]]; do value=${value%?}; done
		[ -n "${keys[$key]-}" ] || bad $n '' 'no such key' "$key"
		[ -n "$value" ] || bad $n "$key" 'has no value'
		many=${keys[$key]%% *}
		if [ "$many" = one ] && given "$key"; then
			bad $n "$key" "may stand only once, and does on line ${line_of[$key.1]}"
		fi
		count[$key]=$((${count[$key]-0} + 1))
		conf[$key.${count[$key]}]=$value
		line_of[$key.${count[$key]}]=$n
	done <"$config_file"
}

is_one_of() { # WORD LIST
	[[ " ${2//[[:space:]]/ } " == *" $1 "* ]]
}
declare -A help_of=()
has() { # TOOL OPTION: whether the tool that is installed has it
	[ -n "${help_of[$1]-}" ] || help_of[$1]=$("$1" --help 2>&1 </dev/null)
	[[ ${help_of[$1]} =~ --$2[^a-z-] ]]
}
check_options() { # LINE KEY TOOL WORD...
	local line=$1 key=$2 tool=$3 word name
	shift 3
	for word in "$@"; do
		[[ $word == -* ]] || continue
		name=${word#--} name=${name%%=*}
		[[ $word == --?* ]] || bad "$line" "$key" 'write the option in full, as --name' "$word"
		if [ "$key" = destination ] && [ "$name" = no-offers ]; then continue; fi
		! is_one_of "$name" "${reserved[all]} ${reserved[$key]}" ||
			bad "$line" "$key" "$me sets this option itself" "--$name"
		has "$tool" "$name" || bad "$line" "$key" "$tool has no such option" "--$name"
	done
}
check_file() { # LINE KEY FILE
	[ -e "$3" ] || missing "$1" "$2" 'no such file' "$3"
	if [ ! -f "$3" ] || [ ! -r "$3" ]; then missing "$1" "$2" 'not a file that can be read' "$3"; fi
}

# The files of a source, patterns replaced by the names they match, sorted; into files.
expand_source() { # LINE KEY WORD...
	local line=$1 key=$2 word found
	shift 2
	files=()
	for word in "$@"; do
		if [[ $word == *[*?[]* ]]; then
			mapfile -t found < <(compgen -G "$word" | sort)
			[ ${#found[@]} -gt 0 ] || missing "$line" "$key" 'no file is called so' "$word"
			files+=("${found[@]}")
		else
			files+=("$word")
		fi
	done
}
check_source() { # LINE KEY VALUE
	local file
	split_at "$1" "$2" "$3"
	[ ${#words[@]} -ge 2 ] || bad "$1" "$2" 'wants a map and its files' "$3"
	expand_source "$1" "$2" "${words[@]}"
	for file in "${files[@]}"; do check_file "$1" "$2" "$file"; done
}
check_model() { # LINE VALUE
	split_at "$1" model "$2"
	[ ${#words[@]} -ge 2 ] || bad "$1" model 'wants a name, a kind and options' "$2"
	[[ ${words[0]} =~ ^[A-Za-z0-9_-]+$ ]] || bad "$1" model 'not a name of letters, digits, - and _' "${words[0]}"
	[[ ${words[1]} =~ ^(affinity|clv|forecast|linear|logistic|uplift)$ ]] ||
		bad "$1" model 'no such kind' "${words[1]}"
	[[ " ${model_names[*]-} identity " != *" ${words[0]} "* ]] || bad "$1" model 'name is taken' "${words[0]}"
	check_options "$1" model so1-predict "${words[@]:2}"
	model_names+=("${words[0]}") model_kinds+=("${words[1]}")
}
check_destination() { # LINE VALUE
	local campaign run i
	split_at "$1" destination "$2"
	[ ${#words[@]} -ge 2 ] || bad "$1" destination "wants a folder's name and a destination of so1-export" "$2"
	[[ ${words[0]} =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]*$ ]] ||
		bad "$1" destination "not a folder's name" "${words[0]}"
	[[ " ${list_names[*]-} " != *" ${words[0]} "* ]] || bad "$1" destination 'folder is taken' "${words[0]}"
	check_options "$1" destination so1-export "${words[@]:2}"
	campaign=$(get campaign 'nightly-%F')
	for ((i = 2; i < ${#words[@]}; i++)); do
		[ "${words[i]}" != --campaign ] || campaign=${words[i + 1]-}
		[[ ${words[i]} != --campaign=* ]] || campaign=${words[i]#*=}
		[ "${words[i]}" != --no-offers ] || campaign="(${words[0]})"
	done
	# The history tells runs apart by campaign, day and destination.
	run="${words[1]} $campaign"
	for i in "${list_runs[@]+"${list_runs[@]}"}"; do
		[ "$i" != "$run" ] || bad "$1" destination "another list is for ${words[1]} too: give one a --campaign of its own" "${words[0]}"
	done
	list_names+=("${words[0]}") list_for+=("${words[1]}") list_runs+=("$run")
}

check_value() { # LINE KEY VALUE
	local kind=${keys[$2]#* }
	case $kind in
	count) [[ $3 =~ ^[1-9][0-9]{0,8}$ ]] || bad "$1" "$2" 'not a number from 1' "$3" ;;
	number) [[ $3 =~ ^[0-9]*\.?[0-9]+$ ]] || bad "$1" "$2" 'not a number' "$3" ;;
	percent) [[ $3 =~ ^[0-9]+(\.[0-9]+)?%$ ]] || bad "$1" "$2" 'not a percentage' "$3" ;;
	day) [ "$3" = today ] || is_day "$3" || bad "$1" "$2" 'not a date (2026-11-01) nor today' "$3" ;;
	zone) [ "$3" = UTC ] || [[ $3 =~ ^[A-Za-z0-9_+/-]+$ && -f /usr/share/zoneinfo/$3 ]] || bad "$1" "$2" 'no such time zone' "$3" ;;
	identity) [[ $3 =~ ^(probable|keys)$ ]] || bad "$1" "$2" 'neither probable nor keys' "$3" ;;
	file) check_file "$1" "$2" "$3" ;;
	folder) [ -d "$3" ] || missing "$1" "$2" 'no such folder' "$3" ;;
	options) split_at "$1" "$2" "$3"; check_options "$1" "$2" "so1-$2" "${words[@]}" ;;
	source) check_source "$1" "$2" "$3" ;;
	model) check_model "$1" "$3" ;;
	destination) check_destination "$1" "$3" ;;
	esac
}

check_all() {
	local key i
	model_names=() model_kinds=() list_names=() list_for=() list_runs=()
	for key in state output source destination; do
		given "$key" || { [ $key = source ] && given daily; } || { echo "$me: $config_name: key is missing '$key'" >&2; exit 2; }
	done
	# In the order of the file, so that the first error is the first line's.
	while read -r _ key; do
		i=${key##*.} key=${key%.*}
		check_value "${line_of[$key.$i]}" "$key" "${conf[$key.$i]}"
	done < <(for key in "${!line_of[@]}"; do echo "${line_of[$key]} $key"; done | sort -n)
}

