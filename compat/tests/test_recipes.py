"""The recipes of docs/sql.md: its own commands make the stores, each statement gives what stands below it."""

from __future__ import annotations

import os
import re
import subprocess
import textwrap

import pytest

from server import ROOT

PAGE = (ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^```sql\n(.*?)^```\n\n((?:    [^\n]*\n)+)", PAGE, re.M | re.S)
COMMANDS = textwrap.dedent(re.search(r"^    cd docs/recipes\n(?:    .*\n)+", PAGE, re.M).group())


def name(sql: str) -> str:
    """The heading that a statement stands under."""
    return re.findall(r"^### (.*)$", PAGE[:PAGE.index(sql)], re.M)[-1]


@pytest.fixture(scope="module")
def folder(binary, tmp_path_factory):
    """The environment of commands that find the recipes' stores, without a server."""
    environment = {**os.environ, "PATH": f"{binary.parent}:{os.environ['PATH']}",
                   "VARLAKE_DATA": str(tmp_path_factory.mktemp("recipes") / "data")}
    done = subprocess.run(["bash", "-euc", COMMANDS], cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stderr
    return environment


def test_every_statement_has_its_answer():
    assert len(RECIPES) == PAGE.count("```sql\n") >= 12


@pytest.mark.parametrize("sql, shown", RECIPES, ids=[name(sql) for sql, _ in RECIPES])
def test_recipes(binary, folder, sql, shown):
    done = subprocess.run([str(binary), "query", "-"], input=sql, env=folder, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip() == textwrap.dedent(shown).rstrip()
