"""Every operation of the analytics API that Varlake serves, called through boto3 as a user calls it.

ERRORS below is the table of what each operation refuses and how; EXCLUDED says why a documented error is not in
it. test_every_documented_error_is_shown_or_excluded holds both to the public service model.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import uuid

import pytest
from botocore import xform_name
from botocore.exceptions import WaiterError

import made
from server import QUICK, ROLE, until

NOBODY = "9999999999"
GARBAGE = "no-token-of-ours"
STATUS = {
    "ValidationException": 400, "ServiceQuotaExceededException": 402, "AccessDeniedException": 403,
    "ResourceNotFoundException": 404, "ConflictException": 409, "RangeNotSatisfiableException": 416,
}


# operation -> {error: what to ask for}. Each function is given the `place` fixture.
ERRORS = {
    "CreateReferenceStore": {
        "ValidationException": lambda p: {"name": "n" * 128},
        "ServiceQuotaExceededException": lambda p: {"name": "one_too_many"},
    },
    "GetReferenceStore": {
        "ValidationException": lambda p: {"id": "abcdefghij"},
        "ResourceNotFoundException": lambda p: {"id": NOBODY},
    },
    "ListReferenceStores": {"ValidationException": lambda p: {"nextToken": GARBAGE}},
    "DeleteReferenceStore": {
        "ValidationException": lambda p: {"id": "../../../.."},
        "ResourceNotFoundException": lambda p: {"id": NOBODY},
        "ConflictException": lambda p: {"id": p.reference_store},
    },
    "StartReferenceImportJob": {
        "ValidationException": lambda p: p.reference_job(sourceFile="https://corpus/x.fa"),
        "ResourceNotFoundException": lambda p: {**p.reference_job(), "referenceStoreId": NOBODY},
        "ServiceQuotaExceededException": lambda p: {**p.reference_job(), "sources": p.reference_job()["sources"] * 60},
    },
    "GetReferenceImportJob": {
        "ValidationException": lambda p: {"referenceStoreId": p.reference_store, "id": "not-a-number"},
        "ResourceNotFoundException": lambda p: {"referenceStoreId": p.reference_store, "id": NOBODY},
    },
    "ListReferenceImportJobs": {
        "ValidationException": lambda p: {"referenceStoreId": p.reference_store, "filter": {"status": "RESTING"}},
        "ResourceNotFoundException": lambda p: {"referenceStoreId": NOBODY},
    },
    "ListReferences": {
        "ValidationException": lambda p: {"referenceStoreId": p.reference_store, "nextToken": GARBAGE},
        "ResourceNotFoundException": lambda p: {"referenceStoreId": NOBODY},
    },
    "GetReferenceMetadata": {
        "ValidationException": lambda p: {"referenceStoreId": "x" * 10, "id": NOBODY},
        "ResourceNotFoundException": lambda p: {"referenceStoreId": p.reference_store, "id": NOBODY},
    },
    "GetReference": {
        "ValidationException": lambda p: {**p.the_reference, "partNumber": 10001},
        "ResourceNotFoundException": lambda p: {**p.the_reference, "id": NOBODY, "partNumber": 1},
        "RangeNotSatisfiableException": lambda p: {**p.the_reference, "partNumber": 1, "range": "bytes=999999999-"},
    },
    "DeleteReference": {
        "ValidationException": lambda p: {"referenceStoreId": p.reference_store, "id": "abcdefghij"},
        "ResourceNotFoundException": lambda p: {"referenceStoreId": p.reference_store, "id": NOBODY},
        "ConflictException": lambda p: p.the_reference,
    },
    "CreateVariantStore": {
        "ValidationException": lambda p: {"name": "Not A Name", "reference": p.reference_item},
        "ConflictException": lambda p: {"name": p.store, "reference": p.reference_item},
        "ResourceNotFoundException": lambda p: {
            "name": "nothing_to_see", "reference": {"referenceArn": p.arn.rpartition("/")[0] + "/" + NOBODY}},
        "ServiceQuotaExceededException": lambda p: p.fill_quota()
        or {"name": "eleventh", "reference": p.reference_item},
    },
    "GetVariantStore": {"ResourceNotFoundException": lambda p: {"name": "nobodys_store"}},
    "ListVariantStores": {"ValidationException": lambda p: {"filter": {"status": "RESTING"}}},
    "UpdateVariantStore": {
        "ValidationException": lambda p: {"name": p.store, "description": "d" * 501},
        "ResourceNotFoundException": lambda p: {"name": "nobodys_store", "description": "d"},
    },
    "DeleteVariantStore": {
        "ValidationException": lambda p: {"name": p.store, "force": "perhaps"},
        "ResourceNotFoundException": lambda p: {"name": "nobodys_store"},
        "ConflictException": lambda p: p.keep_busy() and {"name": p.store},
    },
    "StartVariantImportJob": {
        "ValidationException": lambda p: p.import_job(items=[{"source": "file:///etc/passwd"}]),
        "ResourceNotFoundException": lambda p: p.import_job(destinationName="nobodys_store"),
        "ServiceQuotaExceededException": lambda p: p.import_job(items=[{"source": "s3://tmp/x.vcf"}] * 1001),
    },
    "GetVariantImportJob": {
        "ValidationException": lambda p: {"jobId": "not-a-uuid"},
        "ResourceNotFoundException": lambda p: {"jobId": str(uuid.uuid4())},
    },
    "ListVariantImportJobs": {"ValidationException": lambda p: {"maxResults": 101}},
    "CancelVariantImportJob": {
        "ValidationException": lambda p: {"jobId": p.finished_job},
        "ResourceNotFoundException": lambda p: {"jobId": str(uuid.uuid4())},
    },
    "TagResource": {
        "ValidationException": lambda p: {"resourceArn": "arn:nonsense", "tags": {"k": "v"}},
        "ResourceNotFoundException": lambda p: {"resourceArn": p.store_arn("nobodys_store"), "tags": {"k": "v"}},
        "ServiceQuotaExceededException": lambda p: p.tag_forty() or {
            "resourceArn": p.store_arn(p.store), "tags": {f"more{n}": "" for n in range(20)}},
    },
    "UntagResource": {
        "ValidationException": lambda p: {"resourceArn": "arn:nonsense", "tagKeys": ["k"]},
        "ResourceNotFoundException": lambda p: {"resourceArn": p.store_arn("nobodys_store"), "tagKeys": ["k"]},
    },
    "ListTagsForResource": {
        "ValidationException": lambda p: {"resourceArn": "arn:nonsense"},
        "ResourceNotFoundException": lambda p: {"resourceArn": p.store_arn("nobodys_store")},
    },
}


EVERYWHERE = {
    "InternalServerException": "a fault of the server, which no request can ask for; internal/edge/httpapi's own tests make one",
    "ThrottlingException": "request rates are limited by a later issue",
    "RequestTimeoutException": "a body that never arrives; SDKs give up first",
    "AccessDeniedException": "policies come later; every 403 of today is a refused signature, shown by test_403_*",
}
EXCLUDED = {
    "GetVariantStore": {"ValidationException": "its one member is a name without pattern or limit in the model"},
    "ListVariantStores": {"ResourceNotFoundException": "unknown ids give an empty list"},
    "ListVariantImportJobs": {"ResourceNotFoundException": "unknown ids and store names give an empty list"},
    "TagResource": {"ConflictException": "tag writes are transactions and cannot conflict"},
    "UntagResource": {"ConflictException": "tag writes are transactions and cannot conflict",
                      "ServiceQuotaExceededException": "removing tags cannot pass a limit"},
    "ListTagsForResource": {"ConflictException": "a read cannot conflict",
                            "ServiceQuotaExceededException": "a read cannot pass a limit"},
}
CASES = [(operation, error) for operation, errors in ERRORS.items() for error in errors]


@pytest.fixture(scope="module")
def model(corpus):
    return json.loads((corpus.parent / "spec" / "omics-analytics-model.json").read_text())


class Place:
    """What the refusals are about."""

    def __init__(self, user, reference, store, bucket):
        self.user, self.omics, self.bucket = user, user.omics, bucket
        self.reference_store = reference["referenceStoreId"]
        self.the_reference = {"referenceStoreId": self.reference_store, "id": reference["id"]}
        self.arn, self.reference_item = reference["arn"], {"referenceArn": reference["arn"]}
        self.store = store
        made.big_vcf(bucket / "small.vcf", 10)
        done = user.load(store, "s3://tmp/small.vcf")
        assert done["status"] == "COMPLETED", done
        self.finished_job = done["id"]

    def store_arn(self, name):
        return self.omics.get_variant_store(name=self.store)["storeArn"].rpartition("/")[0] + "/" + name

    def reference_job(self, **source):
        one = {"sourceFile": "s3://corpus/reference/GRCh37.MT.fa", "name": "MTx", **source}
        return {"referenceStoreId": self.reference_store, "roleArn": ROLE, "sources": [one]}

    def import_job(self, **more):
        return {"destinationName": self.store, "roleArn": ROLE, "items": [{"source": "s3://tmp/small.vcf"}], **more}

    def fill_quota(self):
        have = len(self.omics.list_variant_stores()["variantStores"])
        for number in range(have, 10):
            self.omics.create_variant_store(name=f"filler_{number}", reference=self.reference_item)

    def keep_busy(self):
        big = self.bucket / "busy.vcf"
        if not big.exists():
            made.big_vcf(big, 400_000)
        return self.user.start(self.store, *["s3://tmp/busy.vcf"] * 8)

    def tag_forty(self):
        self.omics.tag_resource(resourceArn=self.store_arn(self.store), tags={f"tag{n}": str(n) for n in range(40)})

    def rest(self):
        """Undo what a refusal needed."""
        for job in self.omics.list_variant_import_jobs()["variantImportJobs"]:
            if job["status"] in ("SUBMITTED", "IN_PROGRESS"):
                self.omics.cancel_variant_import_job(jobId=job["id"])
        for one in self.omics.list_variant_stores()["variantStores"]:
            if one["name"].startswith("filler_"):
                self.omics.delete_variant_store(name=one["name"], force=True)
                self.omics.get_waiter("variant_store_deleted").wait(name=one["name"], WaiterConfig=QUICK)


@pytest.fixture(scope="module")
def place(user, reference, store, bucket):
    return Place(user, reference, store, bucket)


@pytest.fixture(scope="module")
def loose(server):
    """A client that sends what it is told: the server must refuse it, not the client."""
    return server.client(parameter_validation=False)


@pytest.mark.parametrize("operation, error", CASES, ids=[f"{o}-{e}" for o, e in CASES])
def test_refusal(place, loose, operation, error):
    try:
        request = ERRORS[operation][error](place)
        with pytest.raises(getattr(loose.exceptions, error)) as refused:
            getattr(loose, xform_name(operation))(**request)
    finally:
        place.rest()
    answer = refused.value.response
    assert answer["Error"]["Code"] == error
    assert answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == STATUS[error]
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"].split(":")[0] == error


def test_every_documented_error_is_shown_or_excluded(model):
    for operation, shown in ERRORS.items():
        documented = set(model["operations"][operation]["errors"])
        excused = set(EXCLUDED.get(operation, {})) | set(EVERYWHERE)
        assert set(shown) <= documented, f"{operation} shows an error that its model does not list"
        assert not set(shown) & set(EXCLUDED.get(operation, {}))
        assert documented - excused == set(shown), operation


def test_the_sixth_running_job_is_refused(place, omics):
    try:
        jobs = [place.keep_busy() for _ in range(5)]
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException):
            place.keep_busy()
        assert len(set(jobs)) == 5
    finally:
        place.rest()


# --- reference stores ---------------------------------------------------------------------------------------------


def test_reference_store(omics, reference):
    store = reference["referenceStoreId"]
    got = omics.get_reference_store(id=store)
    assert got["name"] == "compat" and got["arn"].endswith(f":referenceStore/{store}")
    assert store.isdecimal() and 10 <= len(store) <= 36
    pages = omics.get_paginator("list_reference_stores").paginate(filter={"name": "compat"})
    assert [one["id"] for page in pages for one in page["referenceStores"]] == [store]
    assert omics.list_reference_stores(filter={"name": "other"})["referenceStores"] == []
    later = got["creationTime"] + datetime.timedelta(days=1)
    assert omics.list_reference_stores(filter={"createdAfter": later})["referenceStores"] == []
    assert omics.list_reference_stores(filter={"createdBefore": later})["referenceStores"]


def test_reference_job_and_waiter(omics, user, bucket, corpus):
    store = user.reference_store()
    text = (corpus / "normalize" / "bcftools" / "norm.fa").read_bytes()
    (bucket / "a.fa").write_bytes(text)
    (bucket / "broken.fa").write_bytes(b"not FASTA at all\n")
    source = {"sourceFile": "s3://tmp/a.fa", "name": "first", "description": "d", "tags": {"k": "v"}}
    started = omics.start_reference_import_job(referenceStoreId=store, roleArn=ROLE, sources=[source])
    assert started["status"] == "SUBMITTED"
    omics.get_waiter("reference_import_job_completed").wait(
        referenceStoreId=store, id=started["id"], WaiterConfig=QUICK)
    done = omics.get_reference_import_job(referenceStoreId=store, id=started["id"])
    assert done["status"] == "COMPLETED" and done["completionTime"] >= done["creationTime"]
    item, = done["sources"]
    assert item["status"] == "FINISHED" and item["name"] == "first" and item["tags"] == {"k": "v"}
    meta = omics.get_reference_metadata(referenceStoreId=store, id=item["referenceId"])
    assert (meta["name"], meta["description"], meta["status"]) == ("first", "d", "ACTIVE")
    assert meta["files"]["source"]["contentLength"] == len(text)
    assert omics.list_tags_for_resource(resourceArn=meta["arn"])["tags"] == {"k": "v"}

    mixed = omics.start_reference_import_job(referenceStoreId=store, roleArn=ROLE, sources=[
        {"sourceFile": "s3://tmp/broken.fa", "name": "broken"}, {"sourceFile": "s3://tmp/none.fa", "name": "none"},
        {**source, "name": "second"}])
    with pytest.raises(WaiterError):
        omics.get_waiter("reference_import_job_completed").wait(
            referenceStoreId=store, id=mixed["id"], WaiterConfig=QUICK)
    done = omics.get_reference_import_job(referenceStoreId=store, id=mixed["id"])
    assert done["status"] == "COMPLETED_WITH_FAILURES"
    assert [one["status"] for one in done["sources"]] == ["FAILED", "FAILED", "FINISHED"]
    assert all(one["statusMessage"] for one in done["sources"][:2])
    failed = omics.start_reference_import_job(referenceStoreId=store, roleArn=ROLE, sources=[
        {"sourceFile": "s3://tmp/broken.fa", "name": "broken"}])
    assert user.wait_reference(store, failed["id"])["status"] == "FAILED"

    pages = omics.get_paginator("list_reference_import_jobs").paginate(
        referenceStoreId=store, PaginationConfig={"PageSize": 1})
    ids = [one["id"] for page in pages for one in page["importJobs"]]
    assert {started["id"], mixed["id"], failed["id"]} <= set(ids) and len(ids) == len(set(ids))
    only = omics.list_reference_import_jobs(referenceStoreId=store, filter={"status": "COMPLETED_WITH_FAILURES"})
    assert [one["id"] for one in only["importJobs"]] == [mixed["id"]]

    pages = omics.get_paginator("list_references").paginate(referenceStoreId=store, PaginationConfig={"PageSize": 1})
    found = {one["name"]: one for page in pages for one in page["references"]}
    assert {"first", "second", "GRCh37.MT.fa"} <= set(found)
    assert found["first"]["md5"] == found["second"]["md5"] != found["GRCh37.MT.fa"]["md5"]
    by_md5 = omics.list_references(referenceStoreId=store, filter={"md5": meta["md5"]})["references"]
    assert {one["name"] for one in by_md5} == {"first", "second"}
    by_name = omics.list_references(referenceStoreId=store, filter={"name": "second"})["references"]
    assert [one["id"] for one in by_name] == [found["second"]["id"]]

    omics.delete_reference(referenceStoreId=store, id=found["second"]["id"])
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_reference(referenceStoreId=store, id=found["second"]["id"], partNumber=1)


def test_reference_bytes(omics, reference, corpus, tmp_path):
    where = {"referenceStoreId": reference["referenceStoreId"], "id": reference["id"]}
    text = (corpus / "reference" / "GRCh37.MT.fa").read_bytes()
    (tmp_path / "x.fa").write_bytes(text)
    subprocess.run(["samtools", "faidx", tmp_path / "x.fa"], check=True)
    index = (tmp_path / "x.fa.fai").read_bytes()
    for name, file, content in (("source", "SOURCE", text), ("index", "INDEX", index)):
        described = reference["files"][name]
        assert described["contentLength"] == len(content)
        parts = range(1, described["totalParts"] + 1)
        got = b"".join(omics.get_reference(**where, file=file, partNumber=n)["payload"].read() for n in parts)
        assert got == content
    assert omics.get_reference(**where, partNumber=1)["payload"].read() == text  # SOURCE unless said otherwise
    for asked, want in (("bytes=0-0", text[:1]), ("bytes=100-199", text[100:200]), ("bytes=16000-", text[16000:]),
                        ("bytes=-10", text[-10:]), ("bytes=0-99999999", text)):
        assert omics.get_reference(**where, partNumber=1, range=asked)["payload"].read() == want, asked
    with pytest.raises(omics.exceptions.ValidationException):
        omics.get_reference(**where, partNumber=2)
    assert len(reference["md5"]) == 32 and int(reference["md5"], 16) >= 0


def test_reference_from_gzip_is_stored_uncompressed(omics, user, bucket, corpus):
    import gzip

    text = (corpus / "normalize" / "bcftools" / "norm.fa").read_bytes()
    (bucket / "packed.fa.gz").write_bytes(gzip.compress(text))
    meta = user.reference("s3://tmp/packed.fa.gz")
    got = omics.get_reference(referenceStoreId=meta["referenceStoreId"], id=meta["id"], partNumber=1)
    assert got["payload"].read() == text


def test_client_token_makes_one_job(omics, user):
    request = {"referenceStoreId": user.reference_store(), "roleArn": ROLE, "clientToken": "token-1",
               "sources": [{"sourceFile": "s3://corpus/reference/GRCh37.MT.fa", "name": "again"}]}
    first, second = (omics.start_reference_import_job(**request)["id"] for _ in range(2))
    assert first == second
    user.wait_reference(request["referenceStoreId"], first)


# --- variant stores -----------------------------------------------------------------------------------------------


def test_variant_store_life(omics, reference):
    item = {"referenceArn": reference["arn"]}
    made_ = omics.create_variant_store(name="a_life", description="first", reference=item,
                                       tags={"owner": "me", "empty": ""})
    assert made_["status"] == "CREATING" and made_["reference"] == item and made_["name"] == "a_life"
    omics.get_waiter("variant_store_created").wait(name="a_life", WaiterConfig=QUICK)
    got = omics.get_variant_store(name="a_life")
    assert got["status"] == "ACTIVE" and got["id"] == made_["id"] and len(got["id"]) == 12
    assert (got["description"], got["tags"], got["statusMessage"]) == ("first", {"owner": "me", "empty": ""}, "")
    assert got["sseConfig"]["type"] == "KMS" and got["storeSizeBytes"] == 0
    assert got["storeArn"].startswith("arn:aws:omics:us-east-1:") and got["storeArn"].endswith(":variantStore/a_life")
    updated = omics.update_variant_store(name="a_life", description="second")
    assert updated["description"] == "second" and updated["updateTime"] >= got["updateTime"]
    assert omics.get_variant_store(name="a_life")["description"] == "second"
    assert omics.delete_variant_store(name="a_life")["status"] == "DELETING"
    omics.get_waiter("variant_store_deleted").wait(name="a_life", WaiterConfig=QUICK)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_variant_store(name="a_life")


def test_variant_store_without_a_name(omics, reference):
    name = omics.create_variant_store(reference={"referenceArn": reference["arn"]})["name"]
    assert name.startswith("variant_store_")
    omics.get_waiter("variant_store_created").wait(name=name, WaiterConfig=QUICK)
    got = omics.get_variant_store(name=name)
    assert got["description"] == "" and got["tags"] == {}
    omics.delete_variant_store(name=name)
    omics.get_waiter("variant_store_deleted").wait(name=name, WaiterConfig=QUICK)


def test_list_variant_stores(omics, user, store):
    names = [user.store(f"listed_{n}", "s3://corpus/reference/GRCh37.MT.fa") for n in range(3)]
    pages = list(omics.get_paginator("list_variant_stores").paginate(PaginationConfig={"PageSize": 2}))
    found = [one["name"] for page in pages for one in page["variantStores"]]
    assert len(pages) >= 2 and set(names) | {store} <= set(found) and len(found) == len(set(found))
    ids = [omics.get_variant_store(name=name)["id"] for name in names[:2]]
    assert {one["name"] for one in omics.list_variant_stores(ids=ids)["variantStores"]} == set(names[:2])
    assert omics.list_variant_stores(filter={"status": "FAILED"})["variantStores"] == []
    for name in names:
        omics.delete_variant_store(name=name)
        omics.get_waiter("variant_store_deleted").wait(name=name, WaiterConfig=QUICK)


# --- import jobs --------------------------------------------------------------------------------------------------


def test_import_job_and_waiter(omics, user, place, server):
    before = omics.get_variant_store(name=place.store)["storeSizeBytes"]
    job = omics.start_variant_import_job(**place.import_job(runLeftNormalization=False))["jobId"]
    assert str(uuid.UUID(job)) == job
    omics.get_waiter("variant_import_job_created").wait(jobId=job, WaiterConfig=QUICK)
    done = omics.get_variant_import_job(jobId=job)
    assert done["status"] == "COMPLETED" and done["runLeftNormalization"] is False and done["roleArn"] == ROLE
    assert done["creationTime"] <= done["completionTime"] <= done["updateTime"] + datetime.timedelta(seconds=1)
    item, = done["items"]
    assert item["jobStatus"] == "COMPLETED" and item["source"] == "s3://tmp/small.vcf"
    assert "10" in item["statusMessage"], "records read and rows written are in the message"
    assert omics.get_variant_store(name=place.store)["storeSizeBytes"] > before
    assert server.query(f"SELECT count(*) AS n FROM {place.store} WHERE importjobid = '{job}'") == [{"n": 10}]


def test_import_with_failures(omics, user, place, bucket, server):
    made.bad_vcf(bucket / "bad.vcf", 100)
    job = user.start(place.store, "s3://tmp/bad.vcf", "s3://tmp/small.vcf", "s3://tmp/none.vcf", "s3://nobucket/x.vcf",
                     "s3://tmp/../../etc/passwd")
    done = user.wait(job)
    assert done["status"] == "COMPLETED_WITH_FAILURES"
    assert [item["jobStatus"] for item in done["items"]] == ["FAILED", "COMPLETED", "FAILED", "FAILED", "FAILED"]
    assert "line" in done["items"][0]["statusMessage"].lower() and "112" in done["items"][0]["statusMessage"]
    assert all(item["statusMessage"] for item in done["items"])
    assert server.query(f"SELECT count(*) AS n FROM {place.store} WHERE importjobid = '{job}'") == [{"n": 10}]
    with pytest.raises(WaiterError):  # the waiter knows no such end and gives up: as with HealthOmics itself
        omics.get_waiter("variant_import_job_created").wait(jobId=job, WaiterConfig={"Delay": 1, "MaxAttempts": 2})


def test_import_of_nothing_good(omics, user, place, bucket, server):
    made.bad_vcf(bucket / "bad.vcf", 5)
    done = user.load(place.store, "s3://tmp/bad.vcf")
    assert (done["status"], done["items"][0]["jobStatus"]) == ("FAILED", "FAILED")
    assert server.query(f"SELECT count(*) AS n FROM {place.store} WHERE importjobid = '{done['id']}'") == [{"n": 0}]
    with pytest.raises(WaiterError):
        omics.get_waiter("variant_import_job_created").wait(jobId=done["id"], WaiterConfig=QUICK)


def test_list_import_jobs(omics, user, place):
    jobs = [user.load(place.store, "s3://tmp/small.vcf", annotationFields={"VEP": "CSQ"})["id"] for _ in range(3)]
    pages = list(omics.get_paginator("list_variant_import_jobs").paginate(
        filter={"storeName": place.store, "status": "COMPLETED"}, PaginationConfig={"PageSize": 1}))
    found = [one for page in pages for one in page["variantImportJobs"]]
    assert set(jobs) <= {one["id"] for one in found} and len(found) == len({one["id"] for one in found})
    assert all("items" not in one and "statusMessage" not in one for one in found)
    assert {one["id"] for one in omics.list_variant_import_jobs(ids=jobs[:2])["variantImportJobs"]} == set(jobs[:2])
    assert omics.get_variant_import_job(jobId=jobs[0])["annotationFields"] == {"VEP": "CSQ"}
    assert omics.list_variant_import_jobs(filter={"storeName": "nobodys_store"})["variantImportJobs"] == []


def test_progress_and_cancel(omics, user, place, server):
    job = place.keep_busy()

    def moving():
        got = omics.get_variant_import_job(jobId=job)
        return got if any(i["jobStatus"] == "IN_PROGRESS" and i["statusMessage"] for i in got["items"]) else None

    got = until(moving)
    assert got["status"] == "IN_PROGRESS" and "completionTime" not in got
    assert omics.cancel_variant_import_job(jobId=job)["ResponseMetadata"]["HTTPStatusCode"] == 200
    got = omics.get_variant_import_job(jobId=job)
    assert got["status"] == "CANCELLED" and got["completionTime"]
    omics.get_waiter("variant_import_job_created").wait(jobId=job, WaiterConfig=QUICK)  # CANCELLED is a success to it
    with pytest.raises(omics.exceptions.ValidationException):
        omics.cancel_variant_import_job(jobId=job)
    assert server.query(f"SELECT count(*) AS n FROM {place.store} WHERE importjobid = '{job}'") == [{"n": 0}]


def test_delete_with_force_cancels_its_jobs(omics, user, place, bucket):
    name = user.store("to_be_forced", "s3://corpus/reference/GRCh37.MT.fa")
    place.rest()
    made.big_vcf(bucket / "busy2.vcf", 300_000)
    job = user.start(name, *["s3://tmp/busy2.vcf"] * 6)
    assert omics.delete_variant_store(name=name, force=True)["status"] == "DELETING"
    omics.get_waiter("variant_store_deleted").wait(name=name, WaiterConfig=QUICK)
    assert omics.get_variant_import_job(jobId=job)["status"] == "CANCELLED"


# --- tags ---------------------------------------------------------------------------------------------------------


def test_tags(omics, reference, place):
    store = omics.get_reference_store(id=reference["referenceStoreId"])["arn"]
    for arn in (reference["arn"], store, place.store_arn(place.store)):
        before = omics.list_tags_for_resource(resourceArn=arn)["tags"]
        answer = omics.tag_resource(resourceArn=arn, tags={"a key": "v/1", "é": "", "x+y&z": "%2F"})
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == {
            **before, "a key": "v/1", "é": "", "x+y&z": "%2F"}
        omics.tag_resource(resourceArn=arn, tags={"a key": "v2"})
        assert omics.list_tags_for_resource(resourceArn=arn)["tags"]["a key"] == "v2"
        answer = omics.untag_resource(resourceArn=arn, tagKeys=["a key", "é", "x+y&z", "never there"])
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == before
