"""The AWS CLI against Varlake, set up by nothing but `eval "$(varlake env --data DIR)"`."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import made
import server as servers

AWS = Path(sys.executable).parent / "aws"


@pytest.fixture(scope="module")
def aws(server, tmp_path_factory):
    """Runs one aws command line in a shell that has evaluated `varlake env`, and only that."""
    home = tmp_path_factory.mktemp("home")

    def run(command: str, fails: int = 0):
        script = f'eval "$({shlex.quote(str(servers.BINARY))} env --data {shlex.quote(str(server.data))})"; ' \
                 f"{shlex.quote(str(AWS))} omics {command}"
        done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=120,
                              env={"HOME": str(home), "PATH": "/usr/bin:/bin", "NO_PROXY": "127.0.0.1",
                                   "AWS_PAGER": ""})
        assert done.returncode == fails, f"{command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stderr if fails else json.loads(done.stdout) if done.stdout.strip() else None

    return run


@pytest.fixture(scope="module")
def flow(aws, bucket):
    """Reference store, reference, variant store and a finished import, all through the CLI."""
    made.big_vcf(bucket / "cli.vcf", 50)
    store = aws("create-reference-store --name cli_refs --tags team=x")["id"]
    job = aws(f"start-reference-import-job --reference-store-id {store} --role-arn {servers.ROLE} "
              "--sources sourceFile=s3://corpus/reference/GRCh37.MT.fa,name=MTgenome")["id"]
    aws(f"wait reference-import-job-completed --reference-store-id {store} --id {job}")
    reference, = aws(f"list-references --reference-store-id {store}")["references"]
    aws(f"create-variant-store --name cli_store --reference referenceArn={reference['arn']} --description 'a b'")
    aws("wait variant-store-created --name cli_store")
    job = aws(f"start-variant-import-job --destination-name cli_store --role-arn {servers.ROLE} "
              "--items source=s3://tmp/cli.vcf --no-run-left-normalization")["jobId"]
    aws(f"wait variant-import-job-created --job-id {job}")
    return {"store": store, "reference": reference, "job": job}


def test_import_job(aws, flow, server):
    done = aws(f"get-variant-import-job --job-id {flow['job']}")
    assert done["status"] == "COMPLETED" and [i["jobStatus"] for i in done["items"]] == ["COMPLETED"]
    assert server.query("SELECT count(*) AS n FROM cli_store") == [{"n": 50}]


def test_lists_page_by_themselves(aws, flow):
    jobs = aws("list-variant-import-jobs --page-size 1")["variantImportJobs"]
    assert flow["job"] in {one["id"] for one in jobs}
    assert [one["name"] for one in aws("list-variant-stores")["variantStores"]] == ["cli_store"]
    assert [one["id"] for one in aws("list-reference-stores")["referenceStores"]] == [flow["store"]]


def test_reference_file_is_downloaded(aws, flow, corpus, tmp_path):
    target = tmp_path / "part.fa"
    aws(f"get-reference --reference-store-id {flow['store']} --id {flow['reference']['id']} --part-number 1 {target}")
    assert target.read_bytes() == (corpus / "reference" / "GRCh37.MT.fa").read_bytes()
    aws(f"get-reference --reference-store-id {flow['store']} --id {flow['reference']['id']} --part-number 1 "
        f"--range bytes=10-19 {target}")
    assert target.read_bytes() == (corpus / "reference" / "GRCh37.MT.fa").read_bytes()[10:20]


def test_store_and_tags(aws, flow):
    got = aws("get-variant-store --name cli_store")
    assert got["description"] == "a b"
    aws("update-variant-store --name cli_store --description new")
    aws(f"tag-resource --resource-arn {got['storeArn']} --tags owner=me,stage=test")
    assert aws(f"list-tags-for-resource --resource-arn {got['storeArn']}")["tags"] == {"owner": "me", "stage": "test"}
    aws(f"untag-resource --resource-arn {got['storeArn']} --tag-keys owner stage")
    got = aws("get-variant-store --name cli_store")
    assert got["description"] == "new" and got["tags"] == {}


@pytest.mark.parametrize("command, code", [
    ("get-variant-store --name nobodys_store", "ResourceNotFoundException"),
    ("get-variant-import-job --job-id not-a-uuid", "ValidationException"),
    ("create-reference-store --name second", "ServiceQuotaExceededException"),
])
def test_errors(aws, flow, command, code):
    assert code in aws(command, fails=255)


def test_delete(aws, flow):
    assert aws("delete-variant-store --name cli_store --force")["status"] == "DELETING"
    aws("wait variant-store-deleted --name cli_store")
    aws(f"delete-reference --reference-store-id {flow['store']} --id {flow['reference']['id']}")
    aws(f"delete-reference-store --id {flow['store']}")
    assert aws("list-reference-stores")["referenceStores"] == []


@pytest.mark.parametrize("given, wanted", [("REF", "VCF"), ("VCF", "REF")])
def test_quickstart_wants_both_files(given, wanted):
    script = Path(__file__).parents[2] / "scripts" / "quickstart.sh"
    done = subprocess.run(["bash", str(script)], capture_output=True, text=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", given: "mine"})
    assert done.returncode == 2 and f"{given}=mine needs {wanted}=" in done.stderr and not done.stdout, done
