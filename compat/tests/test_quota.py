"""What an account may have (--quota), how large a file may be (--max-item-bytes) and how often it may call (--rate)."""

from __future__ import annotations

import gzip
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import made
import server as servers
from accounts import Account, administrator, allow, open_account, policy

OTHER = "222222222222"
LIMIT = 2
QUOTAS = ("variant-stores", "annotation-stores", "annotation-store-versions", "shares-per-store", "references",
          "concurrent-jobs", "files-per-job",
          "annotation-files-per-job")


def quota_flags(**limits: int) -> list[str]:
    return [part for name, limit in limits.items() for part in ("--quota", f"{name.replace('_', '-')}={limit}")]


@pytest.fixture(scope="module")
def files(bucket):
    (bucket / "ref.fa").write_text(">22\n" + "ACGT" * 5000 + "\n")
    (bucket / "one.gff").write_text("##gff-version 3\n22\tx\tgene\t1\t9\t.\t+\t.\tID=g1\n")
    made.big_vcf(bucket / "small.vcf", 10)
    made.big_vcf(bucket / "big.vcf", 200_000)
    return bucket


@pytest.fixture(scope="module")
def server(binary, files, tmp_path_factory):
    """Takes the place of conftest's: at most two of everything."""
    limits = quota_flags(**{name.replace("-", "_"): LIMIT for name in QUOTAS})
    one = servers.Server(tmp_path_factory.mktemp("server"), {"tmp": files}, *limits).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def admin(server):
    return administrator(server)


@pytest.fixture(scope="module")
def other(server):
    return open_account(server, OTHER)


@pytest.fixture(scope="module")
def reference(admin):
    return admin.reference()


def over(call, words: str) -> None:
    """The call is one too many."""
    with pytest.raises(ClientError) as error:
        call()
    answer = error.value.response
    code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    assert (code, status) == ("ServiceQuotaExceededException", 402), answer
    assert words in answer["Error"]["Message"], answer


def test_variant_stores(admin, other, reference):
    def create(n):
        admin.omics.create_variant_store(name=f"store_{n}", reference={"referenceArn": reference["arn"]})

    for n in range(LIMIT):
        create(n)
    over(lambda: create(LIMIT), "limit of 2 variant stores")
    assert len(admin.omics.list_variant_stores()["variantStores"]) == LIMIT
    with pytest.raises(admin.omics.exceptions.ConflictException):
        create(0)  # a name that is taken is told first
    other.variant_store("store_0", other.reference()["arn"])  # each account has its own
    admin.omics.delete_variant_store(name="store_0", force=True)
    admin.gone("get_variant_store", name="store_0")
    admin.variant_store("store_2", reference["arn"])
    over(lambda: create(3), "variant stores")
    for name in ("store_1", "store_2"):
        admin.omics.delete_variant_store(name=name)
        admin.gone("get_variant_store", name=name)


def test_annotation_stores(admin, other):
    create = lambda n: admin.omics.create_annotation_store(name=f"notes_{n}", storeFormat="GFF")  # noqa: E731
    for n in range(LIMIT):
        create(n)
    over(lambda: create(LIMIT), "limit of 2 annotation stores")
    other.annotation_store("notes_0")
    admin.omics.delete_annotation_store(name="notes_0", force=True)
    admin.gone("get_annotation_store", name="notes_0")
    create(LIMIT)
    for n in (1, 2):
        admin.omics.delete_annotation_store(name=f"notes_{n}", force=True)
        admin.gone("get_annotation_store", name=f"notes_{n}")


def test_annotation_store_versions(admin):
    stores = [admin.annotation_store(name)["name"] for name in ("first", "second")]
    for store in stores:  # each store has its own, of which the first came with it
        admin.version(store, "version_2")
        over(lambda: admin.omics.create_annotation_store_version(name=store, versionName="version_3"),
             "limit of 2 versions")
        assert admin.omics.get_annotation_store(name=store)["numVersions"] == LIMIT
    admin.omics.delete_annotation_store_versions(name="first", versions=["version_2"])
    admin.gone("get_annotation_store_version", name="first", versionName="version_2")
    admin.version("first", "version_3")
    for store in stores:
        admin.omics.delete_annotation_store(name=store, force=True)
        admin.gone("get_annotation_store", name=store)


def test_shares_per_store(admin, reference):
    arns = [admin.variant_store("shared", reference["arn"])["storeArn"], admin.annotation_store("shared")["storeArn"]]
    for arn in arns:
        def share(n):
            return admin.omics.create_share(resourceArn=arn, principalSubscriber=f"90000000000{n}")["shareId"]

        ids = [share(n) for n in range(LIMIT)]
        over(lambda: share(LIMIT), "limit of 2 shares")
        with pytest.raises(admin.omics.exceptions.ConflictException):
            share(0)
        admin.omics.delete_share(shareId=ids[0])
        admin.until_share(ids[0], "DELETED")  # a share that ended does not count
        share(LIMIT)
        over(lambda: share(0), "limit of 2 shares")
    admin.omics.delete_variant_store(name="shared")
    admin.omics.delete_annotation_store(name="shared")
    admin.gone("get_variant_store", name="shared")
    admin.gone("get_annotation_store", name="shared")


def test_references(admin, reference):
    store = reference["referenceStoreId"]
    source = {"sourceFile": "s3://tmp/ref.fa", "name": "more"}

    def start(n):
        admin.omics.start_reference_import_job(referenceStoreId=store, roleArn=admin.role, sources=[source] * n)

    over(lambda: start(LIMIT), "2")
    second = admin.reference()
    over(lambda: start(1), "2")
    admin.omics.delete_reference(referenceStoreId=store, id=second["id"])
    admin.gone("get_reference_metadata", referenceStoreId=store, id=second["id"])
    third = admin.reference()
    admin.omics.delete_reference(referenceStoreId=store, id=third["id"])


def test_concurrent_jobs(admin, other, reference):
    admin.variant_store("busy", reference["arn"])
    admin.annotation_store("busy", storeFormat="VCF")
    try:
        variants = admin.start_variants("busy", "s3://tmp/big.vcf", "s3://tmp/big.vcf")
        notes = admin.start_annotations("busy", "s3://tmp/big.vcf")  # both kinds count together
        over(lambda: admin.start_variants("busy", "s3://tmp/small.vcf"), "limit of 2 concurrent import jobs")
        over(lambda: admin.start_annotations("busy", "s3://tmp/small.vcf"), "limit of 2 concurrent import jobs")
        theirs = other.start_annotations("notes_0", "s3://tmp/one.gff")  # an account's jobs are its own
        admin.omics.cancel_variant_import_job(jobId=variants)
        third = admin.start_variants("busy", "s3://tmp/small.vcf")
        admin.omics.cancel_annotation_import_job(jobId=notes)
        assert admin.wait(third)["status"] == other.wait(theirs)["status"] == "COMPLETED"
    finally:
        admin.omics.delete_variant_store(name="busy", force=True)
        admin.omics.delete_annotation_store(name="busy", force=True)
        admin.gone("get_variant_store", name="busy")
        admin.gone("get_annotation_store", name="busy")


def test_files_per_job(admin, reference):
    admin.variant_store("files", reference["arn"])
    assert admin.load("files", *["s3://tmp/small.vcf"] * LIMIT)
    over(lambda: admin.start_variants("files", *["s3://tmp/small.vcf"] * 3), "at most 2 files, the request has 3")
    assert admin.count("files") == 10 * LIMIT
    admin.omics.delete_variant_store(name="files")
    admin.gone("get_variant_store", name="files")


def test_annotation_files_per_job(admin):
    admin.annotation_store("files")
    start = lambda n: admin.omics.start_annotation_import_job(  # noqa: E731
        destinationName="files", roleArn=admin.role, items=[{"source": "s3://tmp/one.gff"}] * n)["jobId"]
    assert admin.wait(start(LIMIT))["status"] == "COMPLETED"
    over(lambda: start(3), "at most 2 files, the request has 3")
    assert admin.count("files") == LIMIT
    admin.omics.delete_annotation_store(name="files")
    admin.gone("get_annotation_store", name="files")


def test_defaults_are_those_of_aws(binary, files, tmp_path):
    one = servers.Server(tmp_path, {"tmp": files}).start()
    try:
        admin = administrator(one)
        reference = admin.reference()["arn"]
        for n in range(10):
            admin.omics.create_variant_store(name=f"store_{n}", reference={"referenceArn": reference})
            admin.omics.create_annotation_store(name=f"notes_{n}", storeFormat="GFF")
        over(lambda: admin.omics.create_variant_store(name="more", reference={"referenceArn": reference}), "10")
        over(lambda: admin.omics.create_annotation_store(name="more", storeFormat="GFF"), "10")
        admin._active(lambda: admin.omics.get_variant_store(name="store_0"))
        for n in range(10):
            admin.omics.create_share(resourceArn=admin.arn("variantStore/store_0"),
                                     principalSubscriber=f"90000000000{n}")
        over(lambda: admin.omics.create_share(resourceArn=admin.arn("variantStore/store_0"),
                                              principalSubscriber="900000000010"), "10")
        over(lambda: admin.start_variants("store_0", *["s3://tmp/small.vcf"] * 1001), "1000")
        admin._active(lambda: admin.omics.get_annotation_store(name="notes_0"))
        with pytest.raises(ClientError) as error:
            admin.omics.start_annotation_import_job(destinationName="notes_0", roleArn=admin.role,
                                                    items=[{"source": "s3://tmp/one.gff"}] * 2)
        assert error.value.response["Error"]["Code"] in ("ServiceQuotaExceededException", "ValidationException")
    finally:
        assert one.stop() == 0


@pytest.mark.parametrize("flags", [
    ("--quota", "nonsense=1"), ("--quota", "variant-stores=0"), ("--quota", "variant-stores"),
    ("--quota", "variant-stores=x"),
    ("--quota", "variant-stores=-1"), ("--rate", "GetVariantStores=1"), ("--rate", "GetVariantStore=0"),
    ("--rate", "GetVariantStore=x"),
    ("--rate", "GetVariantStore=1:0"), ("--rate", "*=inf"), ("--rate", "*"),
])
def test_flags_that_mean_nothing(binary, tmp_path, flags):
    """Exit 2, and no folder is touched."""
    one = servers.Server(tmp_path, {}, *flags).start(may_die=True)
    assert one.wait(120) == 2
    assert flags[0] in one.tail() and flags[1] in one.tail()
    assert not one.data.exists()


# --- the size of a file -----------------------------------------------------------------------------------------------


def test_max_item_bytes(binary, files, tmp_path):
    exact = made.big_vcf(files / "exact.vcf", 50)
    size = exact.stat().st_size
    (files / "larger.vcf").write_bytes(exact.read_bytes() + b"\n")
    # Inflated it is larger than the limit, as stored it is not.
    (files / "packed.vcf.gz").write_bytes(gzip.compress(made.big_vcf(files / "unpacked.vcf", 150).read_bytes()))
    assert (files / "unpacked.vcf").stat().st_size > size > (files / "packed.vcf.gz").stat().st_size
    one = servers.Server(tmp_path, {"tmp": files}, "--max-item-bytes", str(size)).start()
    try:
        admin = administrator(one)
        admin.variant_store("sized", admin.reference()["arn"])
        admin.annotation_store("sized_notes", storeFormat="VCF")
        admin.load("sized", "s3://tmp/exact.vcf", "s3://tmp/packed.vcf.gz")
        mixed = admin.wait(admin.start_variants("sized", "s3://tmp/exact.vcf", "s3://tmp/larger.vcf"))
        assert mixed["status"] == "COMPLETED_WITH_FAILURES"
        assert [item["jobStatus"] for item in mixed["items"]] == ["COMPLETED", "FAILED"]
        said = mixed["items"][1]["statusMessage"]
        assert str(size) in said and str(size + 1) in said and "s3://tmp/larger.vcf" in said, said
        assert admin.count("sized") == 50 + 150 + 50
        failed = admin.wait(admin.start_annotations("sized_notes", "s3://tmp/larger.vcf"))
        assert failed["status"] == "FAILED" and str(size) in failed["statusMessage"], failed
        assert str(size + 1) in failed["statusMessage"], failed
        admin.annotate("sized_notes", "s3://tmp/exact.vcf")
    finally:
        assert one.stop() == 0


# --- rates ------------------------------------------------------------------------------------------------------------

RATES = ("*=off", "ListVariantStores=2:3", "GetVariantStore=5", "ListShares=0.1:1", "query=0.1:2",
         "ListTagsForResource=0.1:2")


@pytest.fixture(scope="module")
def limited(binary, files, tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("limited"), {"tmp": files},
                         *(part for rate in RATES for part in ("--rate", rate))).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


def fresh(limited, account: str, **more) -> Account:
    """An account that has not called yet, so that its buckets are full."""
    return open_account(limited, account, **more)


def throttled(call) -> bool:
    """Whether it was refused for its rate."""
    try:
        call()
    except ClientError as error:
        answer = error.response
        assert answer["Error"] == {**answer["Error"], "Code": "ThrottlingException", "Message": "Rate exceeded"}, answer
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
        return True
    return False


def test_a_burst_and_no_more(limited):
    who = fresh(limited, "100000000001")
    list_ = lambda: throttled(who.omics.list_variant_stores)  # noqa: E731
    who.omics.list_annotation_stores()  # the connection is there
    begun = time.monotonic()
    seen = [list_() for _ in range(10)]
    took = time.monotonic() - begun  # a slow machine leaves time for more tokens
    assert seen[:3] == [False] * 3 and 7 - 2 * took - 1 <= sum(seen) <= 7, (seen, took)
    servers.until(lambda: not list_())  # a token comes every half second, and what is refused takes none


def test_a_steady_rate_is_never_refused(limited):
    who = fresh(limited, "100000000002")
    for _ in range(6):
        assert not throttled(who.omics.list_variant_stores)
        time.sleep(0.51)  # longer on a busy machine: then it is steadier still


def test_rates_are_of_each_account_and_operation(limited):
    who, other = fresh(limited, "100000000003"), fresh(limited, "100000000004")
    second_key = open_account(limited, "100000000003", "second", policy(allow("*")), limited.data)
    list_ = lambda account: throttled(lambda: account.omics.list_shares(resourceOwner="SELF"))  # noqa: E731
    assert [list_(who), list_(who), list_(second_key)] == [False, True, True]  # keys of an account share its rate
    assert not list_(other)
    assert not throttled(who.omics.list_variant_stores)
    for _ in range(50):  # the others are off
        who.omics.list_annotation_stores()


def test_what_is_refused_otherwise(limited):
    """A denied call costs nobody a token; one that is allowed does, whatever becomes of it."""
    who = fresh(limited, "100000000005")
    nobody = open_account(limited, "100000000005", "nobody", policy(allow("omics:ListVariantStores")), limited.data)
    for _ in range(5):
        with pytest.raises(nobody.omics.exceptions.AccessDeniedException):
            nobody.omics.list_shares(resourceOwner="SELF")
    assert not throttled(lambda: who.omics.list_shares(resourceOwner="SELF"))
    tags = lambda: who.omics.list_tags_for_resource(resourceArn=who.arn("variantStore/none"))  # noqa: E731
    for _ in range(2):
        with pytest.raises(who.omics.exceptions.ResourceNotFoundException):
            tags()
    assert throttled(tags)


def test_queries_have_a_rate(limited):
    who, other = fresh(limited, "100000000006"), fresh(limited, "100000000007")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: who.ask("SELECT 1 AS one"), range(4)))
    codes = sorted((answer.status, answer.code, answer.message) for answer in answers)
    assert codes[0] == codes[1] == (200, "", "")
    assert codes[-1] == (429, "ThrottlingException", "Rate exceeded")
    assert other.ask("SELECT 1 AS one").status == 200


@pytest.mark.parametrize("mode, account",
                         [("standard", "100000000008"), ("adaptive", "100000000009"), ("legacy", "100000000010")])
def test_retries_of_the_sdk_succeed(limited, mode, account):
    client = fresh(limited, account).client(retries={"mode": mode, "total_max_attempts": 8})
    retries = 0
    for _ in range(6):
        retries += client.list_variant_stores()["ResponseMetadata"]["RetryAttempts"]
    assert retries > 0, "nothing was throttled"


def test_the_documented_rates_are_the_default(binary, files, tmp_path):
    one = servers.Server(tmp_path, {"tmp": files}, "--rate", "DeleteShare=9").start()
    try:
        admin = administrator(one)
        for operation, request, burst in (("ListShares", {"resourceOwner": "OTHER"}, 5),
                                          ("ListReferenceStores", {}, 10), ("ListVariantStores", {}, 20)):
            call = lambda: throttled(lambda: getattr(admin.omics, xform_name(operation))(**request))  # noqa: E731
            seen = [call() for _ in range(burst)]
            assert not any(seen), (operation, seen)
            assert any(call() for _ in range(burst)), operation
    finally:
        assert one.stop() == 0
