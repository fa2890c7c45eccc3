#!/usr/bin/python3
"""A ledger whose segments are small is fed, killed and started again, at every stage of sealing and
of clearing what was sealed. Each time it must start, hold the same events as before and after, and
be verified by the checker that ships: from its files while it is dead, and at its doors. It makes
snapshots as often as it may, and each start is from one that its journal holds: now and then one bit
of the newest is turned over, or all are gone. While it runs its newest is held against its journal by
`kopeck verify --snapshots`, which at the end must see that one says a kopeck more.

usage: test_sealed_start.py BIN_DIRECTORY [ROUNDS [SEED [LEDGER]]]
LEDGER is the program of a ledger with a planted fault, in BIN_DIRECTORY.
"""
import hashlib
import json
import random
import re
import subprocess
import sys
import time

import msgpack

from process_rig import (Place, Process, USAGE, Violation, clean_up_when_told, replay_from_1,
                         wait_until, wire)
from kopeck_audit import system_uid  # in a folder that process_rig makes known

PRODUCER, REVENUE, CORRECTION, POSTED = 210, system_uid(1), 8, 51
ROUNDS, ITEMS = 40, 700
STARTS_SEALED, STARTS_LEFTOVER = 20, 2  # fewer, and the test looked at nothing
STARTS_SNAPSHOT, STARTS_PASSED = 10, 2
AUDITS = 3          # of a snapshot that fits, beside the process
SNAPSHOT_HEAD = 256  # bytes, of which the last 32 are the digest (store/snapshot.h)


def items_of(account, first, count):
    return [wire.event_write("posting.requested", 0, {
        "debit": REVENUE, "credit": account, "amount": n, "kind": CORRECTION,
        "reference": n.to_bytes(16, "big"), "opens": True}) for n in range(first, first + count)]


def counters(process):
    door = process.door()
    try:
        text = door.ask("status").fields["counters"]
    finally:
        door.close()
    return {name: int(value) for name, value in
            (line.split(" ") for line in text.splitlines() if line.count(" ") == 1)}


def read_all(process):
    door = process.door("replay", "auditor")
    try:
        return replay_from_1(door)[0]
    finally:
        door.close()


def verify_live(place):
    """At the ledger's doors alone: the others are not there."""
    parts = re.split(r"(?m)^(?=\w)", place.path("etc", "kopeck.cfg").read_text())
    config = place.path("etc", "ledger-alone.cfg")
    config.write_text("".join(part for part in parts if part.startswith(("certificate", "ledger"))))
    done = subprocess.run([place.bin / "kopeck", "--config", config, "verify"],
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise Violation(f"kopeck verify, live: {done.returncode}: {done.stdout}{done.stderr}")


def audit(place):
    """The exit status, and what was found of the ledger's newest snapshot."""
    done = subprocess.run([place.bin / "kopeck", "--json", "verify", "--snapshots",
                           place.path("etc", "audited")],
                          capture_output=True, text=True, timeout=120)
    rows = json.loads(done.stdout)
    if [row["process"] for row in rows] != ["ledger"]:
        raise Violation(f"verify --snapshots: {done.returncode}: {done.stdout}{done.stderr}")
    return done.returncode, rows[0]


def lie(file, true):
    """Whoever wrote it was wrong by a kopeck: its digest is that of its bytes."""
    whole = bytearray(file.read_bytes())
    blob = bytes(whole[SNAPSHOT_HEAD:])
    if true.to_bytes(8, "little") not in blob:
        raise Violation(f"a snapshot does not hold {true}")
    whole[SNAPSHOT_HEAD:] = blob.replace(true.to_bytes(8, "little"),
                                         (true + 1).to_bytes(8, "little"))
    digest = hashlib.sha256(whole[:SNAPSHOT_HEAD - 32] + whole[SNAPSHOT_HEAD:]).digest()
    file.write_bytes(whole[:SNAPSHOT_HEAD - 32] + digest + whole[SNAPSHOT_HEAD:])


class Trial:
    def __init__(self, place, draw, program):
        self.place, self.draw = place, draw
        self.ledger = Process(place, "ledger")
        if program:
            self.ledger.program = place.bin / program
        self.account = wire.uid_random()
        self.pushed, self.events, self.audits = 0, [], 0
        self.sealed_starts = self.leftover_starts = self.snapshot_starts = self.passed_starts = 0
        self.journal = place.path("var", "ledger")
        config = place.path("etc", "ledger.cfg")
        config.write_text(config.read_text() + "snapshots\n    events = 500\n")
        place.path("etc", "audited").mkdir()
        (place.path("etc", "audited") / "ledger.cfg").symlink_to(config)

    def start(self):
        self.ledger.start_whole()
        # the shell prints its counters once a second
        if not wait_until(lambda: "journal.sealed_events" in counters(self.ledger), 10, 0.05):
            raise Violation("the ledger says nothing of its segments")
        said = self.ledger.said()
        self.snapshot_starts += bool(re.search("from_snapshot=[1-9]", said))
        self.passed_starts += "its bytes are not what its digest says" in said
        now = counters(self.ledger)
        self.sealed_starts += now["journal.sealed_events"] > 0
        self.leftover_starts += now["journal.leftover"]

    def push(self):
        feed = self.ledger.feed(PRODUCER, "importer")
        feed.acknowledged = self.pushed
        try:
            refused = feed.push(items_of(self.account, self.pushed + 1, ITEMS), 0)
        finally:
            feed.close()
        if refused:
            raise Violation(f"postings refused: {dict(list(refused.items())[:3])}")
        self.pushed += ITEMS

    def compare(self):
        events = read_all(self.ledger)
        if events[:len(self.events)] != self.events:
            raise Violation("the events before the kill are others now")
        self.events = events

    def disturb(self, number):
        """Of the snapshots beside the journal; nothing that a start would not get over."""
        found = sorted(self.journal.glob("snapshot.0*"))
        if number % 7 == 6:
            for file in found:
                file.unlink()
        elif number % 4 == 3 and found:
            whole = bytearray(found[-1].read_bytes())
            whole[self.draw.randrange(len(whole))] ^= 1 << self.draw.randrange(8)
            found[-1].write_bytes(whole)

    def round(self, number):
        self.push()
        time.sleep(self.draw.choice((0, 0, 0.003, 0.01, 0.03, 0.1)))
        self.ledger.kill()
        self.disturb(number)
        if number % 3 == 0:
            self.place.verify("ledger")
        self.start()
        self.compare()
        if number % 5 == 0:
            verify_live(self.place)
        if number % 4 == 2:
            self.audit()

    def audit(self):
        status, found = audit(self.place)
        if status != 0 or found["result"] not in ("same", "none fits"):
            raise Violation(f"verify --snapshots: {status}: {found}")
        self.audits += found["result"] == "same" and found["snapshot"] > 0

    def see_a_lie(self):
        """The balance that the newest snapshot has is the sum of what was posted up to it."""
        file = max(self.journal.glob("snapshot.0*"))
        sequence = int(file.name.split(".")[1])
        posted = sum(msgpack.unpackb(raw)[0] == POSTED for raw in self.events[:sequence])
        lie(file, posted * (posted + 1) // 2)
        status, found = audit(self.place)
        if (status, found["result"], found["snapshot"]) != (1, "DIFFERS", sequence):
            raise Violation(f"a snapshot that lies by a kopeck: {status}: {found}")

    def met(self, rounds):
        """Starts at every stage, or the trial looked at nothing."""
        return (self.sealed_starts >= min(STARTS_SEALED, rounds // 2) and
                self.leftover_starts >= min(STARTS_LEFTOVER, rounds // 20) and
                self.snapshot_starts >= min(STARTS_SNAPSHOT, rounds // 4) and
                self.passed_starts >= min(STARTS_PASSED, rounds // 20) and
                self.audits >= min(AUDITS, rounds // 10))

    def balance(self):
        door = self.ledger.door()
        try:
            return door.ask("balance", account=self.account).fields["cash"]
        finally:
            door.close()


def main(bin_directory, rounds=ROUNDS, seed=1, program=None):
    place = Place(bin_directory)
    try:
        trial = Trial(place, random.Random(int(seed)), program)
        trial.start()
        number = 0
        while number < rounds or (not trial.met(rounds) and number < 4 * rounds):
            number += 1
            trial.round(number)
        expected = trial.pushed * (trial.pushed + 1) // 2
        if trial.balance() != expected:
            raise Violation(f"balance {trial.balance()}, expected {expected}")
        trial.ledger.stop_whole()
        place.verify("ledger")
        trial.see_a_lie()
    finally:
        trial.ledger.kill()
        place.close()
    print(f"{number} kills, {len(trial.events)} events; {trial.sealed_starts} starts with sealed "
          f"segments, {trial.leftover_starts} of them amid clearing; {trial.snapshot_starts} from a "
          f"snapshot, {trial.passed_starts} that passed over one whose bit lied")
    if not trial.met(rounds):
        raise Violation("too few starts met sealed segments, or snapshots")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 5:
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    clean_up_when_told()
    main(sys.argv[1], *map(int, sys.argv[2:4]), *sys.argv[4:])
