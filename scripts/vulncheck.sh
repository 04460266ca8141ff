#!/usr/bin/env bash
# govulncheck needs its database from the network; without it the check is skipped and says so.
set -uo pipefail
out=$(timeout 300 go tool -modfile=tools/go.mod govulncheck ./... 2>&1); rc=$?
if [ $rc -ne 0 ] && grep -qE 'fetching vulnerabilities|dial tcp|no such host|i/o timeout|proxyconnect|lookup |403 |Forbidden|connection refused' <<<"$out"; then
  echo 'govulncheck: skipped, its database cannot be reached from here'
  exit 0
fi
printf '%s\n' "$out"
exit $rc
