#!/usr/bin/python3
"""Whoever can write one process's disk: what he does to that journal is found by the others', while
they run and by `kopeck verify` from the journals and from a root that somebody kept.

usage: test_witness.py BIN_DIRECTORY FORGE NO_LOOK
FORGE is journal_forge, NO_LOOK a kopeck-ledger whose start does not look at its own journal: the
followers must see what it does not.
"""
import json
import os
import re
import shutil
import subprocess
import sys

from light_rig import GREEN, Light, demand, expect
from process_rig import SKIPPED, USAGE, Place, Violation, clean_up_when_told, wait_until, wire
from syscall_world import SIM_LINES

JOURNALS = ("metering", "ledger", "payment", "autopay", "documents", "notify")
VIOLATED, DATA, WAIT_S, HEARD_S, TRIES = 1, 65, 60, 10, 6


class World:
    """A platform with some money in it, and what each journal noted of the others."""

    def __init__(self, bin_directory, forge, ledger=None):
        self.place = Place(bin_directory, SIM_LINES)
        self.light = Light(self.place, {"ledger": ledger} if ledger else {})
        self.forge, self.account, self.door = forge, wire.uid_random(), None
        self.light.start()
        self.light.green(*JOURNALS)

    def close(self):
        self.light.close()
        self.place.close()

    def process(self, name):
        return self.light.processes[name]

    def journal(self, name):
        return self.place.path("var", name)

    def ask(self, request, **fields):
        door = self.process("ledger").door("command", "operator")
        try:
            return door.ask(request, **fields).fields
        finally:
            door.close()

    def post(self, kopecks):
        done = self.light.kopeck("post-one", "bank", wire.uid_text(self.account),
                                 f"{kopecks // 100}", "correction", "--open")
        expect(f"a posting: {done.stdout}{done.stderr}", 0, done.returncode)

    def balance(self):
        return self.ask("balance", account=self.account)["cash"]

    def verify(self, *more, journals=None):
        places = {name: self.journal(name) for name in JOURNALS} if journals is None else journals
        return subprocess.run([self.place.bin / "kopeck", "--json", "verify",
                               *(word for name, place in places.items()
                                 for word in (f"--{name}", place)), *more],
                              capture_output=True, text=True, timeout=120)

    def ends_noted(self, by):
        """How many orderly ends of the ledger that journal has noted."""
        done = self.light.kopeck("--json", "events", by, "--type", "node.witnessed")
        rows = [json.loads(line)["fields"] for line in done.stdout.splitlines()
                if line.startswith("{")]
        return sum(row["ended"] and row["stream"] == JOURNALS.index("ledger") + 1 for row in rows)

    def stop_all(self):
        for name in JOURNALS:
            self.process(name).stop_whole()

    def stop_the_ledger(self):
        """In order, and payment and autopay have heard of it: publications may be lost, as those
        are of one that has just started."""
        followers = ("payment", "autopay")
        for _ in range(TRIES):
            before = {name: self.ends_noted(name) for name in followers}
            self.process("ledger").stop_whole()
            if wait_until(lambda before=before: all(self.ends_noted(name) > before[name]
                                                    for name in followers), HEARD_S, 0.2):
                return
            self.light.start("ledger")
            self.light.green(*JOURNALS)
        raise Violation("payment and autopay do not note that the ledger has ended")


def violated(done, rule):
    expect(f"verify: {done.stdout[-2000:]}{done.stderr}", VIOLATED, done.returncode)
    rules = {row["rule"]: row["violated"] for row in json.loads(done.stdout)["rules"]}
    demand(rules.get(rule), f"verify does not say \"{rule}\": {rules}")


def holds(done):
    expect(f"verify: {done.stdout[-3000:]}{done.stderr}", GREEN, done.returncode)
    return json.loads(done.stdout)["roots"]


NOTED = "witnesses: what was noted of a journal is in it"
KEPT = "witnesses: a root that was kept is the journal's"
ENDED = "stream: behind an orderly end stands a start"


def appended(world):
    """To the stopped ledger's journal, a posting with right hashes: its next start refuses it, and
    so does verify. A start that does not look has followers who do."""
    world.post(10000)
    world.light.green(*JOURNALS)
    world.stop_the_ledger()
    kept = world.place.directory / "kept"
    shutil.copytree(world.journal("ledger"), kept)
    subprocess.run([world.forge, "append", world.journal("ledger")], check=True)
    ledger = world.process("ledger")
    ledger.start()
    if "no_look" not in str(ledger.program):
        demand(wait_until(lambda: not ledger.alive(), WAIT_S), "the ledger takes what was appended")
        expect("its status", DATA, ledger.status())
        demand("somebody wrote to it meanwhile" in ledger.said(), f"it says why: {ledger.said()}")
    else:
        for name in ("payment", "autopay"):
            world.light.red(name, "WITNESS", "ledger: ")
        ledger.stop_whole()
    for name in (name for name in JOURNALS if name != "ledger"):
        world.process(name).stop_whole()
    violated(world.verify(), ENDED)
    shutil.rmtree(world.journal("ledger"))
    kept.rename(world.journal("ledger"))
    world.light.start(*JOURNALS)
    world.light.green(*JOURNALS)
    expect("what is there", 10000, world.balance())
    world.stop_all()
    holds(world.verify())


def put_back(world):
    """An older copy of the ledger's journal, from before money was taken back: the followers, who
    were killed meanwhile, still know that there was more."""
    world.post(20000)
    world.light.green(*JOURNALS)
    world.stop_the_ledger()
    older = world.place.directory / "older"
    shutil.copytree(world.journal("ledger"), older)
    world.light.start("ledger")
    world.light.green(*JOURNALS)
    roots = json.loads(world.light.kopeck("--json", "status", "--roots").stdout)
    done = world.light.kopeck("post-one", wire.uid_text(world.account), "bank", "150", "correction")
    expect(f"taken back: {done.stderr}", 0, done.returncode)
    world.stop_the_ledger()
    newer = world.place.directory / "newer"
    for name in ("payment", "autopay"):
        world.process(name).kill()
    world.journal("ledger").rename(newer)
    shutil.copytree(older, world.journal("ledger"))
    world.light.start("ledger", "payment", "autopay")
    for name in ("payment", "autopay"):
        demand(wait_until(lambda name=name: any(map(world.light.is_red, (name, name),
                                                    ("WITNESS", "HISTORY"))), WAIT_S, 0.2),
               f"{name} goes on with an older ledger: {world.light.alarms(name)}")
        world.light.red(name, "WITNESS" if world.light.is_red(name, "WITNESS") else "HISTORY",
                        "ledger: ")
    world.stop_all()
    violated(world.verify(), NOTED)
    kept = next(row["root"] for row in roots if row["process"] == "ledger")
    violated(world.verify("--since", kept, journals={"ledger": world.journal("ledger")}), KEPT)
    shutil.rmtree(world.journal("ledger"))
    newer.rename(world.journal("ledger"))
    world.light.start(*JOURNALS)
    world.light.green(*JOURNALS)  # once the true one is back, by themselves
    world.stop_all()
    holds(world.verify("--since", kept))


def rewritten(world):
    """The whole of it, with one event changed long ago: nobody's cursor stands there, and every
    hash fits. The roots that others noted do not."""
    world.post(30000)
    world.light.green(*JOURNALS)
    world.stop_the_ledger()
    for name in (name for name in JOURNALS if name != "ledger"):
        world.process(name).stop_whole()
    roots = holds(world.verify())
    demand(all(re.fullmatch(rf"{name}:\d+:\d+:[0-9a-f]{{64}}", root)
               for name, root in zip(JOURNALS, roots)), f"roots: {roots}")
    holds(world.verify("--since", " ".join(roots)))
    forged = world.place.directory / "forged"
    subprocess.run([world.forge, "rewrite", world.journal("ledger"), forged], check=True)
    journals = {name: world.journal(name) for name in JOURNALS}
    alone = world.verify(journals={"ledger": forged})
    holds(alone)  # by itself it is as good as any
    violated(world.verify(journals={**journals, "ledger": forged}), NOTED)
    violated(world.verify("--since", roots[1], journals={"ledger": forged}), KEPT)
    for wrong in ("", "ledger", roots[1][:-1], roots[0].replace("metering", "nobody")):
        done = world.verify(*(("--since", wrong)), journals={"ledger": forged})
        expect(f"--since {wrong!r}: {done.stderr}", USAGE, done.returncode)
    other = world.verify(journals={"ledger": world.journal("metering")})
    expect(f"metering's as the ledger's: {other.stderr}", DATA, other.returncode)
    demand("this is metering's journal" in other.stderr, other.stderr)


def main():
    if len(sys.argv) != 4:
        print(__doc__.strip(), file=sys.stderr)
        return USAGE
    bin_directory, forge, no_look = map(os.path.abspath, sys.argv[1:])
    clean_up_when_told()
    for story, ledger in ((put_back, None), (appended, None), (appended, no_look),
                          (rewritten, None)):
        world = World(bin_directory, forge, ledger)
        try:
            story(world)
        except Violation as violation:
            print(f"VIOLATION {story.__name__}: {violation}")
            return 1
        finally:
            world.close()
        print(f"{story.__name__} holds{', where the ledger does not look' if ledger else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
