"""What the accounts of a World are shown: each list and each store must agree with what they did."""

from __future__ import annotations

from things import GONE, OK, RUNNING, Place


class Shown:
    """The part of a World that looks at what its accounts can get and list, and holds it to what is known."""

    def check(self) -> None:
        for who in range(len(self.accounts)):
            self.check_account(who)

    def check_account(self, who: int) -> None:
        for kind in ("variant", "annotation"):
            self._check_stores(who, kind)
            self._check_jobs(who, kind)
        for side in ("SELF", "OTHER"):
            self._check_shares(who, side)

    def list(self, who: int, operation: str, key: str, size: int | None = None, **request) -> list[dict]:
        if size is None:
            code, answer = self.call(who, operation, {OK}, **request)
            assert "nextToken" not in answer
            return answer[key]
        found, token = [], {}
        while True:
            _, answer = self.call(who, operation, {OK}, maxResults=size, **request, **token)
            found += answer[key]
            if "nextToken" not in answer:
                return found
            assert len(answer[key]) == size, answer
            token = {"nextToken": answer["nextToken"]}

    def list_pages(self, who: int, which: str, size: int) -> None:
        """A list page by page has what it has at once, when nothing else goes on."""
        operation, key, request = {
            "variant stores": ("ListVariantStores", "variantStores", {}),
            "annotation stores": ("ListAnnotationStores", "annotationStores", {}),
            "variant jobs": ("ListVariantImportJobs", "variantImportJobs", {}),
            "annotation jobs": ("ListAnnotationImportJobs", "annotationImportJobs", {}),
            "shares": ("ListShares", "shares", {"resourceOwner": "SELF"}),
            "offers": ("ListShares", "shares", {"resourceOwner": "OTHER"}),
        }[which]

        def ids(size: int | None) -> list[str]:
            return [one.get("id") or one["shareId"] for one in self.list(who, operation, key, size, **request)]

        before, pages, after = ids(None), ids(size), ids(None)
        assert len(set(pages)) == len(pages), f"{operation} by {size} showed something twice: {pages}"
        # A deletion that ends in between takes one away.
        assert set(after) <= set(pages) <= set(before), (before, pages, after)
        assert pages == [one for one in before if one in set(pages)], (before, pages, after)

    def _check_stores(self, who: int, kind: str) -> None:
        shown = self.list(who, f"List{kind.title()}Stores", f"{kind}Stores")
        known = {one.id: one for one in self.places if one.store is None and (one.owner, one.kind) == (who, kind)}
        self._in_order([one["id"] for one in shown], list(known), f"{kind} stores of account {who}")
        for one in shown:
            place = known[one["id"]]
            assert not place.gone, f"{place.what} is back"
            place.see(one["status"])
            assert (one["name"], one["storeArn"], one["description"]) == (place.name, place.arn, place.description), one
            if kind == "variant" and not place.deleted:
                self._check_size(place, one["storeSizeBytes"])
        listed = {one["id"] for one in shown}
        for place in known.values():
            if place.id not in listed and not place.gone:
                assert place.deleted, f"{place.what} is not in the list of account {who}"
                self._forget(place)

    def _check_size(self, place: Place, bytes: int) -> None:
        place.size(bytes)
        jobs = [job for job in self.jobs if job.table is place]
        if any(job.rows and job.status in ("COMPLETED", "COMPLETED_WITH_FAILURES") for job in jobs):
            assert bytes > 0, f"{place.what} has rows and no bytes"
        if not any({"COMPLETED", "COMPLETED_WITH_FAILURES"} & job.may() for job in jobs):
            assert bytes == 0, f"{place.what} has {bytes} bytes and no rows"

    def _check_jobs(self, who: int, kind: str) -> None:
        shown = self.list(who, f"List{kind.title()}ImportJobs", f"{kind}ImportJobs")
        known = {job.id: job for job in self.jobs if (job.owner, job.kind) == (who, kind)}
        self._in_order([one["id"] for one in shown], list(known), f"{kind} jobs of account {who}")
        assert len(shown) == len(known), f"account {who} has {len(known)} {kind} jobs and is shown {len(shown)}"
        for one in shown:
            job = known[one["id"]]
            job.see(one["status"])
            assert one["destinationName"] == (job.table.store or job.table).name, one
            assert one["roleArn"] == self.accounts[who].role, one
            assert ("completionTime" in one) == (job.status not in RUNNING) or kind == "annotation", one

    def _check_shares(self, who: int, side: str) -> None:
        shown = self.list(who, "ListShares", "shares", resourceOwner=side)
        known = {share.id: share for share in self.shares
                 if who == (share.owner if side == "SELF" else share.subscriber)}
        self._in_order([one["shareId"] for one in shown], list(known), f"shares of account {who}")
        assert len(shown) == len(known), f"account {who} has {len(known)} shares and is shown {len(shown)}"
        for one in shown:
            self._see_share(known[one["shareId"]], one)

    @staticmethod
    def _in_order(shown: list[str], known: list[str], what: str) -> None:
        foreign = [one for one in shown if one not in known]
        assert not foreign, f"{what}: {foreign} are nothing of its own"
        assert shown == [one for one in reversed(known)
                         if one in set(shown)], f"{what} are out of order or doubled: {shown}, made as {known}"

    def check_store(self, who: int, kind: str, name: str) -> None:
        """Get of a store, and of an annotation store its versions."""
        place = self.store(who, kind, name)
        code, got = self.call(who, f"Get{kind.title()}Store", self._reading(place), name=name)
        if code != OK:
            if place is not None and not place.gone:
                self._forget(place)
            return
        place.see(got["status"])
        assert (got["id"], got["storeArn"], got["description"]) == (place.id, place.arn, place.description), got
        if not place.deleted:
            assert got["tags"] == place.tags, got
        if kind == "variant":
            if not place.deleted:
                self._check_size(place, got["storeSizeBytes"])
            return
        live = [version for version in place.versions.values() if not version.deleted]
        assert got["numVersions"] == len(live), f"{place.what} has {len(live)} versions and says {got['numVersions']}"
        if not place.deleted:
            self._check_versions(place)

    def _check_versions(self, store: Place) -> None:
        listed = self.list(store.owner, "ListAnnotationStoreVersions", "annotationStoreVersions", name=store.name)
        shown = {one["versionName"]: one for one in listed}
        assert set(shown) <= set(store.versions), f"{store.what} shows the versions {set(shown)}"
        for name, version in store.versions.items():
            if name not in shown:
                assert version.deleted, f"{version.what} is not listed"
                version.see(GONE)
                continue
            one = shown[name]
            if version.id.startswith("of "):
                version.id = one["id"]
            assert not version.gone, f"{version.what} is back"
            version.see(one["status"])
            shows = one["id"], one["versionArn"], one["description"], one["storeId"]
            assert shows == (version.id, version.arn, version.description, store.id), one
            if not version.deleted:
                self._check_size(version, one["versionSizeBytes"])
