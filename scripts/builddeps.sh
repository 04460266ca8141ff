#!/usr/bin/env bash
# DuckDB is C++: linking it needs libstdc++ beside the C compiler. Installs what is missing, on Debian.
set -euo pipefail
command -v "${CC:-cc}" >/dev/null || { echo 'a C compiler is needed (Debian: apt-get install gcc)' >&2; exit 1; }
probe=$(mktemp)
trap 'rm -f "$probe"' EXIT
if echo 'int main(void){return 0;}' | "${CC:-cc}" -x c - -lstdc++ -lm -o "$probe" 2>/dev/null; then exit 0; fi
command -v apt-get >/dev/null || { echo 'libstdc++ with its development files is needed (a C++ compiler brings it)' >&2; exit 1; }
sudo=; [ "$(id -u)" -eq 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
$sudo apt-get install -q -y --no-install-recommends g++
