#!/usr/bin/env bash
# Installs what the tests use beside Go: the htslib tools as oracles, Python's venv, and Node.js.
set -euo pipefail
packages=()
command -v bcftools >/dev/null || packages+=(bcftools)
command -v samtools >/dev/null || packages+=(samtools)
command -v tabix >/dev/null || packages+=(tabix)
command -v python3 >/dev/null || packages+=(python3)
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)
[ ${#packages[@]} -eq 0 ] && exit 0
sudo=; [ "$(id -u)" -eq 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
$sudo apt-get install -q -y --no-install-recommends "${packages[@]}"
