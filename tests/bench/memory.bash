# shellcheck shell=bash
# For benchmarks to source: memory as it is on a machine that has been up for a day.
#
# A virtual machine whose memory lies idle gives it back to its host and waits for every page
# anew. A run of gigabytes pays seconds of system time for that, one of a tenth of them, which
# gets the pages of the run before, does not, and how time grows then tells of the host. With
# FILL_MEMORY=1 in the environment the memory is full of cached file before a run, so that
# every page it takes is there already; with 0 it is not.

# Fills the memory through a hole in FOLDER as large as it is, then reads FILE…, so that what
# the run needs is what was used last. Nothing where FILL_MEMORY is unset or 0.
fill_memory() { # FOLDER FILE...
	[ "${FILL_MEMORY:-0}" != 0 ] || return 0
	truncate -s "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)K" "$1/hole"
	cat "$1/hole" "${@:2}" >/dev/null
}
