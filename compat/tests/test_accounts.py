"""Accounts beside each other: what is one's is not there for another."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

import server as servers
from accounts import Account, administrator
from operations import ALICE, BOB, CAROL, ROWS, SOURCES, Place, arn, call
from operations import place, server, space  # noqa: F401 (fixtures)


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
             "sources": SOURCES}
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
