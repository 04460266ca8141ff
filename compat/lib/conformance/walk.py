"""What is wrong with a walk through a list to which is added meanwhile."""

from __future__ import annotations

import datetime


def complaints(before: set[str], walked: list[dict], after: set[str]) -> list[str]:
    """before: what was there when the walk began, after: when it had ended; walked: the items, newest first."""
    ids, wrong = [one["id"] for one in walked], []
    seen = set(ids)
    if len(seen) < len(ids):
        wrong.append(f"{len(ids) - len(seen)} items came again")
    if missed := before - seen:
        wrong.append(f"{len(missed)} items were missed, such as {min(missed)}")
    if strange := seen - after:
        wrong.append(f"{len(strange)} items are unknown, such as {min(strange)}")
    newer = seen - before
    if newer & set(ids[len(newer):]):
        wrong.append("newer items stand behind older ones")
    times = [datetime.datetime.fromisoformat(one["creationTime"]) for one in walked]
    if any(earlier < later for earlier, later in zip(times, times[1:])):
        wrong.append("the order is not from the newest to the oldest")
    return wrong


def page_complaints(sizes: list[int], size: int) -> list[str]:
    """All pages but the last are full, and the last is not empty."""
    wrong = [f"page {at} has {n} items, not {size}" for at, n in enumerate(sizes[:-1], 1) if n != size]
    return wrong + ([] if 0 < sizes[-1] <= size else [f"the last page has {sizes[-1]} items"])
