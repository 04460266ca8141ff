#!/usr/bin/env bash
# The whole of Varlake in a minute: serve, import a VCF through the AWS API, query it, stop.
# VCF and REF name your own files; without them sample data is made.
set -euo pipefail
cd "$(dirname "$0")/.."
varlake=$PWD/bin/varlake
VCF=${VCF:-} REF=${REF:-}

work=$(mktemp -d "${TMPDIR:-/tmp}/varlake-quickstart.XXXXXX")
server=
finish() {
  if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

if [ -n "$VCF" ] && [ -z "$REF" ]; then echo "quickstart: VCF=$VCF needs REF=/path/reference.fa for left normalisation" >&2; exit 2; fi
if [ -z "$VCF" ] && [ -n "$REF" ]; then
  echo "quickstart: REF=$REF needs VCF=/path/x.vcf.gz: the sample VCF is of the sample's reference" >&2; exit 2
fi
if [ -z "$VCF" ]; then
  say "Sample data"
  "$varlake" sample-data "$work/sample"
  VCF=$work/sample/cohort.vcf.gz
  REF=$work/sample/reference.fa
fi
for file in "$VCF" "$REF"; do [ -f "$file" ] || { echo "quickstart: no file $file" >&2; exit 2; }; done

say "Server"
export VARLAKE_DATA=$work/data
: >"$work/serve.out" # the server may not have opened it yet when it is looked into
"$varlake" serve --listen 127.0.0.1:0 >"$work/serve.out" 2>"$work/serve.log" &
server=$!
for _ in $(seq 200); do
  grep -q '^listening on' "$work/serve.out" && break
  kill -0 "$server" 2>/dev/null || { cat "$work/serve.log" >&2; exit 1; }
  sleep 0.05
done
cat "$work/serve.out"

say "Reference store, reference and variant store"
"$varlake" reference import --name quickstart-reference "$REF"
"$varlake" store create quickstart --reference quickstart-reference

say "StartVariantImportJob, with left normalisation"
job=$("$varlake" import quickstart "$VCF" --normalize --print-id)

say "GetVariantImportJob"
"$varlake" job get "$job" --json

say "SQL"
sql='SELECT contigname, start, "end", referenceallele, alternatealleles, sampleid, calls, qual, filters FROM quickstart ORDER BY contigname, start, sampleid LIMIT 8'
echo "$sql"
"$varlake" query "$sql"
"$varlake" query 'SELECT count(*) AS "rows", count(DISTINCT sampleid) AS samples, count(DISTINCT contigname) AS contigs FROM quickstart'

say "Stop"
kill -TERM "$server"; wait "$server"; server=
echo "the server stopped cleanly"

say "Keep a server running and point boto3 at it"
cat <<'TEXT'
  bin/varlake serve --bucket my-vcfs=/path/to/vcfs        # data in ./varlake-data, http://127.0.0.1:8714
  eval "$(bin/varlake env)"                               # in another terminal: AWS_PROFILE and friends
  python3 -c 'import boto3; print(boto3.client("omics").list_variant_stores()["variantStores"])'
  aws omics list-variant-stores
TEXT
