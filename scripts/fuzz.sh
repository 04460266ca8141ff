#!/usr/bin/env bash
# Runs every fuzz target of the module for FUZZTIME.
set -euo pipefail
fuzztime=${FUZZTIME:-5s}
count=0
while IFS=: read -r file target; do
  dir=./$(dirname "$file")
  echo "fuzz $dir $target"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" "$dir"
  count=$((count + 1))
done < <(git ls-files '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]+' /dev/null | sed -E 's/:func /:/' | sort)
[ "$count" -gt 0 ] || { echo 'fuzz: no target found' >&2; exit 1; }
