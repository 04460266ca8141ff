#!/usr/bin/env bash
# Measures varlake against bcftools on the same files in the same run and rewrites the table in
# docs/benchmarks.md. RECORDS, COHORT_RECORDS, SAMPLES and ROUNDS size it; WORK names the folder for the data.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 bench/run.py --varlake bin/varlake --docs docs/benchmarks.md \
  --records "${RECORDS:-1000000}" --cohort-records "${COHORT_RECORDS:-30000}" --samples "${SAMPLES:-100}" \
  --rounds "${ROUNDS:-5}" ${WORK:+--work "$WORK"}
