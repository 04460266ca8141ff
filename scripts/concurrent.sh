#!/usr/bin/env bash
# Lists the module's packages with concurrency in them, code or tests: goroutines, channels, sync. These are what the
# race detector has something to find in. With --others, the rest.
set -euo pipefail
case "${1:-}" in '') with=1 ;; --others) with=0 ;; *) echo "usage: $0 [--others]" >&2; exit 2 ;; esac
signs='^[[:space:]]*go (func\b|[[:alpha:]_])|^([[:space:]]*|import )([[:alpha:]_]+ )?"(sync|sync/atomic|golang\.org/x/sync/[a-z]+)"|\bchan\b|\bt\.Parallel\(\)'
packages=$(${GO:-go} list -f '{{.ImportPath}}{{"\t"}}{{.Dir}}' ./...)
while IFS=$'\t' read -r path dir; do
  found=$(sed -E 's|//.*||' "$dir"/*.go | grep -cE "$signs") || [ "$found" = 0 ]
  if [ $((found > 0)) -eq $with ]; then echo "$path"; fi
done <<<"$packages"
