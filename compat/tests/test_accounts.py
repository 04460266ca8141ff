"""Accounts, their keys and the policies of those: made with `varlake access-key`, felt through boto3 and POST
/varlake/query.

OPERATIONS says of each operation what AWS's service authorization reference says of it: the resource that a policy
must name. A key that may do only that operation is made for each, and tried on all the others.
"""

from __future__ import annotations

import configparser
import json
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Callable

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import made
import server as servers
from accounts import ADMIN, REGION, Account, administrator, allow, command_key, deny, namespace, open_account, policy

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
_VARIANTS, _ANNOTATIONS, _VERSION = arn("variantStore/xxx"), arn("annotationStore/xxx"), arn(
    "annotationStore/xxx/version/yyy")
_ITEMS = {"destinationName": "xxx", "roleArn": ROLE, "items": [{"source": "s3://tmp/x"}]}
_SOURCES = [{"sourceFile": "s3://tmp/ref.fa", "name": "again"}]

OPERATIONS = {
    "CreateReferenceStore": Operation({"name": "xxx"}, arn("referenceStore/*"), account=CAROL),
    "GetReferenceStore": Operation({"id": NUMBER}, arn(f"referenceStore/{NUMBER}"),
    lambda p: {"id": p.reference_store}),
    "ListReferenceStores": Operation({}, "*"),
    "DeleteReferenceStore": Operation({"id": NUMBER}, arn(f"referenceStore/{NUMBER}"),
    lambda p: {"id": p.carols_reference_store()}, CAROL),
    "StartReferenceImportJob": Operation(
        {**_REFERENCES, "roleArn": ROLE, "sources": _SOURCES}, arn(f"referenceStore/{NUMBER}"),
        lambda p: {"referenceStoreId": p.reference_store, "roleArn": ROLE, "sources": _SOURCES}),
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
    "StartVariantImportJob": Operation(_ITEMS, _VARIANTS, lambda p: {**_ITEMS, "destinationName": "same",
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
    "StartAnnotationImportJob": Operation(_ITEMS, _ANNOTATIONS,
                                          lambda p: {**_ITEMS, "destinationName": "same_notes",
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
        self.reference_job = self.alice.omics.list_reference_import_jobs(referenceStoreId=self.reference_store)[
            "importJobs"][0]["id"]
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
    one = servers.Server(tmp_path_factory.mktemp("server"), {"tmp": bucket}, "--quota", "concurrent-jobs=50", "--quota",
        "variant-stores=30").start()
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
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDeniedException",
        403), answer
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


# --- one operation at a time ------------------------------------------------------------------------------------------


def test_every_operation_is_here(place, corpus):
    listed = json.loads((corpus.parent / "spec" / "omics-analytics-model.json").read_text())["operations"]
    assert set(OPERATIONS) == set(listed) and len(OPERATIONS) == 42


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_key_for_one_operation(place, operation):
    this = OPERATIONS[operation]
    name = f"only-{operation}"
    user = place.key(allow(f"omics:{operation}"), account=this.account, name=name)
    for other, that in OPERATIONS.items():
        if other != operation:
            resource = that.resource.replace(f":{ALICE}:", f":{this.account}:")
            request = json.loads(json.dumps(that.request).replace(ALICE, this.account))
            assert refused(user, other, request) == no_policy(name, f"omics:{other}", resource, this.account)
    answer = call(user, operation, this.real(place) if this.real else this.request)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 300
    assert not answer.get("errors"), answer


@pytest.fixture(scope="module")
def forbidden(place):
    """May do everything but is denied each operation."""
    return place.key(allow("*"), deny(*(f"omics:{operation}" for operation in OPERATIONS)), name="forbidden")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_explicit_deny_wins(forbidden, operation):
    assert refused(forbidden, operation, OPERATIONS[operation].request) == denied("forbidden", f"omics:{operation}",
        OPERATIONS[operation].resource)


def test_a_deny_wins_in_any_order_and_only_where_it_applies(place):
    orders = [deny("omics:GetVariantStore", resource=arn("variantStore/secret_*")), allow("omics:*")]
    for statements in (orders, orders[::-1]):
        user = place.key(*statements)
        assert call(user, "GetVariantStore", {"name": "same"})["name"] == "same"
        assert "with an explicit deny" in refused(user, "GetVariantStore", {"name": "secret_one"})


def test_actions_are_patterns_without_case(place):
    reader = place.key(allow("OMICS:get*", "omics:List??riantStores"))
    assert call(reader, "GetVariantStore", {"name": "same"})
    assert call(reader, "ListVariantStores", {})
    refused(reader, "ListVariantImportJobs", {})
    refused(reader, "UpdateVariantStore", {"name": "same"})
    other = place.key({"Effect": "Allow", "NotAction": ["omics:Delete*", "omics:Get*"], "Resource": "*"})
    assert call(other, "ListVariantStores", {})
    refused(other, "GetVariantStore", {"name": "same"})


def test_resource_wildcards(place):
    user = place.key(
        allow("omics:*", resource=arn("variantStore/lab_*")),
        allow("omics:GetAnnotationStoreVersion", resource=arn("annotationStore/*/version/v?_notes")),
        allow("omics:GetReference*", resource=f"arn:aws:omics:*:{ALICE}:referenceStore/*"))
    reference = {"referenceArn": place.reference}
    assert call(user, "CreateVariantStore", {"name": "lab_one", "reference": reference})["status"] == "CREATING"
    place.alice._active(lambda: call(user, "GetVariantStore", {"name": "lab_one"}))
    job = call(user, "StartVariantImportJob", {**_ITEMS, "destinationName": "lab_one",
        "items": [{"source": f"s3://tmp/{ALICE}.vcf"}]})["jobId"]
    assert place.alice.wait(job)["status"] == "COMPLETED"
    refused(user, "StartVariantImportJob", {**_ITEMS, "destinationName": "same"})
    refused(user, "GetVariantImportJob", {"jobId": job})  # jobs have no resource: "*" only
    refused(user, "CreateVariantStore", {"name": "labour", "reference": reference})
    refused(user, "CreateVariantStore", {"reference": reference})  # the server would make the name up
    refused(user, "GetVariantStore", {"name": "LAB_one"})
    refused(user, "ListVariantStores", {})
    refused(user, "GetAnnotationStore", {"name": "lab_one"})
    assert call(user, "GetAnnotationStoreVersion", {"name": "same_notes", "versionName": "v1_notes"})
    refused(user, "GetAnnotationStoreVersion", {"name": "same_notes", "versionName": "v10_notes"})
    assert call(user, "GetReferenceMetadata", place.the_reference)
    assert call(user, "TagResource", {"resourceArn": arn("variantStore/lab_one"), "tags": {"k": "v"}})
    refused(user, "TagResource", {"resourceArn": arn("variantStore/same"), "tags": {"k": "v"}})
    assert call(user, "CreateShare", {"resourceArn": arn("variantStore/lab_one"),
        "principalSubscriber": "900000000009"})
    refused(user, "CreateShare", {"resourceArn": arn("variantStore/same"), "principalSubscriber": "900000000009"})
    assert call(user, "DeleteVariantStore", {"name": "lab_one"})["status"] == "DELETING"


def test_every_version_of_a_request_is_asked_for(place):
    user = place.key(allow("omics:DeleteAnnotationStoreVersions",
        resource=arn("annotationStore/same_notes/version/mine_*")), name="versions")
    answer = call(user, "DeleteAnnotationStoreVersions", {"name": "same_notes", "versions": ["mine_none"]})
    assert [one["versionName"] for one in answer["errors"]] == ["mine_none"]
    message = refused(user, "DeleteAnnotationStoreVersions",
        {"name": "same_notes", "versions": ["mine_none", "v1_notes"]})
    assert message == no_policy("versions", "omics:DeleteAnnotationStoreVersions",
        arn("annotationStore/same_notes/version/v1_notes"))
    assert call(place.alice, "GetAnnotationStoreVersion", {"name": "same_notes", "versionName": "v1_notes"})[
        "status"] == "ACTIVE"


def test_a_reference_needs_its_store_and_itself(place):
    user = place.key(allow("omics:GetReferenceMetadata", resource=arn(f"referenceStore/{place.reference_store}")),
        name="store-only")
    assert refused(user, "GetReferenceMetadata", place.the_reference) == no_policy("store-only",
        "omics:GetReferenceMetadata", place.reference)


def test_policy_variables(place):
    user = place.key(allow("omics:GetVariantStore", resource=arn("variantStore/${aws:username}*")), name="same")
    assert call(user, "GetVariantStore", {"name": "same"})
    refused(user, "GetVariantStore", {"name": "other"})


# --- conditions -------------------------------------------------------------------------------------------------------


def test_resource_tags(place):
    alice = place.alice.omics
    alice.tag_resource(resourceArn=arn("variantStore/same"), tags={"team": "blue", "Stage": "test-1"})
    alice.tag_resource(resourceArn=arn("annotationStore/same_notes"), tags={"team": "red"})
    equals = place.key(allow("omics:*", Condition={"StringEquals": {"aws:ResourceTag/team": ["blue", "green"]}}))
    assert call(equals, "GetVariantStore", {"name": "same"})
    assert call(equals, "ListTagsForResource", {"resourceArn": arn("variantStore/same")})["tags"]["team"] == "blue"
    refused(equals, "GetAnnotationStore", {"name": "same_notes"})
    refused(equals, "GetVariantStore", {"name": "nobodys"})  # whether it is there is not told
    refused(equals, "ListVariantStores", {})
    # keys are without case
    like = place.key(allow("omics:*", Condition={"StringLike": {"aws:ResourceTag/stage": "test-?"}}))
    assert call(like, "GetVariantStore", {"name": "same"})
    not_red = place.key(allow("omics:Get*"),
        deny("omics:*", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}))
    assert call(not_red, "GetVariantStore", {"name": "same"})
    assert "explicit deny" in refused(not_red, "GetAnnotationStore", {"name": "same_notes"})
    version = place.key(allow("omics:*", Condition={"StringEquals": {"aws:ResourceTag/team": "notes"}}))
    assert call(version, "GetAnnotationStoreVersion", {"name": "same_notes", "versionName": "v1_notes"})
    refused(version, "GetAnnotationStore", {"name": "same_notes"})
    # The tags of today count, not those of the key's first day.
    alice.tag_resource(resourceArn=arn("variantStore/same"), tags={"team": "red"})
    refused(equals, "GetVariantStore", {"name": "same"})
    alice.tag_resource(resourceArn=arn("variantStore/same"), tags={"team": "green"})
    assert call(equals, "GetVariantStore", {"name": "same"})


def test_tags_of_another_account_do_not_count(place):
    place.bob.omics.tag_resource(resourceArn=arn("variantStore/same", BOB), tags={"mark": "bobs"})
    user = place.key(allow("omics:*", Condition={"StringEquals": {"aws:ResourceTag/mark": "bobs"}}))
    refused(user, "ListTagsForResource", {"resourceArn": arn("variantStore/same", BOB)})


def test_request_tags(place):
    reference = {"referenceArn": place.reference}
    user = place.key(allow("omics:CreateVariantStore", "omics:TagResource",
        Condition={"StringLike": {"aws:RequestTag/team": "blue*"}}), name="tagger")
    assert call(user, "CreateVariantStore", {"name": "tagged_one", "reference": reference,
        "tags": {"team": "blue-7", "more": "x"}})
    for tags in ({}, {"team": "red"}, {"teams": "blue"}):
        refused(user, "CreateVariantStore", {"name": "tagged_two", "reference": reference, "tags": tags})
    assert call(user, "TagResource", {"resourceArn": arn("variantStore/tagged_one"), "tags": {"team": "blue"}})
    refused(user, "TagResource", {"resourceArn": arn("variantStore/tagged_one"), "tags": {"team": "red"}})
    # To make something with tags is to tag it.
    only_create = place.key(allow("omics:CreateVariantStore"), name="only-create")
    message = refused(only_create, "CreateVariantStore", {"name": "tagged_two", "reference": reference,
        "tags": {"team": "blue"}})
    assert message == no_policy("only-create", "omics:TagResource", arn("variantStore/tagged_two"))
    assert call(only_create, "CreateVariantStore", {"name": "untagged", "reference": reference})
    with pytest.raises(place.alice.omics.exceptions.ResourceNotFoundException):
        place.alice.omics.get_variant_store(name="tagged_two")


@pytest.mark.parametrize("operation, request_", [
    ("CreateAnnotationStore", {"name": "xxx", "storeFormat": "GFF"}),
    ("CreateAnnotationStoreVersion", {"name": "same_notes", "versionName": "yyy"}),
    ("CreateReferenceStore", {"name": "xxx"}),
])
def test_tags_of_what_is_made_need_the_right_to_tag(place, operation, request_):
    user = place.key(allow(f"omics:{operation}"))
    assert "omics:TagResource" in refused(user, operation, {**request_, "tags": {"k": "v"}})


def test_tags_of_a_reference_need_the_right_to_tag(place):
    user = place.key(allow("omics:StartReferenceImportJob"))
    request = OPERATIONS["StartReferenceImportJob"].real(place)
    assert "omics:TagResource" in refused(user, "StartReferenceImportJob",
        {**request, "sources": [{**request["sources"][0], "tags": {"k": "v"}}]})


def test_tag_keys(place):
    some = {"ForAllValues:StringEquals": {"aws:TagKeys": ["cost", "owner"]}}
    user = place.key(allow("omics:TagResource", "omics:UntagResource", Condition=some))
    resource = arn("annotationStore/same_notes")
    assert call(user, "TagResource", {"resourceArn": resource, "tags": {"cost": "1", "owner": "x"}})
    refused(user, "TagResource", {"resourceArn": resource, "tags": {"cost": "1", "team": "x"}})
    assert call(user, "UntagResource", {"resourceArn": resource, "tagKeys": ["cost"]})
    refused(user, "UntagResource", {"resourceArn": resource, "tagKeys": ["cost", "team"]})
    assert call(place.alice, "ListTagsForResource", {"resourceArn": resource})["tags"].get("owner") == "x"
    keeper = place.key(allow("omics:*"),
        deny("omics:UntagResource", Condition={"ForAnyValue:StringLike": {"aws:TagKeys": "own*"}}))
    assert "explicit deny" in refused(keeper, "UntagResource", {"resourceArn": resource, "tagKeys": ["x", "owner"]})
    assert call(keeper, "UntagResource", {"resourceArn": resource, "tagKeys": ["x"]})


def test_source_addresses(place):
    for condition, may in (
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.1"]}}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::1/128"]}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
    ):
        user = place.key(allow("omics:ListVariantStores", Condition=condition))
        if may:
            assert call(user, "ListVariantStores", {})
        else:
            refused(user, "ListVariantStores", {})
    outside = place.key(allow("*"), deny("*", Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))
    assert "explicit deny" in refused(outside, "ListVariantStores", {})
    assert outside.ask("SELECT 1").status == 403


def test_all_conditions_of_a_statement_must_hold(place):
    both = {"IpAddress": {"aws:SourceIp": "127.0.0.1"}, "StringEquals": {"aws:PrincipalAccount": BOB,
        "aws:RequestedRegion": REGION}}
    refused(place.key(allow("omics:*", Condition=both)), "ListVariantStores", {})
    both["StringEquals"]["aws:PrincipalAccount"] = ALICE
    assert call(place.key(allow("omics:*", Condition=both)), "ListVariantStores", {})


# --- roles ------------------------------------------------------------------------------------------------------------

STARTS = ["StartVariantImportJob", "StartAnnotationImportJob", "StartReferenceImportJob"]


@pytest.mark.parametrize("operation", STARTS)
def test_passing_a_role_is_asked_for_where_it_is_mentioned(place, operation):
    request = OPERATIONS[operation].real(place)
    other = {**request, "roleArn": f"arn:aws:iam::{ALICE}:role/other"}
    free = place.key(allow("omics:*"))
    assert call(free, operation, request) and call(free, operation, other)
    held = place.key(allow("omics:*"), allow("iam:PassRole", resource=ROLE), name=f"held-{operation}")
    assert call(held, operation, request)
    assert refused(held, operation, other) == no_policy(f"held-{operation}", "iam:PassRole", other["roleArn"])
    banned = place.key(allow("*"), deny("iam:PassRole", resource=other["roleArn"]), name=f"banned-{operation}")
    assert call(banned, operation, request)
    assert refused(banned, operation, other) == denied(f"banned-{operation}", "iam:PassRole", other["roleArn"])
    for service, may in (("omics.amazonaws.com", True), ("ec2.amazonaws.com", False)):
        user = place.key(allow("omics:*"),
            allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": service}}))
        if may:
            assert call(user, operation, request)
        else:
            assert "iam:PassRole" in refused(user, operation, request)


@pytest.mark.parametrize("operation", STARTS)
def test_a_role_of_another_account_is_refused(place, operation):
    request = {**OPERATIONS[operation].real(place), "roleArn": f"arn:aws:iam::{BOB}:role/import"}
    assert refused(place.alice, operation, request) == "Cross-account pass role is not allowed."


# --- queries ----------------------------------------------------------------------------------------------------------


def glue(space: str, table: str) -> str:
    return f"arn:aws:glue:{REGION}:{ALICE}:table/{space}/{table}"


@pytest.fixture(scope="module")
def space(place):
    return {
        "same": namespace("variant", place.alice, call(place.alice, "GetVariantStore", {"name": "same"})),
        "same_notes": namespace("annotation", place.alice, call(place.alice, "GetAnnotationStore",
        {"name": "same_notes"})),
    }


def refused_query(user: Account, sql: str) -> str:
    answer = user.ask(sql)
    assert (answer.status, answer.code) == (403, "AccessDeniedException"), answer
    return answer.message


def test_a_query_needs_both_rights(place, space):
    athena = f"arn:aws:athena:{REGION}:{ALICE}:workgroup/primary"
    table = glue(space["same"], "same")
    user = place.key(allow("athena:StartQueryExecution", resource=athena), allow("glue:GetTable", resource=table),
        name="querier")
    assert user.count("same") == ROWS[ALICE]
    assert user.count(f'"{space["same"]}"."same"') == ROWS[ALICE]
    assert user.rows("SELECT 1 AS one") == [{"one": 1}]
    wanted = no_policy("querier", "glue:GetTable", glue(space["same_notes"], "same_notes"))
    assert refused_query(user, "SELECT * FROM same_notes") == wanted
    assert refused_query(user, "SELECT * FROM same JOIN same_notes ON same.contigname = same_notes.seqid") == wanted
    assert user.ask("SELECT * FROM nothing_here").code == "ResourceNotFoundException"

    no_table = place.key(allow("athena:*"), name="no-table")
    assert refused_query(no_table, "SELECT * FROM same") == no_policy("no-table", "glue:GetTable", table)
    assert no_table.rows("SELECT 'same' AS one") == [{"one": "same"}]  # a word is no table
    no_athena = place.key(allow("glue:*", "omics:*"), name="no-athena")
    assert refused_query(no_athena, "SELECT * FROM same") == no_policy("no-athena",
        "athena:StartQueryExecution", athena)
    assert refused_query(no_athena, "SELECT 1") == no_policy("no-athena", "athena:StartQueryExecution", athena)


def test_tables_by_pattern_and_deny(place, space):
    user = place.key(allow("athena:StartQueryExecution"), allow("glue:GetTable", resource=glue("variant_*", "*")))
    assert user.count("same") == ROWS[ALICE]
    refused_query(user, "SELECT * FROM same_notes")
    user = place.key(allow("*"), deny("glue:GetTable", resource=glue(space["same_notes"], "same_notes*")),
        name="no-notes")
    assert user.count("same") == ROWS[ALICE]
    assert refused_query(user, "SELECT * FROM same_notes") == denied("no-notes", "glue:GetTable",
        glue(space["same_notes"], "same_notes"))
    assert refused_query(user,
        "SELECT * FROM same_notes__v1_notes").endswith("with an explicit deny in an identity-based policy")


def test_the_right_to_query_is_not_the_right_to_the_api(place):
    user = place.key(allow("athena:*", "glue:*"))
    assert user.count("same") == ROWS[ALICE]
    for operation in ("GetVariantStore", "UpdateVariantStore", "DeleteVariantStore"):
        refused(user, operation, {"name": "same"})


# --- two accounts -----------------------------------------------------------------------------------------------------


def test_same_names_coexist(place):
    for who, other in ((place.alice, place.bob), (place.bob, place.alice)):
        got = who.omics.get_variant_store(name="same")
        assert got["storeArn"] == who.arn("variantStore/same") and got["tags"]["of"] == who.account
        assert got["reference"]["referenceArn"] == place.references[who.account]["arn"]
        assert got["id"] != other.omics.get_variant_store(name="same")["id"]
        assert who.count("same") == ROWS[who.account]
        assert who.omics.get_annotation_store(name="same_notes")["description"] in (f"of {who.account}", "d")
        for operation, key in (("list_variant_stores", "variantStores"),
                ("list_annotation_stores", "annotationStores")):
            assert all(one["storeArn"].split(":")[4] == who.account for one in getattr(who.omics, operation)()[key])
    assert {one["id"] for one in place.alice.omics.list_variant_import_jobs()["variantImportJobs"]}.isdisjoint(
        one["id"] for one in place.bob.omics.list_variant_import_jobs()["variantImportJobs"])


def test_deleting_one_leaves_its_namesake(place):
    place.bob.variant_store("namesake", place.references[BOB]["arn"], tags={"a": "b"})
    place.alice.variant_store("namesake", place.reference)
    place.bob.load("namesake", f"s3://tmp/{BOB}.vcf")
    place.alice.omics.delete_variant_store(name="namesake", force=True)
    place.alice.gone("get_variant_store", name="namesake")
    assert place.bob.count("namesake") == ROWS[BOB]
    assert place.bob.omics.get_variant_store(name="namesake")["tags"] == {"a": "b"}
    assert place.alice.ask("SELECT * FROM namesake").code == "ResourceNotFoundException"


def foreign(place: Place) -> dict[str, dict]:
    """Requests of Bob's that name what is Alice's, by operation; by name he finds his own, so only ids and ARNs are
    here."""
    share = place.offer(place.alice, "annotationStore/same_notes", "900000000004")
    alices = {"resourceArn": arn("variantStore/same")}
    jobs = {"referenceStoreId": place.reference_store, "id": place.reference_job}
    start = {"referenceStoreId": place.reference_store, "roleArn": f"arn:aws:iam::{BOB}:role/import",
        "sources": _SOURCES}
    return {
        "GetReferenceStore": {"id": place.reference_store}, "DeleteReferenceStore": {"id": place.reference_store},
        "StartReferenceImportJob": start, "GetReferenceImportJob": jobs,
        "ListReferenceImportJobs": {"referenceStoreId": place.reference_store},
        "ListReferences": {"referenceStoreId": place.reference_store}, "GetReferenceMetadata": place.the_reference,
        "GetReference": {**place.the_reference, "partNumber": 1}, "DeleteReference": place.the_reference,
        "CreateVariantStore": {"name": "stolen", "reference": {"referenceArn": place.reference}},
        "CreateAnnotationStore": {"name": "stolen", "storeFormat": "VCF",
        "reference": {"referenceArn": place.reference}},
        "GetVariantImportJob": {"jobId": place.variant_job}, "CancelVariantImportJob": {"jobId": place.variant_job},
        "GetAnnotationImportJob": {"jobId": place.annotation_job},
        "CancelAnnotationImportJob": {"jobId": place.annotation_job},
        "CreateShare": {**alices, "principalSubscriber": CAROL},
        "AcceptShare": {"shareId": share}, "GetShare": {"shareId": share}, "DeleteShare": {"shareId": share},
        "TagResource": {**alices, "tags": {"k": "v"}}, "UntagResource": {**alices, "tagKeys": ["of"]},
        "ListTagsForResource": alices,
    }


def test_what_is_anothers_is_not_there(place):
    for operation, request in foreign(place).items():
        with pytest.raises(ClientError) as error:
            call(place.bob, operation, request)
        assert error.value.response["Error"]["Code"] == "ResourceNotFoundException", (operation, error.value)
    mine = place.alice.omics
    assert mine.list_tags_for_resource(resourceArn=arn("variantStore/same"))["tags"]["of"] == ALICE
    assert mine.get_reference_metadata(**place.the_reference)["status"] == "ACTIVE"


def test_ids_and_tokens_of_another_account_list_nothing(place):
    bob = place.bob.omics
    store, notes = place.alice.omics.get_variant_store(name="same"), place.alice.omics.get_annotation_store(
        name="same_notes")
    assert bob.list_variant_stores(ids=[store["id"]])["variantStores"] == []
    assert bob.list_annotation_stores(ids=[notes["id"]])["annotationStores"] == []
    assert bob.list_variant_import_jobs(ids=[place.variant_job])["variantImportJobs"] == []
    assert bob.list_annotation_import_jobs(ids=[place.annotation_job])["annotationImportJobs"] == []
    place.alice.variant_store("second", place.reference)
    token = place.alice.omics.list_variant_stores(maxResults=1)["nextToken"]
    with pytest.raises(bob.exceptions.ValidationException):
        bob.list_variant_stores(maxResults=1, nextToken=token)


def test_tables_of_another_account_cannot_be_named(place, space):
    for table in (f'"{space["same"]}"."same"', f'"{space["same_notes"]}"."same_notes"', f'"{space["same"]}".same'):
        answer = place.bob.ask(f"SELECT * FROM {table}")
        assert (answer.status, answer.code) == (404, "ResourceNotFoundException"), answer
    administrator_of_first = administrator(place.server)  # of an account like any other
    assert administrator_of_first.ask("SELECT * FROM same").code == "ResourceNotFoundException"
    assert administrator_of_first.omics.list_variant_stores()["variantStores"] == []


# --- varlake access-key -----------------------------------------------------------------------------------------------


@pytest.fixture()
def folder(binary, bucket, tmp_path):
    """A data folder of its own; its server is started by the test."""
    one = servers.Server(tmp_path, {"tmp": bucket})
    yield one
    if one.running:
        assert one.stop() == 0, one.tail()


def keys(server: servers.Server, *more: str) -> list[dict]:
    done = server.command("access-key", "list", "--json", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_create_prints_a_profile(server, tmp_path):
    done = server.command("access-key", "create", "--account", "444444444444", "--name", "pat.smith@lab")
    assert done.returncode == 0 and "shown this once" in done.stderr, done
    parsed = configparser.ConfigParser()
    parsed.read_string(done.stdout)
    profile = parsed["pat.smith@lab"]
    user = Account(server, "444444444444", profile["aws_access_key_id"], profile["aws_secret_access_key"])
    assert user.omics.list_variant_stores()["variantStores"] == []
    assert user.key.startswith("AKIA") and len(user.key) == 20 and len(user.secret) == 40


def test_the_first_key_administers_and_the_next_may_nothing(server, tmp_path):
    first = open_account(server, "555555555555", "first")
    assert call(first, "CreateAnnotationStore", {"name": "xxx", "storeFormat": "GFF"})
    assert first.ask("SELECT 1").status == 200
    done = server.command("access-key", "create", "--account", "555555555555", "--name", "second", "--json")
    assert done.returncode == 0 and "may do nothing" in done.stderr
    second = Account(server, "555555555555", json.loads(done.stdout)["accessKeyId"],
        json.loads(done.stdout)["secretAccessKey"])
    assert refused(second, "ListVariantStores", {}) == no_policy("second", "omics:ListVariantStores", "*",
        "555555555555")
    assert second.ask("SELECT 1").status == 403
    third = open_account(server, "666666666666", "first", policy(allow("omics:ListVariantStores")), tmp_path)
    assert call(third, "ListVariantStores", {})
    refused(third, "ListAnnotationStores", {})  # a policy counts for a first key too


def test_list(server, place):
    everyone = keys(server)
    assert {ADMIN, ALICE, BOB, CAROL} <= {key["account"] for key in everyone}
    assert all(set(key) >= {"accessKeyId", "account", "name", "arn", "created"} and "secretAccessKey" not in key
        for key in everyone)
    mine = keys(server, "--account", BOB)
    assert [key["accessKeyId"] for key in mine if key["name"] == "root"] == [place.bob.key] and {key["account"]
        for key in mine} == {BOB}
    assert all(key["arn"] == f"arn:aws:iam::{BOB}:user/{key['name']}" for key in mine)
    table = server.command("access-key", "list", "--account", BOB)
    assert table.returncode == 0 and table.stdout.split()[:5] == ["ID", "ACCOUNT", "NAME", "CREATED", "POLICY"]
    assert place.bob.key in table.stdout and place.alice.key not in table.stdout
    assert place.bob.secret not in table.stdout + json.dumps(everyone)


def test_a_deleted_key_is_refused_with_the_next_request(server, place):
    gone, kept = place.key(allow("*"), name="leaver"), place.key(allow("*"), name="stayer")
    assert call(gone, "ListVariantStores", {}) and gone.ask("SELECT 1").status == 200
    done = server.command("access-key", "delete", gone.key)
    assert done.returncode == 0, done.stderr
    with pytest.raises(ClientError) as error:
        call(gone, "ListVariantStores", {})
    assert error.value.response["Error"]["Code"] == "UnrecognizedClientException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    answer = gone.ask("SELECT 1")
    assert (answer.status, answer.code) == (403, "UnrecognizedClientException")
    assert call(kept, "ListVariantStores", {})
    assert gone.key not in {key["accessKeyId"] for key in keys(server)}
    again = server.command("access-key", "delete", gone.key)
    assert again.returncode == 4 and gone.key in again.stderr  # exit 4: not found
    assert open_account(server, ALICE, "leaver").key != gone.key  # the name is free again


def test_a_secret_of_another_key_is_refused(place):
    mixed = Account(place.server, ALICE, place.alice.key, place.bob.secret)
    with pytest.raises(ClientError) as error:
        call(mixed, "ListVariantStores", {})
    assert error.value.response["Error"]["Code"] == "InvalidSignatureException"


def test_beside_no_server(folder, tmp_path):
    assert "no data folder" in folder.command("access-key", "list").stderr
    folder.start()
    assert folder.stop() == 0
    made_ = command_key(folder, BOB, "root")
    doomed = command_key(folder, CAROL, "root")
    assert folder.command("access-key", "delete", doomed["accessKeyId"]).returncode == 0
    assert [key["account"] for key in keys(folder)] == [ADMIN, BOB]
    folder.start()
    assert Account(folder, BOB, made_["accessKeyId"], made_["secretAccessKey"]).omics.list_variant_stores()[
        "variantStores"] == []
    with pytest.raises(ClientError):
        Account(folder, CAROL, doomed["accessKeyId"], doomed["secretAccessKey"]).omics.list_variant_stores()


def test_without_any_key_the_next_start_makes_an_administrator(folder):
    folder.start()
    first = administrator(folder)
    assert folder.command("access-key", "delete", first.key).returncode == 0
    with pytest.raises(ClientError):
        first.omics.list_variant_stores()
    assert folder.stop() == 0
    folder.start()
    second = administrator(folder)
    assert second.key != first.key and second.omics.list_variant_stores()["variantStores"] == []


@pytest.mark.parametrize("arguments, words", [
    (["--account", "1234", "--name", "x"], "--account"), (["--account", "1234567890123", "--name", "x"], "--account"),
    (["--account", "12345678901x", "--name", "x"], "--account"), (["--account", ALICE], "--name"),
    (["--account", ALICE, "--name", "a b"], "--name"), (["--account", ALICE, "--name", "x" * 65], "--name"),
    (["--account", ALICE, "--name", "x", "more"], ""),
])
def test_create_usage(server, arguments, words):
    done = server.command("access-key", "create", *arguments)
    assert done.returncode == 2 and words in done.stderr and not done.stdout, done


@pytest.mark.parametrize("document, words", [
    ("{", "parse policy"), ("[]", "parse policy"), ('{"Statement": []}', "Statement"),
    (json.dumps(policy({"Effect": "Allow", "Action": "omics:*"})), "Resource"),
    (json.dumps(policy({**allow("omics:*"), "Principal": "*"})), "Principal"),
    (json.dumps(policy(allow("omics:*", Condition={"StringSounds": {"aws:username": "x"}}))), "StringSounds"),
    (json.dumps(policy({**allow("omics:*"), "Effect": "Perhaps"})), "Effect"),
])
def test_a_bad_policy_makes_no_key(server, tmp_path, document, words):
    (tmp_path / "policy.json").write_text(document)
    before = keys(server)
    done = server.command("access-key", "create", "--account", ALICE, "--name", "bad", "--policy",
        str(tmp_path / "policy.json"))
    assert done.returncode == 1 and "policy.json" in done.stderr and words in done.stderr, done
    missing = server.command("access-key", "create", "--account", ALICE, "--name", "bad", "--policy",
        str(tmp_path / "none.json"))
    assert missing.returncode != 0 and "none.json" in missing.stderr
    assert keys(server) == before


def test_a_name_is_taken_within_its_account(server, place):
    done = server.command("access-key", "create", "--account", BOB, "--name", "root")
    assert done.returncode != 0 and "root" in done.stderr and not done.stdout
    assert server.command("access-key", "create", "--account", "777777777777", "--name", "root").returncode == 0


def test_secrets_are_in_no_log(server, place):
    log = server.log.read_text(errors="replace")
    state = sqlite3.connect(f"file:{server.data / 'varlake.db'}?mode=ro", uri=True)
    secrets = [secret for secret, in state.execute("SELECT secret FROM access_keys")]
    state.close()
    assert place.alice.secret in secrets
    assert not [secret for secret in secrets if secret in log]


# --- turns ------------------------------------------------------------------------------------------------------------


def test_many_files_of_one_account_do_not_hold_up_another(server, place):
    """The log has the order in which files were read: of another's hundreds next to none come before the one."""
    place.alice.variant_store("many", place.reference)
    many = place.alice.start_variants("many", *[f"s3://tmp/{ALICE}.vcf"] * 500)
    one = place.bob.load("same", f"s3://tmp/{BOB}.vcf")
    assert one["status"] == "COMPLETED", one
    try:
        place.alice.omics.cancel_variant_import_job(jobId=many)
    except place.alice.omics.exceptions.ValidationException as err:
        assert "has ended" in str(err), err
    lines = server.log.read_text(errors="replace").splitlines()
    asked = max(i for i, line in enumerate(lines) if "operation=StartVariantImportJob" in line
        and f"account={BOB}" in line)
    read = [i for i, line in enumerate(lines) if 'msg="import item completed"' in line and f"job={one['id']}" in line]
    assert len(read) == 1, read
    between = [line for line in lines[asked : read[0]] if 'msg="import item completed"' in line
        and f"job={many}" in line]
    assert len(between) < 50, len(between)


# --- files that commands hand to the server ---------------------------------------------------------------------------


def test_a_handed_over_file_is_its_accounts(server, place, bucket):
    """Bob knows the name of Alice's file, and names it in each kind of job: it is not there for him."""
    folder = f"cli-{ALICE}-{'A' * 26}"
    known, gone = f"s3://varlake-uploads/{folder}/0/", f"s3://varlake-uploads/cli-{BOB}-{'B' * 26}/0/"
    handed = server.data / "uploads" / folder / "0"
    handed.mkdir(parents=True)
    for name in (f"{ALICE}.vcf", "one.gff", "ref.fa"):
        (handed / name).write_bytes((bucket / name).read_bytes())

    def bobs(start, name: str) -> None:
        """Of another's file the answer is that of one that is not there."""
        ended = [start(place.bob, where + name) for where in (known, gone)]
        assert [status for status, _ in ended] == ["FAILED", "FAILED"], ended
        assert ended[0][1].replace(folder, f"cli-{BOB}-{'B' * 26}") == ended[1][1] and "not found" in ended[1][1], ended

    def variants(who: Account, source: str) -> tuple[str, str]:
        ended = who.wait(who.start_variants("same", source))
        return ended["status"], ended["statusMessage"]

    def notes(who: Account, source: str) -> tuple[str, str]:
        ended = who.wait(who.start_annotations("same_notes", source))
        return ended["status"], ended["statusMessage"]

    def reference(who: Account, source: str) -> tuple[str, str]:
        store = who.omics.list_reference_stores()["referenceStores"][0]["id"]
        job = who.omics.start_reference_import_job(referenceStoreId=store, roleArn=who.role,
            sources=[{"sourceFile": source, "name": "handed"}])["id"]

        def look():
            found = who.omics.get_reference_import_job(referenceStoreId=store, id=job)
            return found if found["status"] in servers.FINAL else None

        ended = servers.until(look, pause=0.02)
        one, = ended["sources"]
        return one["status"], one.get("statusMessage", "")

    for start, name in ((variants, f"{ALICE}.vcf"), (notes, "one.gff"), (reference, "ref.fa")):
        bobs(start, name)
        assert start(place.alice, known + name)[0] in ("COMPLETED", "FINISHED")
    assert sorted(path.name for path in handed.iterdir()) == sorted([f"{ALICE}.vcf", "one.gff", "ref.fa"])
