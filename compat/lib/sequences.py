"""Sequences of operations from three accounts: the steps, how they are drawn, played and made short."""

from __future__ import annotations

import time
from random import Random

import server as servers
from predict import Api, World
from things import FILES

LENGTH = 70


def create_store(w, who, kind, name, description, tags, format, reference):
    w.create_store(who, kind, name, description, tags, format, reference)
    w.check_store(who, kind, name)


def update_store(w, who, kind, name, description):
    w.update_store(who, kind, name, description)
    w.check_store(who, kind, name)


def delete_store(w, who, kind, name, force):
    w.delete_store(who, kind, name, force)
    w.check_store(who, kind, name)


def create_version(w, who, name, version, description):
    w.create_version(who, name, version, description)
    w.check_store(who, "annotation", name)


def update_version(w, who, name, version, description):
    w.update_version(who, name, version, description)
    w.check_store(who, "annotation", name)


def delete_versions(w, who, name, versions, force):
    w.delete_versions(who, name, versions, force)
    w.check_store(who, "annotation", name)


def import_variants(w, who, name, files, role, regret):
    had = len(w.jobs)
    w.start(who, "variant", name, name, files, who if role is None else role)
    if regret and len(w.jobs) > had:
        w.cancel(who, had)


def import_annotations(w, who, name, version, number):
    store = w.store(who, "annotation", name)
    files = list(FILES[store.format if store else "VCF"])
    w.start(who, "annotation", name, version, [files[number % len(files)]], who)


def get_job(w, number, stranger):
    if w.jobs:
        w.get_job((w.jobs[number % len(w.jobs)].owner + stranger) % 3, number)


def cancel(w, number, stranger):
    """One of the last jobs, since the others have ended."""
    if w.jobs:
        number = len(w.jobs) - 1 - number % min(3, len(w.jobs))
        w.cancel((w.jobs[number].owner + stranger) % 3, number)


def share(w, who, kind, name, by, stranger):
    w.share(who, kind, name, (who + by) % 3, (who + 1) % 3 if stranger else who)


def accept(w, number, stranger, settle):
    if w.shares:
        number = len(w.shares) - 1 - number % min(3, len(w.shares))
        w.accept((w.shares[number].subscriber + stranger) % 3, number)
        if settle:
            w.settle()


def unshare(w, who, number):
    w.unshare(who, number)
    w.get_share(who, number)


def tag(w, number, stranger, tags):
    if w.places:
        who = (w.places[number % len(w.places)].owner + stranger) % 3
        w.tag(who, number, tags)
        w.list_tags(who, number)


def untag(w, number, stranger, keys):
    if w.places:
        who = (w.places[number % len(w.places)].owner + stranger) % 3
        w.untag(who, number, keys)
        w.list_tags(who, number)


def list_pages(w, who, which, size):
    w.list_pages(who, which, size)


def query(w, number, stranger):
    w.query((w.tables[number % len(w.tables)].owner + stranger) % 3, number)


def query_name(w, who, name):
    w.query_name(who, name)


def query_share(w, number):
    """Everybody's view of a table that is, or was, shared."""
    if w.shares:
        store = w.shares[len(w.shares) - 1 - number % min(3, len(w.shares))].store
        tables = [number for number, table in enumerate(w.tables) if store in (table, table.store)]
        for who in range(3):
            w.query(who, tables[number % len(tables)])


def settle(w):
    w.settle()


def one_of(*values):
    return lambda random: random.choice(values)


def some_of(least: int, most: int, *values):
    return lambda random: [random.choice(values) for _ in range(random.randint(least, most))]


def tags(random):
    return {key: random.choice(["", "x", "y"]) for key in random.sample("ab", random.randint(0, 2))}


ACCOUNT, NUMBER, YES, SELDOM = one_of(0, 1, 2), one_of(*range(24)), one_of(False, True), one_of(*[False] * 6, True)
KIND, NAME, STORE = one_of("variant", "annotation"), one_of("same", "second", "third"), one_of(*["same"] * 4, "second")
VERSION, TEXT, ANOTHER = one_of("same", "same", "newer", "newer", "second"), one_of(
    "", "one", "two"), one_of(*[None] * 6, 0, 1, 2)
STEPS = {  # how often, and with what; nothing depends on an answer, so that a part of a sequence is a sequence too
    create_store: (6, dict(who=ACCOUNT, kind=KIND, name=NAME, description=TEXT, tags=tags, format=one_of(*FILES),
                           reference=ANOTHER)),
    update_store: (2, dict(who=ACCOUNT, kind=KIND, name=STORE, description=TEXT)),
    delete_store: (4, dict(who=ACCOUNT, kind=KIND, name=NAME, force=YES)),
    create_version: (4, dict(who=ACCOUNT, name=STORE, version=VERSION, description=TEXT)),
    update_version: (1, dict(who=ACCOUNT, name=STORE, version=VERSION, description=TEXT)),
    delete_versions: (1, dict(who=ACCOUNT, name=STORE, versions=one_of(
        ["newer"], ["second"], ["newer", "second"], ["same", "newer"]), force=YES)),
    import_variants: (6,
                      dict(who=ACCOUNT, name=STORE, files=some_of(1, 3, *FILES["VCF"]), role=ANOTHER, regret=SELDOM)),
    import_annotations: (6, dict(who=ACCOUNT, name=STORE, version=VERSION, number=NUMBER)),
    get_job: (1, dict(number=NUMBER, stranger=SELDOM)),
    cancel: (4, dict(number=NUMBER, stranger=SELDOM)),
    share: (6, dict(who=ACCOUNT, kind=KIND, name=STORE, by=one_of(1, 1, 1, 2, 2, 2, 0), stranger=SELDOM)),
    accept: (5, dict(number=NUMBER, stranger=SELDOM, settle=YES)),
    unshare: (2, dict(who=ACCOUNT, number=NUMBER)),
    tag: (2, dict(number=NUMBER, stranger=SELDOM, tags=tags)),
    untag: (2, dict(number=NUMBER, stranger=SELDOM, keys=some_of(1, 2, "a", "b"))),
    list_pages: (2, dict(who=ACCOUNT, which=one_of("variant stores", "annotation stores", "variant jobs",
                                                   "annotation jobs", "shares", "offers"), size=one_of(1, 2, 3))),
    query: (1, dict(number=NUMBER, stranger=YES)),
    query_name: (3, dict(who=ACCOUNT, name=one_of("same", "same", "second", "same__newer"))),
    query_share: (4, dict(number=NUMBER)),
    settle: (3, {}),
}


def sequence(seed: int, length: int) -> list[tuple]:
    random = Random(seed)
    often = [weight for weight, _ in STEPS.values()]
    return [(step, {name: draw(random) for name, draw in STEPS[step][1].items()})
            for step in random.choices(list(STEPS), often, k=length)]


def play(server: servers.Server, steps: list[tuple], api=Api) -> None:
    """Plays a sequence in three accounts that have a variant store with rows and an annotation store with two versions
    each, all of the same names."""
    world = World(server, api)
    for who in range(3):
        world.create_store(who, "variant", "same")
        world.create_store(who, "annotation", "same", format="VCF")
    world.settle()
    for who in range(3):
        world.create_version(who, "same", "newer")
        world.start(who, "variant", "same", "same", ["five.vcf"], who)
    for turn, (step, arguments) in enumerate(steps):
        step(world, **arguments)
        # what is wrong does not go away, and to look at all of them takes longer than the calls
        world.check_account(turn % 3)
    world.settle()
    for number, table in enumerate(world.tables):
        world.query(table.owner, number)
        if number % 2:
            world.query((table.owner + 1 + number // 2 % 2) % 3, number)


def fault(server: servers.Server, steps: list[tuple], api) -> AssertionError | None:
    try:
        play(server, steps, api)
    except AssertionError as found:
        return found
    return None


def shortest(steps: list, fault, seconds: float = 90) -> tuple[list, AssertionError | None]:
    """A part of the sequence that has a fault too, from which no step can be taken away; no fault when it does not
    come again."""
    end, last = time.monotonic() + seconds, fault(steps)
    size = len(steps) // 2 if last else 0
    while size and time.monotonic() < end:
        at = 0
        while at < len(steps) and time.monotonic() < end:
            less = steps[:at] + steps[at + size:]
            if found := fault(less):
                steps, last = less, found
            else:
                at += size
        size //= 2
    return steps, last


def written(steps: list[tuple]) -> str:
    return "\n".join(f"    ({step.__name__}, {arguments})," for step, arguments in steps)


def try_sequences(server: servers.Server, seeds, api=Api) -> None:
    for seed in seeds:
        steps = sequence(seed, LENGTH)
        if found := fault(server, steps, api):
            less, again = shortest(steps, lambda steps: fault(server, steps, api))
            kept = (f"the shortest that fails: {again}\n{written(less)}" if again else
                    f"it did not come again; all there was:\n{written(steps)}")
            raise AssertionError(f"sequence {seed}: {found}\n{kept}") from found
