#!/usr/bin/env bash
# Golden cases of the command line: tests/cli/ROOM/CASE. See tests/lib/cli-runner.
exec bash "$(dirname "$0")/lib/cli-runner" "$@"
