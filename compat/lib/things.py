"""Stores, versions, jobs and shares as a model knows them: the states that each may be in, and what answers tell."""

from __future__ import annotations

from dataclasses import dataclass, field

OK, GONE = "ok", "GONE"
MAY, DENIED, INVALID = "may", "AccessDeniedException", "ValidationException"
ABSENT, CONFLICT, QUOTA = "ResourceNotFoundException", "ConflictException", "ServiceQuotaExceededException"
LIMITS = {"variant-stores": 2, "annotation-stores": 2, "annotation-store-versions": 2, "shares-per-store": 1,
          "concurrent-jobs": 2}

# docs/jobs.md: status -> those that an arrow leads to.
STORE = {"CREATING": {"ACTIVE", "FAILED", "DELETING"}, "ACTIVE": {"DELETING"}, "FAILED": {"DELETING"},
         "DELETING": {GONE}}
SHARE = {
    "PENDING": {"ACTIVATING", "DELETING", "DELETED"}, "ACTIVATING": {"ACTIVE", "FAILED", "DELETING", "DELETED"},
    "ACTIVE": {"DELETING", "DELETED"},
    "FAILED": {"DELETING"}, "DELETING": {"DELETED"},
}
JOB = {
    "SUBMITTED": {"IN_PROGRESS", "CANCELLED", "FAILED"},
    "IN_PROGRESS": {"CANCELLED", "COMPLETED", "COMPLETED_WITH_FAILURES", "FAILED"},
}
RUNNING = {"SUBMITTED", "IN_PROGRESS"}

# format -> file -> rows; None: the file fails
FILES = {
    "VCF": {"five.vcf": 5, "many.vcf": 30_000, "bad.vcf": None, "none.vcf": None},
    "GFF": {"three.gff": 3, "bad.gff": None, "five.vcf": None},
    "TSV": {"four.tsv": 4, "bad.tsv": None},
}
LAYOUT = {"tsvStoreOptions": {"annotationType": "GENERIC", "formatToHeader": {},
                              "schema": [{"chrom": "STRING"}, {"pos": "LONG"}]}}


def reachable(graph: dict, status: str) -> set[str]:
    """The status and all that follow it."""
    found, todo = set(), [status]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += graph.get(one, ())
    return found


@dataclass(eq=False)
class Thing:
    """Something with a status. may() is what the calls so far allow it to be."""

    graph: dict
    what: str
    status: str

    def see(self, status: str) -> None:
        assert status in reachable(self.graph, self.status), f"{self.what} went from {self.status} to {status}"
        assert status in self.may(), f"{self.what} is {status}, and may be {self.may()}"
        self.status = status

    def may(self) -> set[str]:
        raise NotImplementedError


@dataclass(eq=False)
class Place(Thing):
    """A variant store, or an annotation store, or a version of one."""

    arn: str = ""
    id: str = ""
    name: str = ""
    kind: str = "variant"
    format: str = "VCF"
    owner: int = 0
    store: Place | None = None  # of a version
    deleted: bool = False  # a call was accepted
    description: str = ""
    tags: dict = field(default_factory=dict)
    versions: dict[str, Place] = field(default_factory=dict)
    bytes: int = 0

    def may(self):
        return {"DELETING", GONE} if self.deleted else {"CREATING", "ACTIVE"}

    @property
    def active(self) -> bool:
        """Certainly."""
        return self.status == "ACTIVE" and not self.deleted

    @property
    def gone(self) -> bool:
        return self.status == GONE

    def size(self, bytes: int) -> None:
        assert bytes >= self.bytes, f"{self.what} shrank from {self.bytes} to {bytes} bytes"
        self.bytes = bytes


@dataclass(eq=False)
class Job(Thing):
    id: str = ""
    owner: int = 0
    kind: str = "variant"
    table: Place | None = None  # the variant store or the version
    files: tuple = ()
    cancelled: bool = False  # a call was accepted
    ended: set[str] | None = None  # it has ended, in one of these states

    @property
    def rows(self) -> int:
        return sum(FILES[self.table.format][file] or 0 for file in self.files)

    @property
    def end(self) -> str:
        good = [FILES[self.table.format][file] is not None for file in self.files]
        return "COMPLETED" if all(good) else "COMPLETED_WITH_FAILURES" if any(good) else "FAILED"

    @property
    def open(self) -> bool:
        """Perhaps; certainly not when false."""
        return self.status in RUNNING and not self.ended and not self.cancelled

    def may(self):
        return {"CANCELLED"} if self.cancelled else self.ended or RUNNING | {self.end}

    def has_ended(self, *ways: str) -> None:
        self.ended = self.may() - RUNNING | set(ways)


@dataclass(eq=False)
class Share(Thing):
    id: str = ""
    store: Place | None = None
    owner: int = 0
    subscriber: int = 0
    accepted: bool = False
    deleted: bool = False
    store_deleted: bool = False

    def may(self):
        if self.store_deleted:
            return {"DELETED"}
        if self.deleted:
            return {"DELETING", "DELETED"}
        return {"ACTIVATING", "ACTIVE"} if self.accepted else {"PENDING"}

    @property
    def live(self) -> bool:
        return not self.deleted and not self.store_deleted

    @property
    def ending(self) -> bool:
        """Perhaps still DELETING."""
        return self.deleted and not self.store_deleted and self.status != "DELETED"
