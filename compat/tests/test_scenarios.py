"""The tables of conformance/scenarios, each played through boto3, and some through the AWS CLI, aws-sdk-go-v2 and
@aws-sdk/client-omics: those that show each operation, paginator, waiter and error once. The others are marked `matrix`.
"""

from __future__ import annotations

import json

import botocore.loaders
import pytest

import made
import server as servers
from conformance import clients, model, scenario

TABLES = scenario.tables() | scenario.derived(model.load())
COVERING = scenario.covering(TABLES)


def cases():
    """Every scenario with every client; what a client need not play each time is marked."""
    for client in clients.ALL:
        for table in TABLES:
            for name in TABLES[table]["scenarios"]:
                marks = () if client == clients.Boto3.name or (table, name) in COVERING else pytest.mark.matrix
                yield pytest.param(client, table, name, marks=marks, id=f"{client}-{table}-{name.replace(' ', '_')}")


# Errors that a model lists and no table shows, with the reason.
EVERYWHERE = {
    "InternalServerException": "a fault of the server, which no request can ask for; internal/edge/httpapi's own tests make one",
    "RequestTimeoutException": "a body that never arrives; SDKs give up first",
}
NAMES_ALONE = "its members are strings without pattern or limit"
NO_BOOLEAN = "only by a force that is no boolean, which no SDK sends: see test_conformance.py"
ONLY_READS = "a read cannot conflict or pass a limit"
CANNOT = {
    "AcceptShare": {"ValidationException": NAMES_ALONE, "ServiceQuotaExceededException": "accepting makes no share"},
    "DeleteAnnotationStore": {"ValidationException": NO_BOOLEAN},
    "DeleteAnnotationStoreVersions": {"ConflictException": "what stands in a version's way is told in the answer"},
    "DeleteShare": {"ValidationException": NAMES_ALONE,
                    "ServiceQuotaExceededException": "deleting cannot pass a limit"},
    "DeleteVariantStore": {"ValidationException": NO_BOOLEAN},
    "GetAnnotationStore": {"ValidationException": NAMES_ALONE},
    "GetAnnotationStoreVersion": {"ValidationException": NAMES_ALONE},
    "GetShare": {"ValidationException": NAMES_ALONE, "ConflictException": ONLY_READS,
                 "ServiceQuotaExceededException": ONLY_READS},
    "GetVariantStore": {"ValidationException": NAMES_ALONE},
    "ListAnnotationImportJobs": {"ResourceNotFoundException": "unknown ids and store names give an empty list"},
    "ListAnnotationStores": {"ResourceNotFoundException": "unknown ids give an empty list"},
    "ListShares": {"ResourceNotFoundException": "unknown ARNs give an empty list", "ConflictException": ONLY_READS,
                   "ServiceQuotaExceededException": ONLY_READS},
    "ListTagsForResource": {"ConflictException": ONLY_READS, "ServiceQuotaExceededException": ONLY_READS},
    "ListVariantImportJobs": {"ResourceNotFoundException": "unknown ids and store names give an empty list"},
    "ListVariantStores": {"ResourceNotFoundException": "unknown ids give an empty list"},
    "TagResource": {"ConflictException": "tag writes are transactions and cannot conflict"},
    "UntagResource": {"ConflictException": "tag writes are transactions and cannot conflict",
                      "ServiceQuotaExceededException": "removing tags cannot pass a limit"},
}


class Stage:
    """A server as a table wants it, and a client of it."""

    def __init__(self, name: str, kind: type[clients.Client], folder):
        table, bucket = TABLES[name], folder / "bucket"
        bucket.mkdir()
        for file, content in {**scenario.REFERENCE_FILE, **table.get("files", {})}.items():
            _write(bucket / file, content)
        self.server = servers.Server(folder, {"tmp": bucket}, *table.get("flags", []))
        self.server.start()
        if table.get("tables") == "broken":
            (self.server.data / "tables").write_text("no folder")
        keys = {"admin": clients.Key(*self.server.credentials())}
        for who, described in table.get("keys", {}).items():
            keys[who] = _access_key(self.server, folder, who, described)
        arguments = self.server.endpoint, keys, folder / "client"
        given = {"role": servers.ROLE, "long": "d" * 501, "fifty": {f"tag{n}": str(n) for n in range(50)}}
        self.given = scenario.Player(clients.Boto3(*arguments), model.load(), given)
        self.given.play(scenario.REFERENCE * table.get("reference", False) + table.get("given", []))
        self.client = kind(*arguments)

    def play(self, steps) -> None:
        scenario.Player(self.client, model.load(), dict(self.given.variables)).play(steps)

    def close(self) -> None:
        self.client.close()
        assert self.server.stop() == 0, f"the server's last words:\n{self.server.tail()}"


def _write(path, content) -> None:
    if isinstance(content, str):
        path.write_text(content)
    elif content.get("bad"):
        made.bad_vcf(path, content["records"])
    else:
        made.big_vcf(path, content["records"])


def _access_key(server, folder, who: str, described: dict) -> clients.Key:
    account = described.get("account", "123456789012")
    more = []
    if "policy" in described:
        (folder / f"{who}.json").write_text(json.dumps(described["policy"]))
        more = ["--policy", str(folder / f"{who}.json")]
    done = server.command("access-key", "create", "--account", account, "--name", who, "--json", *more)
    assert done.returncode == 0, done.stderr
    made_ = json.loads(done.stdout)
    assert made_["account"] == account and made_["name"] == who and account in made_["arn"], made_
    return clients.Key(made_["accessKeyId"], made_["secretAccessKey"])


@pytest.fixture(scope="module")
def stages(binary, go_program, tmp_path_factory):
    """stages(client, table): one stage at a time, kept as long as the same is asked for."""
    current: dict = {}

    def close():
        while current:
            current.popitem()[1].close()

    def at(client, table):
        if (client, table) not in current:
            close()
            current[client, table] = Stage(table, clients.ALL[client], tmp_path_factory.mktemp(f"{client}-{table}"))
        return current[client, table]

    yield at
    close()


@pytest.mark.parametrize("client, table, name", cases())
def test_scenario(stages, client, table, name):
    stages(client, table).play(TABLES[table]["scenarios"][name])


def test_every_client_does_everything_once():
    """What the marker leaves to each client is still every success of every operation, and every kind of error."""
    shown = set().union(*(scenario.shows(TABLES[table]["scenarios"][name]) for table, name in COVERING))
    assert shown == set().union(*(scenario.shows(steps) for table in TABLES.values()
                                  for steps in table["scenarios"].values()))
    assert {("call", operation) for operation in model.load().operations} <= shown
    assert len(COVERING) < sum(len(table["scenarios"]) for table in TABLES.values()) / 4


# --- the tables are whole ---------------------------------------------------------------------------------------------


STEPS = [step for table in TABLES.values() for steps in (table.get("given", []), *table["scenarios"].values())
         for step in steps]


@pytest.mark.parametrize("operation", model.load().operations)
def test_every_listed_error_is_shown(operation):
    shown = {step["error"] for step in STEPS if step.get("call") == operation and "error" in step}
    excused = EVERYWHERE.keys() | CANNOT.get(operation, {}).keys()
    assert not shown & excused, "shown and excused"
    assert model.load().operations[operation].errors - excused == shown


@pytest.mark.parametrize("operation", model.load().operations)
def test_every_success_is_shown_with_its_members(operation):
    shown = [set(step["answer"].get("$members", step["answer"])) for step in STEPS if step.get("call") == operation and
             ("$members" in step.get("answer", {}) or "payload" in step.get("answer", {}))]
    described = model.load().shapes[model.load().operations[operation].output]
    assert shown, "no step says which members an answer has"
    assert set(described.get("required", [])) <= set.intersection(*shown)
    assert set.union(*shown) <= set(described["members"])


@pytest.mark.parametrize("operation", [name for name in model.load().operations if name.startswith("List")
                                       and name != "ListTagsForResource"])
def test_every_paginator_is_walked(operation):
    assert any(step.get("pages") == operation and len(step["items"]) >= step["size"] for step in STEPS
               if "size" in step)


def waiter_ends():
    """(waiter, how it can end): success, what its model calls failure, and patience's end where neither comes."""
    waiters = botocore.loaders.create_loader().load_service_model("omics", "waiters-2")["waiters"]
    for name, one in waiters.items():
        if one["operation"] in model.load().operations:
            yield from ((name, end) for end in {a["state"] for a in one["acceptors"]} - {"retry"})


@pytest.mark.parametrize("waiter, ends", sorted(waiter_ends()))
def test_every_end_of_every_waiter_is_shown(waiter, ends):
    assert any(step.get("wait") == waiter and step["ends"] == ends for step in STEPS)
