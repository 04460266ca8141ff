#!/usr/bin/env bash
# Runs every fuzz target of the module for FUZZTIME, from one binary for each package.
set -uo pipefail
fuzztime=${FUZZTIME:-5s}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=$(go env GOCACHE)/fuzz
count=0 built=
while IFS=: read -r file target; do
  dir=$(dirname "$file")
  if [ "$dir" != "$built" ]; then
    go test -c -fuzz . -o "$work/fuzz" "./$dir" || exit 1
    package=$(go list "./$dir") || exit 1
    built=$dir
  fi
  echo "fuzz ./$dir $target"
  # A finding is written beside the package's tests, what was found to be new into the folder that `go test` keeps it
  # in.
  if ! (cd "$dir" && "$work/fuzz" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$fuzztime" \
    -test.fuzzcachedir "$cache/$package") 2>&1 | tee "$work/log"; then
    # Go's fuzzer now and then reports its own deadline as a failure, when that falls into the making of an input. A
    # finding always names the input it wrote.
    if grep -q 'context deadline exceeded' "$work/log" && ! grep -qE 'Failing input written|panic' "$work/log"; then
      echo "fuzz ./$dir $target: ended by its time, without a finding"
    else
      exit 1
    fi
  fi
  count=$((count + 1))
done < <(git ls-files '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]+' /dev/null | sed -E 's/:func /:/' | sort)
[ "$count" -gt 0 ] || { echo 'fuzz: no target found' >&2; exit 1; }
echo "fuzz: $count targets"
