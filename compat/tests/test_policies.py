"""Policies of keys, felt through boto3 and POST /varlake/query.

A key that may do only one operation is made for each of OPERATIONS, and tried on all the others.
"""

from __future__ import annotations

import json

import pytest

from accounts import REGION, Account, allow, deny
from operations import ALICE, BOB, ITEMS, OPERATIONS, ROLE, ROWS, arn, call, denied, no_policy, refused
from operations import place, server, space  # noqa: F401 (fixtures)


# --- one operation at a time ------------------------------------------------------------------------------------------


def test_every_operation_is_here(place, corpus):
    listed = json.loads((corpus.parent / "spec" / "omics-analytics-model.json").read_text())["operations"]
    assert set(OPERATIONS) == set(listed), "compat/lib/operations.py and the model differ"


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
    assert refused(forbidden, operation, OPERATIONS[operation].request) == denied(
        "forbidden", f"omics:{operation}", OPERATIONS[operation].resource)


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
    job = call(user, "StartVariantImportJob",
               {**ITEMS, "destinationName": "lab_one", "items": [{"source": f"s3://tmp/{ALICE}.vcf"}]})["jobId"]
    assert place.alice.wait(job)["status"] == "COMPLETED"
    refused(user, "StartVariantImportJob", {**ITEMS, "destinationName": "same"})
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
    assert call(user, "CreateShare",
                {"resourceArn": arn("variantStore/lab_one"), "principalSubscriber": "900000000009"})
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
    kept = call(place.alice, "GetAnnotationStoreVersion", {"name": "same_notes", "versionName": "v1_notes"})
    assert kept["status"] == "ACTIVE"


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
    assert call(user, "CreateVariantStore",
                {"name": "tagged_one", "reference": reference, "tags": {"team": "blue-7", "more": "x"}})
    for tags in ({}, {"team": "red"}, {"teams": "blue"}):
        refused(user, "CreateVariantStore", {"name": "tagged_two", "reference": reference, "tags": tags})
    assert call(user, "TagResource", {"resourceArn": arn("variantStore/tagged_one"), "tags": {"team": "blue"}})
    refused(user, "TagResource", {"resourceArn": arn("variantStore/tagged_one"), "tags": {"team": "red"}})
    # To make something with tags is to tag it.
    only_create = place.key(allow("omics:CreateVariantStore"), name="only-create")
    message = refused(only_create, "CreateVariantStore",
                      {"name": "tagged_two", "reference": reference, "tags": {"team": "blue"}})
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
    both = {"IpAddress": {"aws:SourceIp": "127.0.0.1"},
            "StringEquals": {"aws:PrincipalAccount": BOB, "aws:RequestedRegion": REGION}}
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
    assert refused_query(no_athena, "SELECT * FROM same") == no_policy(
        "no-athena", "athena:StartQueryExecution", athena)
    assert refused_query(no_athena, "SELECT 1") == no_policy("no-athena", "athena:StartQueryExecution", athena)


def test_tables_by_pattern_and_deny(place, space):
    user = place.key(allow("athena:StartQueryExecution"), allow("glue:GetTable", resource=glue("variant_*", "*")))
    assert user.count("same") == ROWS[ALICE]
    refused_query(user, "SELECT * FROM same_notes")
    user = place.key(allow("*"), deny("glue:GetTable", resource=glue(space["same_notes"], "same_notes*")),
                     name="no-notes")
    assert user.count("same") == ROWS[ALICE]
    assert refused_query(user, "SELECT * FROM same_notes") == denied(
        "no-notes", "glue:GetTable", glue(space["same_notes"], "same_notes"))
    assert refused_query(user,
        "SELECT * FROM same_notes__v1_notes").endswith("with an explicit deny in an identity-based policy")


def test_the_right_to_query_is_not_the_right_to_the_api(place):
    user = place.key(allow("athena:*", "glue:*"))
    assert user.count("same") == ROWS[ALICE]
    for operation in ("GetVariantStore", "UpdateVariantStore", "DeleteVariantStore"):
        refused(user, operation, {"name": "same"})
