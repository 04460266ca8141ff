"""Data folders that are copied, moved, renamed, restored and linked: they answer from where they are, and never touch
where they were."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import made
from backup import COHORT, COUNT, ROWS, answers, iceberg, ok, tree
from server import BINARY, Server, until
from test_full import bound_read_only


def every_command(server: Server, folder: Path) -> None:
    made.big_vcf(folder / "more.vcf", 500)
    (folder / "genes.tsv").write_text("\n".join(["gene\tstart\tend", "DDD\t1\t2"]) + "\n")
    ok(server, "import", "cohort", str(folder / "more.vcf"))
    ok(server, "compact", "--all")
    ok(server, "compact", "--expire")
    assert server.query("SELECT count(*) AS n FROM cohort")[0]["n"] > ROWS["cohort"]
    ok(server, "export", "clinvar", "-o", str(folder / "out.vcf"))
    ok(server, "export", "cohort", "-o", str(folder / "cohort.vcf.gz"))
    ok(server, "check", "--deep")
    ok(server, "annotation", "version", "delete", "genes", "second")
    ok(server, "annotation", "delete", "genes")
    ok(server, "store", "delete", "annotated")
    (server.data / "tables" / "stray").mkdir()
    (server.data / "tables" / "stray" / "file").write_text("of no store")
    ok(server, "check", "--orphans", "--remove")
    assert not (server.data / "tables" / "stray").exists()
    ok(server, "store", "delete", "cohort")
    ok(server, "annotation", "delete", "clinvar")
    ok(server, "reference", "delete", "ref")
    assert [p for p in (server.data / "tables").rglob("*") if p.is_file()] == []
    assert [p for p in (server.data / "references").rglob("*") if p.is_file()] == []
    assert server.start().stop() == 0


def test_copy_beside_its_original(unpack, tmp_path):
    original = unpack("original")
    ok(original, "relocate")
    iceberg(original)
    subprocess.run(["cp", "-a", original.data.parent, tmp_path / "copy"], check=True)
    before = tree(original.data)
    copy = Server(tmp_path / "copy", {})
    noted = copy.command("check")
    assert (noted.returncode == 0 and f"metadata of its tables says {original.data}" in noted.stderr
            and "varlake relocate" in noted.stderr)
    every_command(copy, tmp_path)
    assert tree(original.data) == before
    answers(original)


def test_programs_of_a_copy_are_not_led_to_the_original(binary, tmp_path):
    """The files for AWS's clients name the original's server until the copy has one of its own."""
    for name in ("original", "copy"):
        (tmp_path / name).mkdir()
    original = Server(tmp_path / "original", {}).start()
    assert original.stop() == 0
    subprocess.run(["cp", "-a", original.data, tmp_path / "copy"], check=True)
    copy = Server(tmp_path / "copy", {})
    refused = copy.command("env")
    assert refused.returncode == 1 and f"is a copy of {original.data}" in refused.stderr and refused.stdout == ""
    os.rename(tmp_path / "copy", tmp_path / "moved")  # which is still a copy
    moved = Server(tmp_path / "moved", {})
    assert moved.command("env").returncode == 1
    assert moved.start().stop() == 0
    assert f"{moved.data}/aws/config" in ok(moved, "env")
    os.rename(original.data.parent, tmp_path / "renamed")  # moved, but no copy of what is there
    assert f"{tmp_path}/renamed/data/aws/config" in ok(Server(tmp_path / "renamed", {}), "env")


def test_backup_is_restored_elsewhere_and_moves(unpack, tmp_path):
    server = unpack("a place")
    answers(server)
    made.big_vcf(tmp_path / "one.vcf", 500)
    ok(server, "import", "cohort", str(tmp_path / "one.vcf"))
    ok(server, "compact", "--all")
    exported = ok(server, "export", "cohort")
    rows = server.query("SELECT count(*) AS n FROM cohort")
    os.rename(server.data, tmp_path / "a place" / "moved")  # the folder
    os.rename(tmp_path / "a place", tmp_path / "parent")  # and its parent
    os.symlink(tmp_path / "parent", tmp_path / "link")
    moved = Server(tmp_path, {})
    for moved.data in (tmp_path / "parent" / "moved", tmp_path / "link" / "moved"):
        assert moved.query("SELECT count(*) AS n FROM cohort") == rows
        assert ok(moved, "export", "cohort") == exported
        ok(moved, "import", "annotated", str(tmp_path / "one.vcf"))
        ok(moved, "check", "--deep")
    (tmp_path / "data").mkdir()
    if subprocess.run(["mount", "--bind", tmp_path / "parent" / "moved", tmp_path / "data"],
                      capture_output=True).returncode == 0:
        try:  # where mounts are allowed
            bound = Server(tmp_path, {})
            assert bound.query("SELECT count(*) AS n FROM cohort") == rows
            ok(bound, "check")
        finally:
            subprocess.run(["umount", tmp_path / "data"], check=True)


def test_copy_of_a_running_server(unpack, tmp_path):
    """A copy that was made while an import ran opens, or says why not; the original is as its own work left it."""
    server = unpack("live").start()
    made.big_vcf(tmp_path / "big.vcf", 400_000)
    with ThreadPoolExecutor(1) as pool:
        imported = pool.submit(server.command, "import", "cohort", str(tmp_path / "big.vcf"))
        until(lambda: "IN_PROGRESS" in ok(server, "job", "list"))
        subprocess.run(["cp", "-a", server.data.parent, tmp_path / "copy"], check=True)
        assert not imported.done()
        assert imported.result().returncode == 0
    assert server.stop() == 0
    before = tree(server.data)
    copy = Server(tmp_path / "copy", {})
    listed = copy.command("store", "list")
    if listed.returncode == 0:
        checked = copy.command("check")  # what was copied before and what after need not agree
        assert checked.returncode == (1 if checked.stdout else 0), checked
        ok(copy, "store", "delete", "annotated")  # into which nothing was being imported
    else:
        assert "varlake recover" in listed.stderr or "backup" in listed.stderr, listed.stderr
    assert tree(server.data) == before
    ok(server, "check", "--deep")


@pytest.mark.parametrize("point", ["commit-file:3", "relocate-after-meta:2", "relocate-after-swap:3"])
def test_relocate_goes_on_after_a_kill(unpack, point):
    server = unpack("killed")
    killed = server.command("relocate", VARLAKE_CRASH_AT=point)
    assert killed.returncode == -9, (killed.returncode, killed.stderr)
    assert server.query(COUNT) == [COHORT]  # some tables say the old place, some the new
    ok(server, "relocate")
    iceberg(server)
    answers(server)
    assert ok(server, "check", "--orphans") == ""
    assert str(server.data) not in server.command("check").stderr  # there is nothing to say of the place any more
    assert "/srv/varlake-data" not in "".join(p.read_text() for p in server.data.glob("tables/*/metadata/*.json"))


def test_relocate_to_another_name(unpack, tmp_path):
    server = unpack("there")
    host = tmp_path / "host" / "data"
    said = ok(server, "relocate", "--to", str(host)).splitlines()
    assert said and all(re.fullmatch(r"\w+: files of metadata written anew: [1-9]\d*", line) for line in said), said
    answers(server)
    host.parent.mkdir()
    host.symlink_to(server.data)
    iceberg(server)
    refused = server.command("relocate", "--to", "relative")
    assert refused.returncode == 2 and "absolute" in refused.stderr
    server.flags = ("--location", str(host))
    server.start()
    busy = server.command("relocate")
    assert busy.returncode == 1 and "stop it first" in busy.stderr
    assert server.stop() == 0 and "relocate first" not in server.log.read_text()


def test_relocate_to_names_within_each_other(unpack, tmp_path):
    """/e, /e/tables and back, also when one that was killed left tables of both."""
    server = unpack("e")
    ok(server, "relocate")
    within = server.data / "tables"
    ok(server, "relocate", "--to", str(within))
    assert server.query(COUNT) == [COHORT]
    for name in (within / "tables", server.data):
        assert server.command("relocate", "--to", str(name), VARLAKE_CRASH_AT="relocate-after-swap:3").returncode == -9
        assert server.query(COUNT) == [COHORT]
        ok(server, "relocate", "--to", str(name))
        ok(server, "check")
    answers(server)
    assert ok(server, "check", "--orphans") == ""
    iceberg(server)


def test_query_is_the_first_command_on_an_earlier_state(unpack):
    server = unpack("old")
    assert server.query(COUNT) == [COHORT]
    answers(server)


def test_earlier_state_that_cannot_be_brought_up_to_date(unpack, tmp_path):
    """What reads says why not, and the way out, which works."""
    server = unpack("old")
    before = tree(server.data)
    with bound_read_only(server.data.parent):
        for command in (["query", COUNT], ["store", "list"], ["access-key", "list"], ["check"]):
            refused = server.command(*command)
            assert refused.returncode == 1 and "of an earlier version" in refused.stderr, (command, refused.stderr)
            assert f"cp -a {server.data} COPY" in refused.stderr, (command, refused.stderr)
        subprocess.run(["cp", "-a", server.data, tmp_path / "data"], check=True)
        copy = Server(tmp_path, {})
        ok(copy, "check")
        assert copy.query(COUNT) == [COHORT]
    assert tree(server.data) == before


def test_location_of_a_container(binary, tmp_path):
    server = Server(tmp_path, {}, "--location", "/host/varlake").start()
    made.big_vcf(tmp_path / "one.vcf", 300)
    (tmp_path / "ref.fa").write_text(">1\n" + "ACGT" * 200_000 + "\n")
    ok(server, "reference", "import", str(tmp_path / "ref.fa"), "--name", "ref")
    ok(server, "store", "create", "cohort", "--reference", "ref")
    ok(server, "import", "cohort", str(tmp_path / "one.vcf"))
    rows = server.query("SELECT count(*) AS n FROM cohort")
    assert server.stop() == 0 and not Path("/host").exists()
    table = sqlite3.connect(server.data / "varlake.db").execute(
        "SELECT metadata_location FROM iceberg_tables").fetchone()[0]
    assert table.startswith("file:///host/varlake/tables/")
    assert server.query("SELECT count(*) AS n FROM cohort") == rows
    other = server.command("serve", "--location", "/other", "--listen", "127.0.0.1:0")
    assert other.returncode == 2 and "varlake relocate --to /other" in other.stderr
    assert "relocate" not in server.command("check").stderr  # it is where it was served with --location
    server.data.rename(tmp_path / "elsewhere")
    checked = subprocess.run([str(BINARY), "check", "--data", str(tmp_path / "elsewhere")], capture_output=True,
                             text=True, timeout=60)
    assert checked.returncode == 0 and "varlake relocate" in checked.stderr
    (tmp_path / "elsewhere").rename(server.data)
    ok(server, "relocate", "--to", "/another")
    assert "relocate" not in server.command("check").stderr


def test_names_outside_are_refused(unpack, tmp_path):
    server = unpack("hand-made")
    shutil.copytree(server.data / "tables", tmp_path / "elsewhere" / "tables")
    with sqlite3.connect(server.data / "varlake.db") as db:
        for table in ("variant_stores", "import_jobs", "annotation_versions"):
            db.execute(f"UPDATE {table} SET location = replace(location, '/srv/varlake-data', ?) WHERE location LIKE '%d541af26651c'",
                       (str(tmp_path / "elsewhere"),))
        db.execute("UPDATE iceberg_tables SET metadata_location = replace(metadata_location, '/srv/varlake-data', ?) WHERE table_name = 'cohort'",
                   (str(tmp_path / "elsewhere"),))
    before = tree(tmp_path / "elsewhere")
    server.start()
    refused = server.command("query", COUNT)
    assert refused.returncode != 0 and "cohort is not served: its metadata names files outside of the data folder" in refused.stderr
    assert server.query("SELECT count(*) AS n FROM annotated") == [{"n": 1200}]
    found = server.command("check")
    assert found.returncode == 1 and "outside of the data folder" in found.stdout
    made.big_vcf(tmp_path / "one.vcf", 300)
    failed = server.command("import", "cohort", str(tmp_path / "one.vcf"))
    assert failed.returncode == 1 and "outside of the data folder" in failed.stderr
    ok(server, "store", "delete", "cohort")
    assert server.stop() == 0
    assert tree(tmp_path / "elsewhere") == before


def post(endpoint: str, key: tuple[str, str], path: str, body: dict) -> tuple[int, str]:
    raw = json.dumps(body).encode()
    signed = AWSRequest("POST", endpoint + path, data=raw, headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials(*key), "omics", "us-east-1").add_auth(signed)
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=60)
    connection.request("POST", path, raw, dict(signed.headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize("how", ["rename", "link"])
def test_another_folder_in_the_place_of_the_served_one_stays_whole(unpack, tmp_path, how):
    """A restored copy, with an import more than the server has heard of, takes the folder's place under it."""
    server = unpack("served")
    subprocess.run(["cp", "-a", server.data.parent, tmp_path / "restored"], check=True)
    copy = Server(tmp_path / "restored", {})
    made.big_vcf(tmp_path / "more.vcf", 300)
    ok(copy, "import", "cohort", str(tmp_path / "more.vcf"))
    (copy.data / "tables" / "stray").mkdir()
    (copy.data / "tables" / "stray" / "file").write_text("of no store")
    before = sorted(tree(copy.data).values())
    if how == "link":
        os.rename(server.data, tmp_path / "first")
        os.symlink(tmp_path / "first", server.data)
    server.start()
    client, key = server.client(), server.credentials()
    if how == "link":
        os.symlink(copy.data, tmp_path / "next")
        os.rename(tmp_path / "next", server.data)
    else:
        os.rename(server.data, tmp_path / "away")
        os.rename(copy.data, server.data)
    for path, body in [("check", {"orphans": True, "remove": True}), ("check", {}),
                       ("query", {"sql": "SELECT count(*) FROM cohort", "format": "csv"})]:
        status, said = post(server.endpoint, key, "/varlake/" + path, body)
        assert status == 500 and "the data folder was moved away or replaced by another while it was served: stop this server" in said, (path, said)
    client.delete_variant_store(name="cohort", force=True)
    until(lambda: "remove the store's files: the data folder was moved away or replaced" in server.log.read_text())
    assert server.stop() == 1
    assert sorted(tree(server.data.resolve()).values()) == before
    ok(server, "check", "--deep")


def test_a_store_does_not_have_the_folder_of_another(unpack):
    server = unpack("hand-made")
    ok(server, "check")
    with sqlite3.connect(server.data / "varlake.db") as db:
        of = dict(db.execute("SELECT name, location FROM tables"))
        db.execute("UPDATE tables SET location = ? WHERE name = 'cohort'", (of["annotated"],))
    before = tree(server.data / "tables")
    found = server.command("check")
    assert found.returncode == 1
    assert f"cohort: its folder is recorded as {of['annotated']}, which is not its own, {of['cohort']}" in found.stdout
    said = server.command("check", "--orphans", "--remove")
    assert said.returncode == 1 and "which is not its own" in said.stdout + said.stderr
    compact = server.command("compact", "cohort", "--all", "--expire")
    assert compact.returncode == 1, compact
    ok(server, "store", "delete", "cohort")
    assert tree(server.data / "tables") == before
    assert server.query("SELECT count(*) AS n FROM annotated") == [{"n": 1200}]


def test_a_store_does_not_have_the_metadata_of_another(unpack, tmp_path):
    server = unpack("hand-made")
    ok(server, "check")
    with sqlite3.connect(server.data / "varlake.db") as db:
        of = dict(db.execute("SELECT table_name, metadata_location FROM iceberg_tables"))
        db.execute("UPDATE iceberg_tables SET metadata_location = ? WHERE table_name = 'cohort'", (of["annotated"],))
    before = tree(server.data / "tables")
    said = server.command("check", "cohort")
    assert (said.returncode == 1 and "cohort: its metadata is recorded as " in said.stdout
            and "which is not in its own folder" in said.stdout), said
    asked = server.command("query", "SELECT count(*) FROM cohort")
    assert asked.returncode == 1 and "Table cohort is not served: its metadata is recorded to be in a folder that is not the table's." in asked.stderr, asked
    made.big_vcf(tmp_path / "more.vcf", 300)
    loaded = server.command("import", "cohort", str(tmp_path / "more.vcf"))
    assert loaded.returncode == 1 and "Nothing was imported: the table's metadata is recorded to be in another table's folder" in loaded.stderr, loaded
    assert server.command("compact", "cohort", "--all", "--expire").returncode == 1
    assert {path: sum_ for path, sum_ in tree(server.data / "tables").items() if path in before} == before
    assert server.query("SELECT count(*) AS n FROM annotated") == [{"n": 1200}]


def test_tables_that_lead_out_of_the_folder_are_no_place_to_write(unpack, tmp_path):
    server = unpack("linked")
    server.start()
    assert server.stop() == 0
    os.rename(server.data / "tables", tmp_path / "elsewhere")
    (server.data / "tables").symlink_to(tmp_path / "elsewhere")
    server.start()
    connection = http.client.HTTPConnection(server.endpoint.removeprefix("http://"), timeout=60)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    assert (answer.status, "tables in the data folder is a link that leads out of it" in answer.read().decode()) == (
        503, True)
    status, said = post(server.endpoint, server.credentials(), "/varlake/query",
                        {"sql": "SELECT count(*) FROM cohort", "format": "csv"})
    assert status == 500 and "the symbolic link tables leads out of the data folder" in said, said
    assert server.stop() == 0


def test_orphans_name_a_link_out_of_the_folder(unpack, tmp_path):
    server = unpack("linked")
    ok(server, "check")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("of somebody else")
    (server.data / "tables" / "out").symlink_to(tmp_path / "elsewhere")
    (server.data / "tables" / "stray").mkdir()
    (server.data / "tables" / "stray" / "file").write_text("of no store")
    (server.data / "tables" / "stray" / "out").symlink_to(tmp_path / "elsewhere")
    found = server.command("check", "--orphans", "--remove")
    assert found.returncode == 1 and "the link tables/out leads to" in found.stdout + found.stderr, found
    assert not (server.data / "tables" / "stray").exists()
    assert (server.data / "tables" / "out").is_symlink() and (tmp_path / "elsewhere" / "file").exists()


def test_recover_whole_brings_back_a_table_that_the_catalog_lost(unpack):
    server = unpack("lost")
    ok(server, "check")  # from its first start on a table of before says what it is
    with sqlite3.connect(server.data / "varlake.db") as db:
        db.execute("DELETE FROM iceberg_tables WHERE table_name = 'cohort'")
    assert "cohort: the catalog does not have its table" in server.command("check").stdout
    refused = server.command("recover")
    assert refused.returncode == 1 and "or does not know all of them: --whole" in refused.stderr
    ok(server, "recover", "--whole", "--yes")
    assert server.query(COUNT) == [COHORT]


@pytest.fixture(scope="module")
def small(binary, tmp_path_factory):
    """A folder with one store of one file, which was moved since."""
    folder = tmp_path_factory.mktemp("small")
    server = Server(folder, {})
    (folder / "ref.fa").write_text(">22\n" + "ACGT" * 200_000 + "\n")
    made.big_vcf(folder / "one.vcf", 20)
    ok(server, "reference", "import", str(folder / "ref.fa"), "--name", "ref")
    ok(server, "store", "create", "cohort", "--reference", "ref")
    ok(server, "import", "cohort", str(folder / "one.vcf"))
    return server


def link_out(path: Path, elsewhere: Path) -> None:
    path.rename(elsewhere / "linked")
    path.symlink_to(elsewhere / "linked")


DAMAGE = {  # what is done to the table's folder, and what messages say of it
    "data file": (lambda table, _: [p.unlink() for p in table.glob("data/**/*.parquet")], ".parquet: it is not there"),
    "metadata": (lambda table, _: [p.unlink() for p in table.glob("metadata/*.json")],
                 "there is no metadata of the table in {data}/{table}"),
    "manifest": (lambda table, _: [p.unlink() for p in table.glob("metadata/*-m*.avro")], ".avro"),
    "link of the table": (lambda table, elsewhere: link_out(table, elsewhere),
                          "the link {data}/{table} leads to {elsewhere}/linked"),
    "link of its data": (lambda table, elsewhere: link_out(table / "data", elsewhere),
                         "the link {data}/{table}/data leads to {elsewhere}/linked"),
    "link of all tables": (lambda table, elsewhere: link_out(table.parent, elsewhere),
                           "the link {data}/tables leads to {elsewhere}/linked"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_messages_name_what_is_here(small, tmp_path, damage):
    """Where the folder was says nothing to anybody; and a link that leads out is named."""
    subprocess.run(["cp", "-a", small.data, tmp_path / "data"], check=True)
    moved = Server(tmp_path, {})
    (tmp_path / "elsewhere").mkdir()
    table, = (moved.data / "tables").iterdir()
    do, words = DAMAGE[damage]
    do(table, tmp_path / "elsewhere")
    place = {"data": moved.data, "table": f"tables/{table.name}", "elsewhere": tmp_path / "elsewhere"}
    link = damage.startswith("link")
    for command in (["check"], ["check", "--orphans"], ["query", "SELECT * FROM cohort"],
                    ["export", "cohort", "-o", str(tmp_path / "x.vcf")],
                    ["compact", "--all"], ["recover", "--whole"], ["relocate"]):
        done = moved.command(*command)
        said = "\n".join(line for line in (done.stdout + done.stderr).splitlines()
                         if not line.startswith("note: the data folder is at"))
        assert str(small.data) not in said and "internal error" not in said and "engine failed\n" not in said, (
            command, said)
        if command[0] == "recover":
            assert words.format(**place) in said or damage == "metadata" and "is left out" in said, said
        elif command[0] in ("check", "query", "export", "compact") and done.returncode:
            assert ("tables/" if damage != "link of all tables" else "tables") in said, (command, said)
        if link and command[0] in ("query", "export"):
            assert ("cohort is not served: the symbolic link tables" in said
                    and "leads out of the data folder" in said), said
        if link and command == ["check"]:
            assert "outside of the data folder: the link tables" in said, said
    damaged = moved.command("query", "SELECT * FROM cohort")
    assert damaged.returncode == 1 and "tables" in damaged.stderr


def test_recover_beside_linked_references(small, tmp_path):
    subprocess.run(["cp", "-a", small.data, tmp_path / "data"], check=True)
    link_out(tmp_path / "data" / "references", tmp_path)
    done = Server(tmp_path, {}).command("recover", "--whole")
    assert (done.returncode == 0 and "variant store cohort" in done.stdout
            and "its reference is not there" in done.stderr), done
