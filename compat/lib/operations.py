"""The operations of the API and the rights that they need, and three accounts to try them with.

OPERATIONS says of each operation what AWS's service authorization reference says of it: the resource that a policy
must name. The fixtures are for the tests that import them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Callable

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import made
import server as servers
from accounts import REGION, Account, namespace, open_account, policy

ALICE, BOB, CAROL = "111111111111", "222222222222", "333333333333"
ROLE = f"arn:aws:iam::{ALICE}:role/import"
NUMBER = "1234567890"
JOB = str(uuid.UUID(int=7))
SHARE = "0" * 32 + "-" + "1" * 32
ROWS = {ALICE: 5, BOB: 9}


def arn(resource: str, account: str = ALICE) -> str:
    return f"arn:aws:omics:{REGION}:{account}:{resource}"


@dataclass(frozen=True)
class Operation:
    request: dict  # any that is well-formed
    resource: str  # that a policy must name for it
    real: Callable[[Place], dict] | None = None  # a request that is answered; None: the first one is
    account: str = ALICE


_REFERENCES, _THE_REFERENCE = {"referenceStoreId": NUMBER}, {"referenceStoreId": NUMBER, "id": NUMBER}
_VARIANTS, _ANNOTATIONS = arn("variantStore/xxx"), arn("annotationStore/xxx")
_VERSION = arn("annotationStore/xxx/version/yyy")
ITEMS = {"destinationName": "xxx", "roleArn": ROLE, "items": [{"source": "s3://tmp/x"}]}
SOURCES = [{"sourceFile": "s3://tmp/ref.fa", "name": "again"}]
OPERATIONS = {
    "CreateReferenceStore": Operation({"name": "xxx"}, arn("referenceStore/*"), account=CAROL),
    "GetReferenceStore": Operation({"id": NUMBER}, arn(f"referenceStore/{NUMBER}"),
                                   lambda p: {"id": p.reference_store}),
    "ListReferenceStores": Operation({}, "*"),
    "DeleteReferenceStore": Operation({"id": NUMBER}, arn(f"referenceStore/{NUMBER}"),
                                      lambda p: {"id": p.carols_reference_store()}, CAROL),
    "StartReferenceImportJob": Operation(
        {**_REFERENCES, "roleArn": ROLE, "sources": SOURCES}, arn(f"referenceStore/{NUMBER}"),
        lambda p: {"referenceStoreId": p.reference_store, "roleArn": ROLE, "sources": SOURCES}),
    "GetReferenceImportJob": Operation(_THE_REFERENCE, arn(f"referenceStore/{NUMBER}"),
                                       lambda p: {"referenceStoreId": p.reference_store, "id": p.reference_job}),
    "ListReferenceImportJobs": Operation(_REFERENCES, arn(f"referenceStore/{NUMBER}"),
                                         lambda p: {"referenceStoreId": p.reference_store}),
    "ListReferences": Operation(_REFERENCES, arn(f"referenceStore/{NUMBER}"),
                                lambda p: {"referenceStoreId": p.reference_store}),
    "GetReferenceMetadata": Operation(_THE_REFERENCE, arn(f"referenceStore/{NUMBER}"), lambda p: p.the_reference),
    "GetReference": Operation({**_THE_REFERENCE, "partNumber": 1}, arn(f"referenceStore/{NUMBER}"),
                              lambda p: {**p.the_reference, "partNumber": 1}),
    "DeleteReference": Operation(_THE_REFERENCE, arn(f"referenceStore/{NUMBER}"), lambda p: p.a_spare_reference()),

    "CreateVariantStore": Operation({"name": "xxx", "reference": {"referenceArn": arn("x")}}, _VARIANTS,
                                    lambda p: {"name": "by_policy", "reference": {"referenceArn": p.reference}}),
    "GetVariantStore": Operation({"name": "xxx"}, _VARIANTS, lambda p: {"name": "same"}),
    "ListVariantStores": Operation({}, "*"),
    "UpdateVariantStore": Operation({"name": "xxx"}, _VARIANTS, lambda p: {"name": "same", "description": "d"}),
    "DeleteVariantStore": Operation({"name": "xxx"}, _VARIANTS, lambda p: p.spare("variant_store", p.reference)),
    "StartVariantImportJob": Operation(ITEMS, _VARIANTS,
                                       lambda p: {**ITEMS, "destinationName": "same",
                                                  "items": [{"source": "s3://tmp/nothing.vcf"}]}),
    "GetVariantImportJob": Operation({"jobId": JOB}, "*", lambda p: {"jobId": p.variant_job}),
    "ListVariantImportJobs": Operation({}, "*"),
    "CancelVariantImportJob": Operation({"jobId": JOB}, "*",
                                        lambda p: {"jobId": p.alice.start_variants("same", *["s3://tmp/big.vcf"] * 3)}),

    "CreateAnnotationStore": Operation({"name": "xxx", "storeFormat": "GFF"}, _ANNOTATIONS,
                                       lambda p: {"name": "by_policy", "storeFormat": "GFF"}),
    "GetAnnotationStore": Operation({"name": "xxx"}, _ANNOTATIONS, lambda p: {"name": "same_notes"}),
    "ListAnnotationStores": Operation({}, "*"),
    "UpdateAnnotationStore": Operation({"name": "xxx"}, _ANNOTATIONS,
                                       lambda p: {"name": "same_notes", "description": "d"}),
    "DeleteAnnotationStore": Operation({"name": "xxx"}, _ANNOTATIONS, lambda p: p.spare("annotation_store")),
    "CreateAnnotationStoreVersion": Operation({"name": "xxx", "versionName": "yyy"}, _VERSION,
                                              lambda p: {"name": "same_notes", "versionName": "by_policy"}),
    "GetAnnotationStoreVersion": Operation({"name": "xxx", "versionName": "yyy"}, _VERSION,
                                           lambda p: {"name": "same_notes", "versionName": "v1_notes"}),
    "ListAnnotationStoreVersions": Operation({"name": "xxx"}, _ANNOTATIONS, lambda p: {"name": "same_notes"}),
    "UpdateAnnotationStoreVersion": Operation({"name": "xxx", "versionName": "yyy"}, _VERSION,
                                              lambda p: {"name": "same_notes", "versionName": "v1_notes"}),
    "DeleteAnnotationStoreVersions": Operation({"name": "xxx", "versions": ["yyy"]}, _VERSION,
                                               lambda p: {"name": "same_notes", "versions": ["to_delete"]}),
    "StartAnnotationImportJob": Operation(ITEMS, _ANNOTATIONS,
                                          lambda p: {**ITEMS, "destinationName": "same_notes",
                                                     "items": [{"source": "s3://tmp/nothing.gff"}]}),
    "GetAnnotationImportJob": Operation({"jobId": JOB}, "*", lambda p: {"jobId": p.annotation_job}),
    "ListAnnotationImportJobs": Operation({}, "*"),
    "CancelAnnotationImportJob": Operation({"jobId": JOB}, "*",
    lambda p: {"jobId": p.alice.start_annotations("big_notes", "s3://tmp/big.vcf")}),

    "CreateShare": Operation({"resourceArn": _VARIANTS, "principalSubscriber": BOB}, _VARIANTS,
                             lambda p: {"resourceArn": arn("variantStore/same"),
                                        "principalSubscriber": "900000000001"}),
    "AcceptShare": Operation({"shareId": SHARE}, "*",
                             lambda p: {"shareId": p.offer(p.bob, "annotationStore/offered", ALICE)}),
    "GetShare": Operation({"shareId": SHARE}, "*",
                          lambda p: {"shareId": p.offer(p.alice, "variantStore/same", "900000000002")}),
    "ListShares": Operation({"resourceOwner": "SELF"}, "*"),
    "DeleteShare": Operation({"shareId": SHARE}, "*",
                             lambda p: {"shareId": p.offer(p.alice, "variantStore/same", "900000000003")}),

    "TagResource": Operation({"resourceArn": _VARIANTS, "tags": {"k": "v"}}, _VARIANTS,
                             lambda p: {"resourceArn": arn("variantStore/same"), "tags": {"k": "v"}}),
    "UntagResource": Operation({"resourceArn": _VARIANTS, "tagKeys": ["k"]}, _VARIANTS,
                               lambda p: {"resourceArn": arn("variantStore/same"), "tagKeys": ["k"]}),
    "ListTagsForResource": Operation({"resourceArn": _VARIANTS}, _VARIANTS,
                                     lambda p: {"resourceArn": arn("variantStore/same")}),
}


class Place:
    """Alice and Bob, each with a variant store `same` and an annotation store `same_notes`; Carol, who has nothing."""

    def __init__(self, server, folder, bucket):
        self.server, self.folder = server, folder
        (bucket / "ref.fa").write_text(">22\n" + "ACGT" * 5000 + "\n")
        (bucket / "one.gff").write_text("##gff-version 3\n22\tx\tgene\t1\t9\t.\t+\t.\tID=g1\n")
        made.big_vcf(bucket / "big.vcf", 200_000)
        for account, rows in ROWS.items():
            made.big_vcf(bucket / f"{account}.vcf", rows)
        self.alice, self.bob, self.carol = (open_account(server, account) for account in (ALICE, BOB, CAROL))
        self.references = {}
        for who in (self.alice, self.bob):
            self.references[who.account] = who.reference()
            who.variant_store("same", self.references[who.account]["arn"], tags={"of": who.account})
            who.annotation_store("same_notes", description=f"of {who.account}")
            who.version("same_notes", "v1_notes", tags={"team": "notes"})
        self.alice.version("same_notes", "to_delete")
        self.alice.annotation_store("big_notes", storeFormat="VCF")
        self.bob.annotation_store("offered")
        mine = self.references[ALICE]
        self.reference, self.reference_store = mine["arn"], mine["referenceStoreId"]
        self.the_reference = {"referenceStoreId": mine["referenceStoreId"], "id": mine["id"]}
        jobs = self.alice.omics.list_reference_import_jobs(referenceStoreId=self.reference_store)["importJobs"]
        self.reference_job = jobs[0]["id"]
        self.variant_job = self.alice.load("same", f"s3://tmp/{ALICE}.vcf")["id"]
        self.annotation_job = self.alice.annotate("same_notes", "s3://tmp/one.gff")["id"]
        self.bob.load("same", f"s3://tmp/{BOB}.vcf")

    def key(self, *statements, account: str = ALICE, name: str = "") -> Account:
        """A user of an account whose policy is made of statements."""
        return open_account(self.server, account, name or f"user-{uuid.uuid4()}", policy(*statements), self.folder)

    def carols_reference_store(self) -> str:
        stores = self.carol.omics.list_reference_stores()["referenceStores"]
        return (stores[0] if stores else self.carol.omics.create_reference_store(name="carols"))["id"]

    def a_spare_reference(self) -> dict:
        made_ = self.alice.reference()
        return {"referenceStoreId": made_["referenceStoreId"], "id": made_["id"]}

    def spare(self, kind: str, *arguments) -> dict:
        getattr(self.alice, kind)("spare", *arguments)
        return {"name": "spare"}

    def offer(self, owner: Account, resource: str, subscriber: str) -> str:
        return owner.omics.create_share(resourceArn=owner.arn(resource), principalSubscriber=subscriber)["shareId"]


@pytest.fixture(scope="module")
def server(binary, bucket, tmp_path_factory):
    """Takes the place of conftest's."""
    one = servers.Server(tmp_path_factory.mktemp("server"), {"tmp": bucket},
                         "--quota", "concurrent-jobs=50", "--quota", "variant-stores=30").start()
    yield one
    if one.running:
        assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def place(server, bucket, tmp_path_factory):
    return Place(server, tmp_path_factory.mktemp("policies"), bucket)


def call(who: Account, operation: str, request: dict) -> dict:
    return getattr(who.omics, xform_name(operation))(**request)


def refused(who: Account, operation: str, request: dict) -> str:
    """The message of an AccessDeniedException."""
    with pytest.raises(ClientError) as error:
        call(who, operation, request)
    answer = error.value.response
    code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    assert (code, status) == ("AccessDeniedException", 403), answer
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "AccessDeniedException"
    return answer["Error"]["Message"]


def no_policy(user: str, action: str, resource: str, account: str = ALICE) -> str:
    """AWS's words when nothing allows it."""
    return (f"User: arn:aws:iam::{account}:user/{user} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action")


def denied(user: str, action: str, resource: str) -> str:
    """AWS's words when something denies it."""
    return (f"User: arn:aws:iam::{ALICE}:user/{user} is not authorized to perform: {action} on resource: {resource} "
            "with an explicit deny in an identity-based policy")


@pytest.fixture(scope="module")
def space(place):
    return {
        "same": namespace("variant", place.alice, call(place.alice, "GetVariantStore", {"name": "same"})),
        "same_notes": namespace("annotation", place.alice,
                                call(place.alice, "GetAnnotationStore", {"name": "same_notes"})),
    }
