#!/usr/bin/env bash
# Lists the module's packages with concurrency in them, code or tests: goroutines, channels, sync. These are what the
# race detector has something to find in. sync.Once and its like do not count, nor do benchmarks. With --others, the
# rest. With --tests FOLDER, a pattern of the tests there that stand in files with concurrency.
set -euo pipefail
signs='^[[:space:]]*go (func\b|[[:alpha:]_])|\bsync\.[A-Z]|^([[:space:]]*|import )([[:alpha:]_]+ )?"(sync/atomic|golang\.org/x/sync/[a-z]+)"|^([[:space:]]+|import[[:space:]]+)[[:alpha:]_]+ "sync"|\bchan\b|\bt\.Parallel\(\)'

# concurrent says whether any of the files has concurrency.
concurrent() {
  local found
  found=$(sed -E 's|//.*||; s/\bsync\.Once(Func|Values?)?\b//g' "$@" | grep -cE "$signs") || [ "$found" = 0 ]
  [ "$found" != 0 ]
}

case "$# ${1:-}" in
'0 ') with=1 ;;
'1 --others') with=0 ;;
'2 --tests')
  names=$(for file in "$2"/*_test.go; do
    if concurrent "$file"; then sed -nE 's/^func (Test[A-Za-z0-9_]+)\(.*/\1/p' "$file"; fi
  done)
  [ -n "$names" ] || { echo "$0: no test in $2 has concurrency" >&2; exit 1; }
  echo "^($(tr '\n' '|' <<<"$names" | sed 's/|$//'))\$"
  exit ;;
*) echo "usage: $0 [--others | --tests FOLDER]" >&2; exit 2 ;;
esac
packages=$(${GO:-go} list -f '{{.ImportPath}}{{"\t"}}{{.Dir}}' ./...)
shopt -s extglob
while IFS=$'\t' read -r path dir; do
  if concurrent "$dir"/!(bench_test).go; then found=1; else found=0; fi
  if [ $found -eq $with ]; then echo "$path"; fi
done <<<"$packages"
