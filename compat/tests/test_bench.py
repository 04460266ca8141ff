"""The benchmarks' harness: that it measures, writes its tables and holds the figures to the goals. No figure itself is
looked at."""

import re
import subprocess
import sys

import pytest

import server as servers

BENCH = servers.ROOT / "bench"
sys.path.insert(0, str(BENCH))

import harness  # noqa: E402
import peers  # noqa: E402
import run  # noqa: E402

DOCUMENT = "before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n<!-- bench:peers-begin -->\nkept\n<!-- bench:peers-end -->\nafter\n"


def test_quick_run_writes_the_tables(binary, tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text(DOCUMENT)
    subprocess.run([sys.executable, BENCH / "run.py", "--quick", "--varlake", binary, "--docs", document], check=True,
                   capture_output=True, timeout=240)
    text = document.read_text()
    head, section, tail = re.fullmatch(r"(.*<!-- bench:begin -->\n)(.*)(<!-- bench:end -->.*)", text, re.S).groups()
    assert (head, tail) == (DOCUMENT[:DOCUMENT.index("old")], DOCUMENT[DOCUMENT.index("<!-- bench:end"):])
    held = [line.strip("| ").split(" | ") for line in section.split("\n")
            if re.search(r"\| (met|\*\*missed\*\*) \|$", line)]
    assert len(held) == 16, section
    for workload, what, wanted, measured, verdict in held:
        assert met(wanted, measured) in (None, verdict == "met"), (workload, what, wanted, measured, verdict)


def met(wanted, measured):
    """Whether a figure as printed meets a goal as printed; None when rounding may have hidden which."""
    figures = [float(number) for number in re.findall(r"[\d.]+", measured)]
    if wanted == "falls":
        steps = list(zip(figures, figures[1:]))
        if any(later == earlier for earlier, later in steps):
            return None
        return all(later < earlier for earlier, later in steps)
    limit = float(re.search(r"[\d.]+", wanted)[0]) * (1024 if "GiB" in wanted else 1)
    return None if figures[0] == limit else (figures[0] > limit) == wanted.startswith("≥")


def rounds(ours, theirs, size, bcf):
    return [run.Round(harness.Usage(wall, wall, 1), size, harness.Usage(theirs, theirs, 1), bcf) for wall in ours]


@pytest.fixture
def source(tmp_path):
    (tmp_path / "x.vcf.gz").write_bytes(bytes(1000))
    return harness.Source(tmp_path / "x.vcf.gz", tmp_path / "x.fa", records=8_000_000, samples=2)


def test_goals_are_computed(source):
    def verdicts(rounds, **workload):
        return [goal.met for goal in run.goals(run.Workload("w", source, **workload), rounds)]

    one = {"normalise": True, "fast": True}
    assert verdicts(rounds([1, 3, 3, 3, 9], 10, 750, 1), **one) == [True, True]
    assert verdicts(rounds([1, 3.4, 3.4, 3.4, 1], 10, 751, 1), **one) == [False, False]
    assert verdicts(rounds([3.9], 10, 1, 1), normalise=False, fast=True) == [True, True]
    joint = {"normalise": False, "joint": True}
    assert verdicts(rounds([2], 1, 200, 100), **joint) == [True, True]
    assert verdicts(rounds([2.1], 1, 201, 100), **joint) == [False, False]


def test_slower_rows_are_named():
    assert run.slower([("a", 0.9), ("b", 1.25)]).endswith(": b (1.25).")
    assert "faster" in run.slower([("a", 0.9)])


def test_measure_counts_every_process():
    """Here an orphan that outlives its parent uses the memory, and most of the time."""
    orphan = "import time\nkept = bytearray(96 << 20)\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {orphan!r}])"
    program = f"import harness, sys; harness.adopt_orphans(); used = harness.measure([sys.executable, '-c', {parent!r}], 60); print(used.peak, used.cpu)"
    done = subprocess.run([sys.executable, "-c", program], cwd=BENCH, check=True, capture_output=True, text=True,
                          timeout=120)
    peak, cpu = map(float, done.stdout.split())
    assert peak > 96 << 20 and cpu > 0.2


@pytest.mark.parametrize("command, why", [
    (["sh", "-c", "echo words >&2; echo 'because of /a/folder/file | more' >&2; exit 3"],
     "exit 3: because of file / more"),
    (["sleep", "60"], "not done after 0.2 s"),
    (["bash", "-c", "sleep 60 & exit 0"], None),
    (["/no/such/tool"], "tool: No such file"),
])
def test_measure_tells_why(command, why):
    if why is None:
        harness.measure(command, timeout=0.2)  # what a command leaves behind is ended with its time
        return
    with pytest.raises(harness.Failed, match=re.escape(why)):
        harness.measure(command, timeout=0.2 if command[0] == "sleep" else 60)


def test_a_failing_tool_does_not_end_the_run(binary, tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "ENVIRONMENTS", tmp_path)
    args = type("Args", (), {"varlake": str(binary), "rounds": 1, "timeout": 60, "patience": 60})
    source = harness.made(str(binary), tmp_path, 200)
    text = peers.compare(args, tmp_path, "title", source, [peers.Tool("Absent", ("absent",), "absent", "nothing")])
    assert "| Absent | failed: python: No such file or directory |" in text
    assert "Varlake is first." in text and re.search(r"\| Varlake \| [\d.]+ s \| 1\.00 \|", text)
