#!/usr/bin/env bash
# Runs every fuzz target of the module for FUZZTIME.
set -uo pipefail
fuzztime=${FUZZTIME:-5s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
count=0
while IFS=: read -r file target; do
  dir=./$(dirname "$file")
  echo "fuzz $dir $target"
  if ! go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" "$dir" 2>&1 | tee "$log"; then
    # Go's fuzzer now and then reports its own deadline as a failure, when that falls into the making of an input. A
    # finding always names the input it wrote.
    if grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input written|panic' "$log"; then
      echo "fuzz $dir $target: ended by its time, without a finding"
    else
      exit 1
    fi
  fi
  count=$((count + 1))
done < <(git ls-files '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]+' /dev/null | sed -E 's/:func /:/' | sort)
[ "$count" -gt 0 ] || { echo 'fuzz: no target found' >&2; exit 1; }
echo "fuzz: $count targets"
