"""A Varlake server as a child process, and what a user of it needs to do again and again."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("VARLAKE_CORPUS", ROOT.parent / "shared" / "corpus")).resolve()
BINARY = (ROOT / os.environ.get("VARLAKE_BIN", "bin/varlake")).resolve()
CRASHING = BINARY.with_name("varlake-crash")  # the same program with the points at which VARLAKE_CRASH_AT ends it
ROLE = "arn:aws:iam::123456789012:role/varlake-import"
FINAL = {"COMPLETED", "FAILED", "COMPLETED_WITH_FAILURES", "CANCELLED"}
START_SECONDS = 120
QUICK = {"Delay": 1, "MaxAttempts": 120}
# a statement of more rows than any test reads
ENDLESS = """SELECT a.x * 100000000 + b.x * 10000 + c.x AS x FROM UNNEST(sequence(0, 9999)) AS a (x),
    UNNEST(sequence(0, 9999)) AS b (x), UNNEST(sequence(0, 9999)) AS c (x)"""


def program(environment: dict[str, str]) -> str:
    """What to run: with VARLAKE_CRASH_AT the build that knows it, which is tag crash's."""
    return str(CRASHING if "VARLAKE_CRASH_AT" in environment else BINARY)


class Server:
    """One data folder and the process that serves it; may be started, killed and started again."""

    popen: dict = {}  # more arguments of the process

    def __init__(self, folder: Path, buckets: dict[str, Path], *flags: str):
        self.data, self.buckets, self.flags, self.log = folder / "data", buckets, flags, folder / "server.log"
        self.process: subprocess.Popen | None = None
        self.endpoint = ""

    def start(self, may_die: bool = False, **environment: str) -> "Server":
        """Waits until the server listens; with may_die its death before that is no error."""
        command = [program(environment), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *self.flags]
        if "--rate" not in self.flags:
            command += ["--rate", "*=off"]
        if "--upkeep" not in self.flags:  # tests of a file's rows find them in the files that its import wrote
            command += ["--upkeep", "off"]
        for name, path in self.buckets.items():
            command += ["--bucket", f"{name}={path}"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True,
                                            env={**os.environ, **environment}, **self.popen)
        lines: queue.Queue = queue.Queue()
        threading.Thread(target=_pump, args=(self.process.stdout, lines), daemon=True).start()
        line = lines.get(timeout=START_SECONDS)
        if may_die and not line:
            return self
        if not line.startswith("listening on http://"):
            raise AssertionError(f"server said {line!r}, exit {self.process.poll()}; its log:\n{self.tail()}")
        self.endpoint = line.split()[-1]
        return self

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def stop(self, timeout: float = 120) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self) -> int:
        self.process.kill()
        return self.wait(120)

    def wait(self, timeout: float) -> int:
        code = self.process.wait(timeout)
        self.process.stdout.close()
        return code

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def aws_environment(self) -> dict[str, str]:
        """What `eval "$(varlake env)"` comes to, from the files the server wrote."""
        return {
            "AWS_CONFIG_FILE": str(self.data / "aws" / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.data / "aws" / "credentials"),
            "AWS_PROFILE": "varlake",
        }

    def client(self, **config):
        """The omics client as a user makes it: nothing but the environment says where and who."""
        with environment(self.aws_environment()):
            client = boto3.Session().client("omics", config=Config(retries={"max_attempts": 1}, **config))
        client.meta.events.register("after-call.omics.*", check_answer)
        return client

    def credentials(self) -> tuple[str, str]:
        with environment(self.aws_environment()):
            found = boto3.Session().get_credentials().get_frozen_credentials()
        return found.access_key, found.secret_key

    def command(self, *arguments: str, timeout: float = 120, **environment: str) -> subprocess.CompletedProcess:
        """Runs bin/varlake ARGUMENTS on this data folder."""
        return subprocess.run([program(environment), *arguments, "--data", str(self.data)],
                              capture_output=True, text=True,
                              timeout=timeout, env={**os.environ, **environment})

    def workers(self) -> dict[int, float]:
        """The processes that work the server's queries, and the seconds of CPU that each has used."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                state = path.read_text().rpartition(")")[2].split()
                if int(state[1]) == self.process.pid:
                    found[int(path.parent.name)] = (int(state[11]) + int(state[12])) / os.sysconf("SC_CLK_TCK")
        return found

    def until_working(self, before: dict[int, float], count: int = 1) -> None:
        """Waits until so many queries are under way: their workers have used more CPU since workers() gave before than
        starting takes."""
        until(lambda: sum(used - before.get(pid, 0) > 1 for pid, used in self.workers().items()) >= count)

    def until_queries(self, working: int, waiting: int = 0) -> None:
        """Waits until so many statements have a place to work and so many wait for one."""
        until(lambda: [self.metric(f"varlake_queries_{what}") for what in ("working", "waiting")] == [working, waiting])

    def metric(self, name: str) -> float:
        """A value of GET /metrics that has no labels."""
        with urllib.request.urlopen(f"{self.endpoint}/metrics", timeout=60) as answer:
            return next(float(value) for line in answer.read().decode().splitlines()
                for key, _, value in [line.partition(" ")] if key == name)

    def query(self, sql: str, *flags: str) -> list[dict]:
        done = self.command("query", "--format", "json", *flags, sql)
        assert done.returncode == 0, f"{sql}\n{done.stderr}"
        return json.loads(done.stdout)

    @property
    def catalog(self):
        from pyiceberg.catalog.sql import SqlCatalog

        return SqlCatalog("varlake", uri=f"sqlite:///{self.data.resolve() / 'varlake.db'}")

    def table(self, store: str):
        """The store's Iceberg table, as PyIceberg opens it."""
        for namespace in self.catalog.list_namespaces():
            for name in self.catalog.list_tables(namespace):
                if name[-1] == store:
                    return self.catalog.load_table(name)
        raise AssertionError(f"no table named {store} in the catalog")


def _pump(stream, lines: queue.Queue) -> None:
    with contextlib.suppress(ValueError):  # closed by wait
        for line in stream:
            lines.put(line.strip())
    lines.put("")


def check_answer(http_response, parsed, model, **_) -> None:
    """Holds every successful answer to the SDK's model: required members are there, enums are in their list."""
    if http_response.status_code < 300 and model.output_shape is not None and not model.has_streaming_output:
        body = json.loads(http_response.content) if http_response.content else {}
        _check_shape(model.output_shape, body, model.name)


def _check_shape(shape, value, where) -> None:
    if shape.type_name == "structure":
        assert isinstance(value, dict), f"{where}: {value!r} is no structure"
        absent = [name for name in shape.required_members if value.get(name) is None]
        assert not absent, f"{where}: required {absent} absent from {value}"
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{where}: {unknown} not in the model"
        for name, member in value.items():
            assert member is not None, f"{where}.{name} is null"
            _check_shape(shape.members[name], member, f"{where}.{name}")
    elif shape.type_name == "list":
        for at, member in enumerate(value):
            _check_shape(shape.member, member, f"{where}[{at}]")
    elif shape.type_name == "map":
        assert isinstance(value, dict), f"{where}: {value!r} is no map"
    elif shape.type_name in ("integer", "long"):
        assert type(value) is int, f"{where}: {value!r} is no integer"
    elif shape.type_name == "string":
        assert isinstance(value, str), f"{where}: {value!r} is no string"
        assert value in (shape.enum or [value]), f"{where}: {value!r} not in {shape.enum}"
        assert len(value) <= shape.metadata.get("max", len(value)), f"{where}: {value!r} is too long"


@contextlib.contextmanager
def environment(values: dict[str, str]):
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


class User:
    """The calls that most tests begin with."""

    def __init__(self, server: Server):
        self.server = server
        self.omics = server.client()
        self.references: dict[str, dict] = {}

    def reference_store(self) -> str:
        stores = self.omics.list_reference_stores()["referenceStores"]
        return (stores[0] if stores else self.omics.create_reference_store(name="compat"))["id"]

    def reference(self, uri: str) -> dict:
        """GetReferenceMetadata of the FASTA at uri, imported at the first call."""
        if uri not in self.references:
            store = self.reference_store()
            job = self.omics.start_reference_import_job(
                referenceStoreId=store, roleArn=ROLE, sources=[{"sourceFile": uri, "name": uri.rpartition("/")[2]}])
            done = self.wait_reference(store, job["id"])
            assert done["status"] == "COMPLETED", done
            self.references[uri] = self.omics.get_reference_metadata(
                referenceStoreId=store, id=done["sources"][0]["referenceId"])
        return self.references[uri]

    def wait_reference(self, store: str, job: str) -> dict:
        def look():
            found = self.omics.get_reference_import_job(referenceStoreId=store, id=job)
            return found if found["status"] in FINAL else None

        return until(look)

    def store(self, name: str, reference: str) -> str:
        """An ACTIVE variant store on the reference made from the FASTA at the uri."""
        self.omics.create_variant_store(name=name, reference={"referenceArn": self.reference(reference)["arn"]})

        def look():
            found = self.omics.get_variant_store(name=name)
            assert found["status"] in ("CREATING", "ACTIVE"), found
            return found["status"] == "ACTIVE"

        until(look)
        return name

    def start(self, store: str, *sources: str, **more) -> str:
        return self.omics.start_variant_import_job(
            destinationName=store, roleArn=ROLE, items=[{"source": source} for source in sources], **more)["jobId"]

    def wait(self, job: str, seconds: float = 240) -> dict:
        def look():
            found = self.omics.get_variant_import_job(jobId=job)
            return found if found["status"] in FINAL else None

        return until(look, seconds)

    def load(self, store: str, *sources: str, **more) -> dict:
        return self.wait(self.start(store, *sources, **more))


def until(look, seconds: float = 120, pause: float = 0.05):
    """The first true answer of look(); an assertion when there is none in time, which is to be longer than the slowest
    machine takes."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing after {seconds} s"
        time.sleep(pause)
    return found


def item_files(table, job: str) -> dict[int, list[str]]:
    """The data files of the table's current snapshot that a job wrote, by the item's place in the request.

    Items write below <table>/data/<job>/<item>/<attempt>/.
    """
    import differential

    found: dict[int, list[str]] = {}
    for task in table.scan().plan_files():
        path = differential.local(task.file.file_path)
        head, there, tail = path.partition(f"/data/{job}/")
        if there:
            found.setdefault(int(tail.split("/")[0]), []).append(path)
    return found
