"""A Trino server as a child process, and how it is asked."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import install

AT_ONCE = 4
SESSION = {"X-Trino-User": "test", "X-Trino-Time-Zone": "UTC"}


def varlake_catalog(state: Path, name: str = "varlake") -> str:
    """Properties of a catalog that reads the tables of a state file."""
    return ("connector.name=iceberg\niceberg.catalog.type=jdbc\niceberg.jdbc-catalog.driver-class=org.sqlite.JDBC\n"
            f"iceberg.jdbc-catalog.connection-url=jdbc:sqlite:{state}?open_mode=1\n"
            f"iceberg.jdbc-catalog.catalog-name={name}\niceberg.jdbc-catalog.default-warehouse-dir=file:///unused\n"
            "iceberg.jdbc-catalog.schema-version=V1\nfs.hadoop.enabled=true\n")


def copies_catalog(folder: Path) -> str:
    """Properties of a catalog that is written."""
    return ("connector.name=iceberg\niceberg.catalog.type=TESTING_FILE_METASTORE\n"
            f"hive.metastore.catalog.dir=file://{folder}\nfs.hadoop.enabled=true\n")


class Client:
    """Asks a Trino that runs."""

    def __init__(self, url: str, catalog: str = "", schema: str = "", precise: bool = False):
        """Unless precise, times are given in milliseconds and their types without a precision."""
        self.url = url
        self.headers = SESSION | ({"X-Trino-Catalog": catalog, "X-Trino-Schema": schema} if catalog else {})
        if precise:
            self.headers |= {"X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME"}

    def answer(self, sql: str) -> dict:
        """columns [[name, type]], their signatures and rows; or error and message."""
        request = urllib.request.Request(f"{self.url}/v1/statement", sql.encode(), self.headers)
        columns: list[dict] = []
        rows: list[list] = []
        while True:
            with urllib.request.urlopen(request, timeout=600) as answer:
                page = json.load(answer)
            if "error" in page:
                return {"error": page["error"]["errorName"], "message": page["error"]["message"]}
            columns = columns or page.get("columns") or []
            rows += page.get("data") or []
            if "nextUri" not in page:
                return {"columns": [[column["name"], column["type"]] for column in columns],
                        "signatures": [column["typeSignature"] for column in columns], "rows": rows}
            request = urllib.request.Request(page["nextUri"])

    def answers(self, statements: list[str]) -> Iterator[dict]:
        """In the order of the statements; some are asked at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from pool.map(self.answer, statements)

    def rows(self, sql: str) -> list[list]:
        answer = self.answer(sql)
        if "error" in answer:
            raise AssertionError(f"{sql}: {answer['error']}: {answer['message']}")
        return answer["rows"]


class Server:
    """A Trino of its own with these catalogs, by name their properties; raises CannotRun where there is none."""

    def __init__(self, folder: Path, catalogs: dict[str, str], heap: str = "2G"):
        java, home = install.java(24), install.trino()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url, etc = f"http://127.0.0.1:{port}", folder / "etc"
        (etc / "catalog").mkdir(parents=True)
        (etc / "node.properties").write_text(
            f"node.environment=test\nnode.data-dir={folder}/data\nplugin.dir={home}/plugin\n")
        (etc / "jvm.config").write_text(f"-Xmx{heap}\n-XX:+UseSerialGC\n-Djdk.attach.allowAttachSelf=true\n")
        (etc / "config.properties").write_text("coordinator=true\nnode-scheduler.include-coordinator=true\n"
                                               f"http-server.http.port={port}\ndiscovery.uri={self.url}\n")
        for name, properties in catalogs.items():
            (etc / "catalog" / f"{name}.properties").write_text(properties)
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [home / "bin" / "launcher", "run", "--etc-dir", etc], stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "JAVA_HOME": str(java), "PATH": f"{java}/bin:{os.environ['PATH']}"})
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        end = time.monotonic() + 600
        while b"SERVER STARTED" not in self.log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"Trino did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.5)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)
