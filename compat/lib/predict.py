"""What a server may answer to any sequence of operations from several accounts: the model behind test_property.py.

A World is a few fresh accounts of one server and all that they did. Each method calls one operation, knows beforehand
which answers are allowed, and keeps account of what follows from the one that came. Work goes on beside the calls (a
store becomes ACTIVE, a job ends), so the answer to some calls is one of several; what was seen once narrows the next.
check() looks at everything that the accounts can list, and holds it to what is known.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

from botocore import xform_name
from botocore.exceptions import ClientError

import server as servers
from accounts import Account, open_account
from shown import Shown
from things import ABSENT, CONFLICT, DENIED, FILES, GONE, INVALID, JOB, LAYOUT, LIMITS, OK, QUOTA, RUNNING, SHARE, STORE
from things import Job, Place, Share


class Api:
    """One account's calls. A test may plant a fault here."""

    def __init__(self, account: Account):
        self.account = account
        self.model = account.omics.meta.service_model

    def call(self, operation: str, **request) -> tuple[str, dict]:
        """The error's code or OK, and the answer."""
        try:
            answer = getattr(self.account.omics, xform_name(operation))(**request)
        except ClientError as error:
            return error.response["Error"]["Code"], {}
        answer.pop("ResponseMetadata")
        return OK, answer

    def query(self, sql: str) -> tuple[str, list]:
        answer = self.account.ask(sql)
        assert not answer.broken, f"{sql}: {answer}"
        return (OK, answer.rows) if answer.status == 200 else (answer.code, [])


NUMBERS = itertools.count(100_000_000_000)


class World(Shown):
    """A few accounts of a server, new to it, and what they did."""

    def __init__(self, server: servers.Server, api=Api, accounts: int = 3):
        numbers = [str(next(NUMBERS)) for _ in range(accounts)]
        with ThreadPoolExecutor(accounts) as pool:
            self.accounts: list[Account] = list(pool.map(lambda number: open_account(server, number), numbers))
            self.references = list(pool.map(lambda account: account.reference()["arn"], self.accounts))
        self.apis = [api(account) for account in self.accounts]
        for one in self.apis:
            one.apis = self.apis
        self.stores: dict[tuple[int, str, str], Place] = {}  # of today, by owner, kind and name
        self.tables: list[Place] = []  # that there ever were
        self.places: list[Place] = []  # that there ever were
        self.jobs: list[Job] = []
        self.shares: list[Share] = []

    # --- calls -------------------------------------------------------------------------------------------------------

    def call(self, who: int, operation: str, allowed: set[str], **request) -> tuple[str, dict]:
        code, answer = self.apis[who].call(operation, **request)
        listed = {shape.name for shape in self.apis[who].model.operation_model(operation).error_shapes}
        assert code == OK or code in listed, f"{operation} answered {code}, which its model does not list"
        assert code in allowed, f"account {who}: {operation}({request}) answered {code} {answer}, allowed was {allowed}"
        return code, answer

    def store(self, owner: int, kind: str, name: str) -> Place | None:
        return self.stores.get((owner, kind, name))

    def arn(self, owner: int, resource: str) -> str:
        return self.accounts[owner].arn(resource)

    def _reading(self, place: Place | None) -> set[str]:
        """What a call that needs the thing to be there answers; one that is being deleted may still be shown."""
        if place is None or place.gone:
            return {ABSENT}
        return {OK, ABSENT} if place.deleted else {OK}

    def _changing(self, place: Place | None) -> set[str]:
        """The same where one that is being deleted is not."""
        return {ABSENT} if place is None or place.deleted else {OK}

    def _room(self, have: list[Place], limit: int) -> set[str]:
        """Whether one more fits."""
        if sum(not one.deleted for one in have) >= limit:
            return {QUOTA}
        return {OK, QUOTA} if sum(not one.gone for one in have) >= limit else {OK}

    def create_store(self, who: int, kind: str, name: str, description: str = "", tags: dict | None = None,
                     format: str = "GFF", reference: int | None = None) -> None:
        before, tags = self.store(who, kind, name), tags or {}
        reference = who if reference is None and kind == "variant" else reference
        allowed = {ABSENT} if reference not in (None, who) else self._room(
            [one for one in self.places if one.store is None and (one.owner, one.kind) == (who, kind)],
            LIMITS[f"{kind}-stores"])
        if before is not None and not before.gone:
            allowed = allowed | {CONFLICT} if before.deleted else {CONFLICT}
        request = {"name": name, "description": description, "tags": tags}
        if reference is not None:
            request["reference"] = {"referenceArn": self.references[reference]}
        if kind == "annotation":
            request |= {"storeFormat": format, **({"storeOptions": LAYOUT} if format == "TSV" else {})}
        code, answer = self.call(who, f"Create{kind.title()}Store", allowed, **request)
        if code != OK:
            return
        if before is not None:
            self._forget(before)
        made = self._place(who, kind, name, "VCF" if kind == "variant" else format, f"{kind}Store/{name}", answer,
                           description, tags)
        self.stores[who, kind, name] = made
        if kind == "annotation":
            assert answer["versionName"] == name
            self._version(made, name, None, "", {})
        else:
            self.tables.append(made)

    def _place(self, who, kind, name, format, resource, answer, description, tags, store=None) -> Place:
        assert answer["status"] == "CREATING" and answer["name"] == (store.name if store else name), answer
        assert answer["id"] not in {one.id for one in self.places}, "an id of old"
        made = Place(STORE, f"{resource} of account {who}", "CREATING", arn=self.arn(who, resource), id=answer["id"],
                     name=name, kind=kind, format=format,
                     owner=who, store=store, description=description, tags=dict(tags))
        self.places.append(made)
        return made

    def _version(self, store: Place, name: str, answer: dict | None, description: str, tags: dict) -> None:
        if answer is None:  # the one that came with its store, whose id the answer does not tell
            answer = {"status": "CREATING", "name": store.name, "id": f"of {store.id}"}
        made = self._place(store.owner, "annotation", name, store.format,
                           f"annotationStore/{store.name}/version/{name}", answer, description, tags, store)
        store.versions[name] = made
        self.tables.append(made)

    def _forget(self, place: Place) -> None:
        """It is gone, and its versions with it."""
        for one in (place, *place.versions.values()):
            one.see(GONE)

    def update_store(self, who: int, kind: str, name: str, description: str) -> None:
        place = self.store(who, kind, name)
        code, answer = self.call(who, f"Update{kind.title()}Store", self._changing(place), name=name,
                                 description=description)
        if code == OK:
            place.description = description
            assert answer["description"] == description and answer["id"] == place.id
            place.see(answer["status"])

    def delete_store(self, who: int, kind: str, name: str, force: bool) -> None:
        place = self.store(who, kind, name)
        if place is None or place.deleted:
            allowed = self._reading(place)
        elif force:
            allowed = {OK}
        elif sum(not version.deleted for version in place.versions.values()) > 1:
            allowed = {CONFLICT}
        else:
            allowed = {OK, CONFLICT} if self._open_jobs(place) else {OK}
        code, answer = self.call(who, f"Delete{kind.title()}Store", allowed, name=name, force=force)
        if code == OK:
            assert answer["status"] == "DELETING", f"{place.what} was deleted and is {answer['status']}"
            self._deleted(place, force)
            for share in self.shares:
                if share.store is place and (share.live or share.ending):
                    share.store_deleted = True

    def _open_jobs(self, place: Place) -> list[Job]:
        return [job for job in self.jobs if job.open and place in (job.table, job.table.store)]

    def _deleted(self, place: Place, force: bool) -> None:
        for job in self._open_jobs(place):
            job.has_ended(*(["CANCELLED"] if force else []))
        for one in (place, *place.versions.values()):
            one.deleted = True

    def create_version(self, who: int, name: str, version: str, description: str = "") -> None:
        store = self.store(who, "annotation", name)
        if store is None or store.gone:
            allowed = {ABSENT}
        elif store.deleted:
            allowed = {ABSENT, CONFLICT}
        else:
            allowed = self._room([one for one in self.places if one.store is store],
                                 LIMITS["annotation-store-versions"])
            before = store.versions.get(version)
            if before is not None and not before.gone:
                allowed = allowed | {CONFLICT} if before.deleted else {CONFLICT}
            if not store.active:
                allowed = allowed | {CONFLICT}
        code, answer = self.call(who, "CreateAnnotationStoreVersion", allowed, name=name, versionName=version,
                                 description=description)
        if code == OK:
            store.see("ACTIVE")
            if version in store.versions:
                self._forget(store.versions[version])
            self._version(store, version, answer, description, {})

    def update_version(self, who: int, name: str, version: str, description: str) -> None:
        store = self.store(who, "annotation", name)
        place = store.versions.get(version) if store else None
        code, answer = self.call(who, "UpdateAnnotationStoreVersion", self._changing(place), name=name,
                                 versionName=version, description=description)
        if code == OK:
            place.description = description
            place.see(answer["status"])

    def delete_versions(self, who: int, name: str, versions: list[str], force: bool) -> None:
        store = self.store(who, "annotation", name)
        code, answer = self.call(who, "DeleteAnnotationStoreVersions", self._reading(store), name=name,
                                 versions=versions, force=force)
        if code != OK:
            return
        failed = {one["versionName"]: one["message"] for one in answer.get("errors", [])}
        assert set(failed) <= set(versions), answer
        for version in versions:
            place = store.versions.get(version)
            if place is None or place.gone:
                assert "was not found" in failed[version], answer
            elif place.deleted:
                assert "was not found" in failed.get(version, "was not found"), answer
            elif version in failed:
                assert "inflight import" in failed[version] and self._open_jobs(place) and not force, answer
            else:
                self._deleted(place, force)

    def start(self, who: int, kind: str, name: str, version: str, files: list[str], role: int) -> None:
        store = self.store(who, kind, name)
        place = store if kind == "variant" or store is None else store.versions.get(version)
        if role != who:
            allowed = {DENIED}
        elif store is None or store.gone or place is None or place.gone:
            allowed = {ABSENT}
            if store is not None and not store.gone and store.deleted:
                allowed = {ABSENT, INVALID}
        elif store.deleted or place.deleted:
            allowed = {ABSENT, INVALID}
        else:
            allowed = {OK} if store.active and place.active else {OK, INVALID}
            if sum(job.open for job in self.jobs if job.owner == who) >= LIMITS["concurrent-jobs"]:
                allowed = allowed | {QUOTA}
        request = {"destinationName": name, "roleArn": self.accounts[role].role,
                   "items": [{"source": f"s3://tmp/{file}"} for file in files]}
        if kind == "annotation":
            request["versionName"] = version
        code, answer = self.call(who, f"Start{kind.title()}ImportJob", allowed, **request)
        if code == OK:
            store.see("ACTIVE")
            place.see("ACTIVE")
            self.jobs.append(Job(JOB, f"{kind} job {len(self.jobs)} of account {who} with {files}", "SUBMITTED",
                                 id=answer["jobId"], owner=who, kind=kind, table=place,
                                 files=tuple(files)))
        if code == QUOTA:
            assert sum(job.open for job in self.jobs if job.owner == who) >= LIMITS["concurrent-jobs"]

    def get_job(self, who: int, number: int) -> None:
        if not self.jobs:
            return
        job = self.jobs[number % len(self.jobs)]
        code, answer = self.call(who, f"Get{job.kind.title()}ImportJob", {OK} if who == job.owner else {ABSENT},
                                 jobId=job.id)
        if code == OK:
            job.see(answer["status"])
            items = [item["jobStatus"] for item in answer["items"]]
            assert [item["source"] for item in answer["items"]] == [f"s3://tmp/{file}" for file in job.files]
            if job.status in ("COMPLETED", "COMPLETED_WITH_FAILURES", "FAILED"):
                assert items == ["FAILED" if FILES[job.table.format][file] is None else "COMPLETED"
                                 for file in job.files], answer
            assert job.status in RUNNING or not RUNNING & set(items), answer

    def cancel(self, who: int, number: int) -> None:
        if not self.jobs:
            return
        job = self.jobs[number % len(self.jobs)]
        allowed = {ABSENT} if who != job.owner else {OK, INVALID} if job.open else {INVALID}
        code, _ = self.call(who, f"Cancel{job.kind.title()}ImportJob", allowed, jobId=job.id)
        if code == OK:
            job.cancelled = True
        if code == INVALID:
            job.has_ended()

    def share(self, who: int, kind: str, name: str, subscriber: int, owner: int) -> None:
        """An offer of the store of that owner, who may be another one."""
        store = self.store(owner, kind, name)
        if subscriber == who:
            allowed = {INVALID}
        elif owner != who or store is None or store.deleted:
            allowed = {ABSENT}
        else:
            shares = [share for share in self.shares if share.store is store]
            live, ending = [share for share in shares if share.live], [share for share in shares if share.ending]
            limit = LIMITS["shares-per-store"]
            allowed = {QUOTA} if len(live) >= limit else {OK, QUOTA} if len(live + ending) >= limit else {OK}
            if any(share.subscriber == subscriber for share in live):
                allowed = {CONFLICT}
            elif any(share.subscriber == subscriber for share in ending):
                allowed = allowed | {CONFLICT}
            if not store.active:
                allowed = allowed | {CONFLICT}
        code, answer = self.call(who, "CreateShare", allowed, resourceArn=self.arn(owner, f"{kind}Store/{name}"),
                                 principalSubscriber=self.accounts[subscriber].account,
                                 shareName=f"share_{len(self.shares)}")
        if code == OK:
            store.see("ACTIVE")
            assert answer["status"] == "PENDING"
            self.shares.append(Share(SHARE, f"share {len(self.shares)} of {store.what} with account {subscriber}",
                                     "PENDING", id=answer["shareId"], store=store,
                                     owner=who, subscriber=subscriber))

    def accept(self, who: int, number: int) -> None:
        if not self.shares:
            return
        share = self.shares[number % len(self.shares)]
        allowed = {ABSENT} if who != share.subscriber else {OK} if share.live and not share.accepted else {CONFLICT}
        code, answer = self.call(who, "AcceptShare", allowed, shareId=share.id)
        if code == OK:
            share.accepted = True
            share.see(answer["status"])

    def unshare(self, who: int, number: int) -> None:
        if not self.shares:
            return
        share = self.shares[number % len(self.shares)]
        if who not in (share.owner, share.subscriber):
            allowed = {ABSENT}
        else:
            allowed = {OK} if share.live else {OK, CONFLICT} if share.ending else {CONFLICT}
        code, answer = self.call(who, "DeleteShare", allowed, shareId=share.id)
        if code == OK:
            share.deleted = True
            share.see(answer["status"])
        elif code == CONFLICT:
            share.see("DELETED")

    def get_share(self, who: int, number: int) -> None:
        if not self.shares:
            return
        share = self.shares[number % len(self.shares)]
        code, answer = self.call(who, "GetShare", {OK} if who in (share.owner, share.subscriber) else {ABSENT},
                                 shareId=share.id)
        if code == OK:
            self._see_share(share, answer["share"])

    def _see_share(self, share: Share, shown: dict) -> None:
        share.see(shown["status"])
        assert (shown["ownerId"], shown["principalSubscriber"], shown["resourceArn"], shown["resourceId"]) == (
            self.accounts[share.owner].account, self.accounts[share.subscriber].account, share.store.arn,
            share.store.id), shown

    # --- tags --------------------------------------------------------------------------------------------------------

    def _tagged(self, number: int) -> Place | None:
        return self.places[number % len(self.places)] if self.places else None

    def tag(self, who: int, number: int, tags: dict) -> None:
        place = self._tagged(number)
        if place is not None:
            code, _ = self.call(who, "TagResource", self._tags_of(who, place), resourceArn=place.arn, tags=tags)
            if code == OK:
                self._today(place).tags |= tags

    def untag(self, who: int, number: int, keys: list[str]) -> None:
        place = self._tagged(number)
        if place is not None:
            code, _ = self.call(who, "UntagResource", self._tags_of(who, place), resourceArn=place.arn, tagKeys=keys)
            if code == OK:
                for key in keys:
                    self._today(place).tags.pop(key, None)

    def list_tags(self, who: int, number: int) -> None:
        place = self._tagged(number)
        if place is not None:
            code, answer = self.call(who, "ListTagsForResource", self._tags_of(who, place), resourceArn=place.arn)
            if code == OK:
                tags = self._today(place).tags
                assert answer["tags"] == tags, f"{place.what} has the tags {answer['tags']}, not {tags}"

    def _today(self, place: Place) -> Place:
        """What has its ARN now."""
        return next(one for one in reversed(self.places) if one.arn == place.arn)

    def _tags_of(self, who: int, place: Place) -> set[str]:
        return {OK} if who == place.owner and not self._today(place).deleted else {ABSENT}

    # --- queries -----------------------------------------------------------------------------------------------------

    def table(self, place: Place) -> tuple[str, str]:
        """Namespace and name in the catalog."""
        store = place.store or place
        name = store.name if place.store is None or place.name == store.name else f"{store.name}__{place.name}"
        return f"{store.kind}_{self.accounts[store.owner].account}_{store.id}", name

    def readable(self, who: int, place: Place) -> bool | None:
        """Whether an account can query a table; None: perhaps."""
        store = place.store or place
        if store.deleted or place.deleted:
            return False
        may: bool | None = True if store.active and place.active else None
        if store.owner == who:
            return may
        shares = [share for share in self.shares if share.store is store and share.subscriber == who and share.live
                  and share.accepted]
        if not shares:
            return False
        return may if shares[0].status == "ACTIVE" else None

    def query(self, who: int, number: int) -> None:
        """Counts the rows of any table that there ever was, by its whole name."""
        if self.tables:
            space, name = self.table(self.tables[number % len(self.tables)])
            # a version of old may have its name again
            today = next(place for place in reversed(self.tables) if self.table(place) == (space, name))
            self._count(who, f'"{space}"."{name}"', [today])

    def query_name(self, who: int, name: str) -> None:
        """Counts the rows of what a bare name stands for: one's own table before those that are shared, a variant
        store before an annotation store."""
        named = [place for place in self.tables if self.table(place)[1] == name
                 and self.readable(who, place) is not False]
        named.sort(key=lambda place: self.table(place)[0], reverse=True)
        named.sort(key=lambda place: place.owner != who)
        self._count(who, name, named)

    def _count(self, who: int, table: str, places: list[Place]) -> None:
        """The first of the places that can be read answers."""
        may = [place for place in places if self.readable(who, place) is not False]
        certain = [place for place in may if self.readable(who, place)]
        code, rows = self.apis[who].query(f"SELECT importjobid, count(*) AS n FROM {table} GROUP BY importjobid")
        allowed = {OK} if certain else {OK, ABSENT} if may else {ABSENT}
        assert code in allowed, f"account {who}: a query of {table} answered {code}, allowed was {allowed}"
        if code == OK and len(may[:may.index(certain[0]) + 1] if certain else may) == 1:
            self._counted(may[0], {row["importjobid"]: row["n"] for row in rows})

    def _counted(self, place: Place, found: dict[str, int]) -> None:
        for job in (job for job in self.jobs if job.table is place):
            n = found.pop(job.id, 0)
            if job.status in ("COMPLETED", "COMPLETED_WITH_FAILURES"):
                assert n == job.rows, f"{job.what} has {n} rows, not {job.rows}"
            elif job.cancelled or job.status in ("FAILED", "CANCELLED"):
                assert n == 0, f"{job.what} is {job.status} and has {n} rows"
            else:
                assert n in (0, job.rows), f"{job.what} has {n} rows of {job.rows}"
                if n:
                    assert {"COMPLETED", "COMPLETED_WITH_FAILURES"} & job.may(), f"{job.what} has rows"
                    job.ended = job.may() & {"COMPLETED", "COMPLETED_WITH_FAILURES"}
        assert not found, f"{place.what} has rows of {found}"

    def settle(self) -> None:
        """Waits until nothing goes on any more."""
        def look():
            for place in self.places:
                if place.status in ("CREATING", "DELETING") or place.deleted and not place.gone:
                    self.check_store(place.owner, place.kind, (place.store or place).name)
                    return False
            for number, job in enumerate(self.jobs):
                if job.status in RUNNING:
                    self.get_job(job.owner, number)
                    return False
            for number, share in enumerate(self.shares):
                if share.status in ("ACTIVATING", "DELETING"):
                    self.get_share(share.owner, number)
                    return False
            return True

        servers.until(look, pause=0.005)
        self.check()
