#!/usr/bin/python3
"""Processes whose journals lie in a PostgreSQL server, under load while one of them or the server is
killed, in rounds: what was acknowledged is there once, the rest at most once, and no process goes on
that does not know what became of its commit. Of two that write one journal one goes on.

usage: test_postgresql.py BIN_DIRECTORY [--rounds N] [--seed N]
"""
import argparse
import random
import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

from postgresql_rig import PASSWORD, Server, journal_of, move_in, second_ledger
from process_rig import Place, Process, Unanswered, Violation, clean_up_when_told, wait_until, wire
from services_table import JOURNALS
from syscall_loads import (BONUS, PRODUCER, PROMO, LedgerLoad, MeteringLoad, audited, expect,
                           expect_once)
from kopeck_audit import Books

METERING = 1  # its stream
COMMIT_FAILED, FENCED, KILLED = 74, 78, -9
PATIENCE_S = 20
VICTIMS = ("stop", "ledger", "kill", "metering")  # of the server, or of a process


class Postings(LedgerLoad):
    COMMANDS = 800

    def audit(self, process, whole=False):
        """As the ledger alone has it; here it also posts what metering charges, each once."""
        books, causes, charges = Books(), Counter(), Counter()

        def take(sequence, event):
            books.apply(sequence, event)
            if event.type != "posted":
                return
            cause = event.cause if event.cause[0] == PRODUCER else event.cause[0]
            if cause == METERING:
                charges[event.cause] += 1
            else:
                causes[cause] += 1
            expect("an acknowledged sequence", self.posted.get(event.cause[0], sequence), sequence)

        audited(take, process)
        items = range(1, len(self.items) + 1)
        expect_once("charges", charges, [], charges, False)
        expect_once("postings", causes,
                    [*self.posted, *((PRODUCER, n) for n in items[:self.acknowledged])],
                    [*(command for command, _ in self.commands), *((PRODUCER, n) for n in items)],
                    whole)


class Ticks(MeteringLoad):
    TICKS = 59


class Fleet:
    def __init__(self, place, server):
        self.place, self.server = place, server
        self.processes = {name: Process(place, name) for name in JOURNALS}
        self.loads = [Postings(), Ticks()]
        self.answered = self.lost = 0  # rounds with an answer; commits whose answer did not come

    def start(self):
        """Whoever has ended, as systemd would."""
        ended = [process for process in self.processes.values() if not process.alive()]
        for process in ended:
            process.start()
        for process in ended:
            if not process.wait_ready():
                raise Violation(f"{process.name}: {process.status()}: {process.said()}")

    def play(self, load):
        try:
            load.play(self.processes[load.NAME], 2.0)
        except Exception as error:  # of a thread
            load.error = error

    def hurt(self, victim):
        if victim == "stop":
            self.server.stop_at_once()
        elif victim == "kill":
            self.server.kill()
        else:
            self.processes[victim].kill()

    def check_ended(self, victim):
        """A loaded process lost a commit and ends; an idle one hears of it at its next."""
        for load in self.loads:
            process = self.processes[load.NAME]
            if victim in ("stop", "kill") and not wait_until(lambda p=process: not p.alive(), 2):
                continue  # its load was over before
            if not process.alive() and process.status() not in (COMMIT_FAILED, KILLED):
                raise Violation(f"{process.name} ends with {process.status()}: {process.said()}")
            self.lost += process.status() == COMMIT_FAILED and "the commit failed" in process.said()

    def round(self, victim, after_s):
        ledger, posted = self.loads[0], len(self.loads[0].posted)
        for load in self.loads:
            load.error = None
        threads = [threading.Thread(target=self.play, args=(load,)) for load in self.loads]
        for thread in threads:
            thread.start()
        # Something new is acknowledged before it hurts, however slow the machine is.
        self.answered += wait_until(lambda: len(ledger.posted) > posted, PATIENCE_S)
        time.sleep(after_s)
        self.hurt(victim)
        for thread in threads:
            thread.join()
        for load in self.loads:
            if load.error:
                raise load.error
        self.check_ended(victim)
        if victim in ("stop", "kill"):
            self.server.start()
        self.whole(self.start_and_audit)

    def start_and_audit(self):
        self.start()
        for load in self.loads:
            load.audit(self.processes[load.NAME])

    def finish(self):
        for load in self.loads:
            load.play(self.processes[load.NAME], PATIENCE_S, whole=True)
            load.audit(self.processes[load.NAME], whole=True)

    def whole(self, what):
        """Once the last to hear of the server's end has heard of it and was started again."""
        ends = time.monotonic() + PATIENCE_S
        while True:
            self.start()
            try:
                what()
                return
            except (Violation, wire.Failure):
                if time.monotonic() > ends or all(p.alive() for p in self.processes.values()):
                    raise

    def check_hurt(self):
        if not self.answered or not self.lost:
            raise Violation(f"rounds with an answer {self.answered}, lost commits {self.lost}: "
                            "the kills came too early or too late")

    def close(self):
        for process in self.processes.values():
            process.kill()


def post(process):
    """Whether it is committed and answered."""
    door = process.door()
    try:
        door.ask("post", wire.uuid7(), deadline_s=5, debit=PROMO, credit=wire.uid_random(),
                 amount=100, kind=BONUS, opens=True)
        return True
    except (Unanswered, wire.Failure):
        return False
    finally:
        door.close()


def two_writers(fleet):
    both = [fleet.processes["ledger"], second_ledger(fleet.place)]
    fleet.processes["second"] = both[1]
    both[0].kill()
    for process in both:
        process.start()
    if not wait_until(lambda: all(p.is_ready() or not p.alive() for p in both), PATIENCE_S):
        raise Violation("two writers: neither is ready nor has ended")
    answered = [process.alive() and post(process) for process in both]
    expect("writers that answer", 1, sum(answered))
    fenced = both[answered.index(False)]
    if not wait_until(lambda: not fenced.alive(), PATIENCE_S):
        raise Violation("the older writer goes on")
    expect("the older writer's status", FENCED, fenced.status())
    if "FAIL_FENCED" not in fenced.said():
        raise Violation(fenced.said())
    expect("the other answers again", True, post(both[answered.index(True)]))


def check_secret(fleet):
    """The password is in no log and no argument."""
    ledger = fleet.processes["ledger"]
    arguments = Path(f"/proc/{ledger.child.pid}/cmdline").read_bytes()
    said = "".join(process.said() for process in fleet.processes.values())
    if PASSWORD.encode() in arguments or PASSWORD in said:
        raise Violation("the database's password is shown")


def verify(fleet):
    words = [word for name in JOURNALS for word in (f"--{name}", journal_of(fleet.place, name))]
    done = subprocess.run([fleet.place.bin / "kopeck", "verify", *words], capture_output=True,
                          text=True, timeout=120)
    if done.returncode != 0:
        raise Violation(f"kopeck verify: {done.returncode}: {done.stdout}{done.stderr}")


def start_from_a_snapshot(fleet):
    """One lies in the directory on this machine, and a start begins with it."""
    ledger = fleet.processes["ledger"]
    directory = fleet.place.path("var", "ledger")
    if not wait_until(lambda: list(directory.glob("snapshot.*")), PATIENCE_S):
        raise Violation(f"no snapshot in {directory}: {ledger.said()}")
    ledger.stop_whole()
    ledger.start_whole()
    if not re.search("from_snapshot=[1-9]", ledger.said()):
        raise Violation(f"the ledger read all of its journal: {ledger.said()}")
    expect("the ledger answers from it", True, post(ledger))


def run(place, *words):
    done = subprocess.run([place.bin / "kopeck", "--config", place.path("etc", "kopeck.cfg"), *words],
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise Violation(f"kopeck {words}: {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def back_up_and_move(fleet):
    """A backup is of files; it is put into the database again, where nothing was, and goes on."""
    place, ledger = fleet.place, fleet.processes["ledger"]
    for process in fleet.processes.values():
        process.kill()
    backup, moved = place.path("backup", ""), place.path("var", "moved")
    run(place, "backup", backup)
    run(place, "verify", *(word for name in JOURNALS for word in (f"--{name}", backup / name)))
    old = place.path("var", "ledger")
    moved.mkdir(mode=0o700)
    for name in ("pgpass", "root.crt"):
        shutil.copy(old / name, moved)
    text = (old / "connection").read_text().replace(str(old), str(moved))
    (moved / "connection").write_text(text.replace("schema=ledger", "schema=moved"))
    run(place, "restore", backup, "--ledger", f"postgresql:{moved}")
    config = place.path("etc", "ledger.cfg")
    config.write_text(config.read_text().replace("/var/ledger", "/var/moved"))
    ledger.start_whole()
    expect("the moved ledger answers", True, post(ledger))
    run(place, "verify", "--ledger", f"postgresql:{moved}", "--metering", journal_of(place, "metering"))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("bin")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    arguments = parse()
    clean_up_when_told()
    chance = random.Random(arguments.seed)
    server = Server()
    place = fleet = None
    try:
        server.start()
        place = Place(arguments.bin)
        move_in(place, server)
        with place.path("etc", "ledger.cfg").open("a") as config:
            config.write("snapshots\n    events = 300\n")
        fleet = Fleet(place, server)
        fleet.start()
        for number in range(arguments.rounds):
            victim = VICTIMS[number % len(VICTIMS)]
            fleet.round(victim, chance.uniform(0.01, 0.2))
        fleet.check_hurt()
        fleet.whole(fleet.finish)
        start_from_a_snapshot(fleet)
        check_secret(fleet)
        two_writers(fleet)
        verify(fleet)
        back_up_and_move(fleet)
    finally:
        if fleet:
            fleet.close()
        if place:
            place.close()
        server.close()


if __name__ == "__main__":
    main()
