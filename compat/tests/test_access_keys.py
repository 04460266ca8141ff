"""Keys of accounts, made with `varlake access-key`: what it prints, lists and refuses."""

from __future__ import annotations

import configparser
import json
import sqlite3

import pytest
from botocore.exceptions import ClientError

import server as servers
from accounts import ADMIN, Account, administrator, allow, command_key, open_account, policy
from operations import ALICE, BOB, CAROL, call, no_policy, refused
from operations import place, server  # noqa: F401 (fixtures)


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
    assert refused(second, "ListVariantStores", {}) == no_policy(
        "second", "omics:ListVariantStores", "*", "555555555555")
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
    assert [key["accessKeyId"] for key in mine if key["name"] == "root"] == [place.bob.key]
    assert {key["account"] for key in mine} == {BOB}
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
    bob = Account(folder, BOB, made_["accessKeyId"], made_["secretAccessKey"])
    assert bob.omics.list_variant_stores()["variantStores"] == []
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
