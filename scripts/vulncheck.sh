#!/usr/bin/env bash
# govulncheck needs its database from the network. Only when it ends with the error that the database cannot be fetched
# is the check skipped, and says so; whatever else it writes, its exit status decides.
set -uo pipefail
words=$(mktemp); trap 'rm -f "$words"' EXIT
check() { timeout 300 go tool -modfile=tools/go.mod govulncheck "$@" 2>"$words"; }
# The smallest package first: all of them are read before the database is asked for.
check ./internal/state/crash && check ./...; rc=$?
if [ $rc -eq 1 ] && tail -n 1 "$words" | grep -q '^govulncheck: fetching vulnerabilities: '; then
  echo 'govulncheck: skipped, its database cannot be reached from here'
  exit 0
fi
cat "$words" >&2
exit $rc
