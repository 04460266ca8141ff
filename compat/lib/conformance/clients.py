"""The public clients, each behind the same three questions: call an operation, walk a paginator, wait for a waiter."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import boto3
import botocore.loaders
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

REGION = "us-east-1"
ATTEMPTS = 10  # of a client that tries again; how long to wait between them is its own to say
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Key:
    id: str
    secret: str


@dataclass(frozen=True)
class Refusal:
    """An error of the API as a client tells it. type is the client's own class for it, where it has one."""

    code: str
    message: str
    status: int | None
    type: str | None


@dataclass(frozen=True)
class Outcome:
    answer: dict | None = None
    pages: list | None = None
    ends: str | None = None  # of a wait: success, failure or timeout
    error: Refusal | None = None


class Fault(AssertionError):
    """A client failed without an answer of the server's."""


class Client:
    """What is common. Inputs and answers are JSON under the API's own names; times are ISO-8601."""

    name = ""

    def __init__(self, endpoint: str, keys: dict[str, Key], folder: Path):
        self.endpoint, self.keys, self.folder = endpoint, keys, folder
        folder.mkdir(parents=True, exist_ok=True)

    def call(self, operation: str, values: dict, who: str = "admin", retry: bool = False) -> Outcome:
        raise NotImplementedError

    def pages(self, operation: str, values: dict, size: int = 0, who: str = "admin") -> Outcome:
        raise NotImplementedError

    def wait(self, waiter: str, values: dict, seconds: float, who: str = "admin", delay: float = 1) -> Outcome:
        """seconds: after which the waiter gives up; no client may wait for longer."""
        raise NotImplementedError

    def close(self) -> None:
        pass


# --- boto3 ------------------------------------------------------------------------------------------------------------


class Boto3(Client):
    name = "boto3"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.made: dict = {}

    def _client(self, who: str, retry: bool):
        if (who, retry) not in self.made:
            key = self.keys[who]
            retries = {"mode": "standard", "total_max_attempts": ATTEMPTS if retry else 1}
            # Values are the server's to refuse, not the client's.
            config = Config(inject_host_prefix=False, parameter_validation=False, retries=retries)
            self.made[who, retry] = boto3.Session(key.id, key.secret, region_name=REGION).client(
                "omics", endpoint_url=self.endpoint, config=config)
        return self.made[who, retry]

    def call(self, operation, values, who="admin", retry=False):
        try:
            return Outcome(answer=self._shown(getattr(self._client(who, retry), xform_name(operation))(**values)))
        except ClientError as error:
            return Outcome(error=_refusal(error))

    def pages(self, operation, values, size=0, who="admin"):
        paging = {"PageSize": size} if size else {}
        pages = self._client(who, False).get_paginator(xform_name(operation)).paginate(
            **values, PaginationConfig=paging)
        try:
            return Outcome(pages=[self._shown(page) for page in pages])
        except ClientError as error:
            return Outcome(error=_refusal(error))

    def wait(self, waiter, values, seconds, who="admin", delay=1):
        config = {"Delay": delay, "MaxAttempts": max(1, round(seconds / delay))}
        try:
            self._client(who, False).get_waiter(xform_name(waiter)).wait(**values, WaiterConfig=config)
        except WaiterError as error:
            return _waiter_end(str(error))
        return Outcome(ends="success")

    def _shown(self, answer: dict) -> dict:
        del answer["ResponseMetadata"]
        if "payload" in answer:
            answer = {"payload": answer["payload"].read().decode()}
        return json.loads(json.dumps(answer, default=lambda moment: moment.isoformat()))


def _refusal(error: ClientError) -> Refusal:
    return Refusal(error.response["Error"]["Code"], error.response["Error"]["Message"],
                   error.response["ResponseMetadata"]["HTTPStatusCode"], type(error).__name__)


def _waiter_end(words: str) -> Outcome:
    if "terminal failure state" in words:
        return Outcome(ends="failure")
    if "Max attempts exceeded" in words:
        return Outcome(ends="timeout")
    raise Fault(words)


# --- clients in processes of their own --------------------------------------------------------------------------------


class Process(Client):
    """Asks a child process a line of JSON and reads one."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.log = open(self.folder / f"{self.name}.log", "wb")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        env={**os.environ, **self.environment()})

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def ask(self, question: dict) -> dict:
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Fault(f"{self.name} died: {(self.folder / f'{self.name}.log').read_text()[-2000:]}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait(120)
        self.process.stdout.close()
        self.log.close()


class SDK(Process):
    """A program around an SDK that speaks the protocol itself."""

    def _outcome(self, who: str, question: dict) -> Outcome:
        key = self.keys[who]
        got = self.ask({**question, "endpoint": self.endpoint, "region": REGION, "key": key.id, "secret": key.secret})
        if "fault" in got:
            raise Fault(f"{question}: {got['fault']}")
        error = Refusal(**got["error"]) if "error" in got else None
        return Outcome(got.get("answer"), got.get("pages"), got.get("ends"), error)

    def call(self, operation, values, who="admin", retry=False):
        return self._outcome(who,
                             {"do": "call", "name": operation, "input": values, "attempts": ATTEMPTS if retry else 1})

    def pages(self, operation, values, size=0, who="admin"):
        return self._outcome(who, {"do": "pages", "name": operation, "input": values, "size": size})

    def wait(self, waiter, values, seconds, who="admin", delay=1):
        return self._outcome(who, {"do": "wait", "name": waiter, "input": values, "seconds": seconds, "delay": delay})


class Go(SDK):
    """aws-sdk-go-v2, in compat/gosdk."""

    name = "go"
    program: Path  # where the tests built it

    def command(self):
        return [str(self.program)]


class Node(SDK):
    """@aws-sdk/client-omics, in compat/node."""

    name = "node"

    def command(self):
        folder = HERE.parents[1] / "node"
        assert (folder / "node_modules").exists(), "no compat/node/node_modules: run make test-compat, or npm ci there"
        return ["node", str(folder / "client.mjs")]


class Cli(Process):
    """The AWS CLI: each call is a command line, run in a fork of a process that has loaded the CLI."""

    name = "cli"
    DELAY, ATTEMPTS = 1, 3

    def command(self):
        return [sys.executable, str(HERE / "awscli_server.py")]

    def environment(self):
        home = self.folder / "home"
        (home / ".aws").mkdir(parents=True)
        config, credentials = [], []
        for who, key in self.keys.items():
            for name, retries in ((who, "max_attempts = 1"),
                                  (f"{who}-retry", f"retry_mode = standard\nmax_attempts = {ATTEMPTS}")):
                config.append(f"[profile {name}]\nregion = {REGION}\noutput = json\ndisable_host_prefix_injection = true\n"
                              f"parameter_validation = false\n{retries}\n")
                credentials.append(f"[{name}]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n")
        (home / ".aws" / "config").write_text("\n".join(config))
        (home / ".aws" / "credentials").write_text("\n".join(credentials))
        # `aws omics wait` has no options: its delays are in its data, of which a user may have a copy of their own.
        waiters = botocore.loaders.create_loader().load_service_model("omics", "waiters-2")
        for one in waiters["waiters"].values():
            one["delay"], one["maxAttempts"] = self.DELAY, self.ATTEMPTS
        models = home / ".aws" / "models" / "omics" / "2022-11-28"
        models.mkdir(parents=True)
        (models / "waiters-2.json").write_text(json.dumps(waiters))
        return {"HOME": str(home), "AWS_ENDPOINT_URL_OMICS": self.endpoint, "AWS_PAGER": ""}

    def call(self, operation, values, who="admin", retry=False):
        out = self.folder / "payload"
        files = [str(out)] if operation == "GetReference" else []
        outcome = self._run(operation, values, who + "-retry" * retry, *files,
                            *["--no-paginate"] * operation.startswith("List"))
        if files and outcome.answer is not None:
            outcome = Outcome(answer={"payload": out.read_text()})
        return outcome

    def pages(self, operation, values, size=0, who="admin"):
        outcome = self._run(operation, values, who, *(["--page-size", str(size)] if size else []))
        return Outcome(pages=[outcome.answer]) if outcome.answer is not None else outcome

    def wait(self, waiter, values, seconds, who="admin", delay=1):
        assert seconds >= self.DELAY * self.ATTEMPTS
        got = self.ask({"arguments": ["omics", "wait", xform_name(waiter, "-"), "--profile", who,
                                      *self._options(values)]})
        return Outcome(ends="success") if got["exit"] == 0 else _waiter_end(got["stderr"])

    def _run(self, operation: str, values: dict, profile: str, *more: str) -> Outcome:
        command = ["omics", xform_name(operation, "-"), "--profile", profile, *self._options(values), *more]
        got = self.ask({"arguments": command})
        if got["exit"] == 0:
            return Outcome(answer=json.loads(got["stdout"]) if got["stdout"].strip() else {})
        found = re.search(r"An error occurred \((\w+)\) when calling the (\w+) operation(?: \(reached max retries: \d+\))?: (.*)",
                          got["stderr"], re.DOTALL)
        if not found:
            raise Fault(f"aws {command}: exit {got['exit']}: {got['stderr']}")
        return Outcome(error=Refusal(found[1], found[3].strip(), None, None))

    def _options(self, values: dict) -> list[str]:
        options = []
        for name, value in values.items():
            option = xform_name(name, "-")
            if isinstance(value, bool):
                options.append(f"--{option}" if value else f"--no-{option}")
            else:
                options.append(f"--{option}={value if isinstance(value, str | int) else json.dumps(value)}")
        return options


ALL = {one.name: one for one in (Boto3, Cli, Go, Node)}


@contextlib.contextmanager
def opened(kind: type[Client], *arguments):
    client = kind(*arguments)
    try:
        yield client
    finally:
        client.close()
