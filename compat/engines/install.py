"""Java and Trino for the tests: Java is looked for, Trino's server is fetched by Maven, once, into .trino."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

VERSION = "476"
CACHE = Path(__file__).resolve().parent / ".trino"
SERVER = f"io.trino:trino-server:{VERSION}:tar.gz"
SQLITE = "org.xerial:sqlite-jdbc:3.46.1.3"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
FOLDERS = ("bin", "lib", "secrets-plugin", "plugin/iceberg")  # of the server's 2 GB and 60 plugins


class CannotRun(Exception):
    """What an engine needs is not to be had here."""


def java(least: int, most: float = math.inf) -> Path:
    """The home of a Java of such a version: JAVA_HOME, that of the PATH, or the newest below /usr/lib/jvm."""
    said, found = os.environ.get("JAVA_HOME"), shutil.which("java")
    likely = [Path(said)] if said else []
    if found:
        likely.append(Path(found).resolve().parents[1])
    below = [path for path in Path("/usr/lib/jvm").glob("*") if _version(path)]
    for home in (*likely, *sorted(below, key=_version, reverse=True)):
        if least <= _version(home) <= most and (home / "bin" / "java").exists():
            return home.resolve()
    words = f"Java {least}" if least == most else f"Java {least} or later"
    seen = sorted({f"{_version(home)} in {home.resolve()}" for home in (*likely, *below) if _version(home)})
    raise CannotRun(f"{words} is needed: set JAVA_HOME, or install it below /usr/lib/jvm; "
                    f"here is {', '.join(seen) or 'none'}")


def _version(home: Path) -> int:
    """The version that a Java's own file tells; 0 of what is none."""
    try:
        told = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(told[1]) if told else 0


def trino() -> Path:
    """The folder of Trino's server with SQLite's driver in its Iceberg plugin; the first call downloads 821 MB."""
    home = CACHE / f"trino-server-{VERSION}"
    if home.exists():
        return home
    if not shutil.which("mvn"):
        raise CannotRun("Maven (mvn) is needed to fetch Trino")
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="new-") as folder:
        new = Path(folder)
        for artifact in (SERVER, SQLITE):
            _run("mvn", "-q", "-B", COPY, f"-Dartifact={artifact}", f"-DoutputDirectory={new}")
        server, driver = new / "server", next(new.glob("sqlite-jdbc-*.jar"))
        _unpack(new / f"trino-server-{VERSION}.tar.gz", new, server)
        driver.rename(server / "plugin" / "iceberg" / driver.name)
        server.rename(home)  # whole, or not there
    return home


def _unpack(archive: Path, work: Path, server: Path) -> None:
    """Makes the server of what is run. A plugin's jars are links to those of the plugins before it: these are unpacked,
    too, but only the links stay."""
    top = f"trino-server-{VERSION}"
    names = []
    for line in _run("tar", "-tvzf", str(archive)).splitlines():
        name, _, linked = line[line.index(top):].partition(" link to ")
        if name.startswith(tuple(f"{top}/{folder}/" for folder in FOLDERS)) and not name.endswith("/"):
            names += [name, linked] if linked else [name]
    (work / "names").write_text("".join(f"{name}\n" for name in dict.fromkeys(names)))
    _run("tar", "-xzf", str(archive), "-C", str(work), "-T", str(work / "names"))
    for folder in FOLDERS:
        (server / folder).parent.mkdir(parents=True, exist_ok=True)
        (work / top / folder).rename(server / folder)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"{' '.join(command)}: exit {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
