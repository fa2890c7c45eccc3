#!/usr/bin/python3
"""Rounds of mishaps for a ledger and its warm second over three PostgreSQL servers kept by Patroni, each node
in a network namespace of its own, under load: the primary is killed, the leading ledger is killed, the
primary's network is cut, both are killed. What was acknowledged is there once, under the sequence that was
said; the rest at most once; and it says how long nothing was acknowledged. It takes root, and time: some 15 s
a round.

usage: replicated_rounds.py BIN_DIRECTORY [--primary N] [--writer N] [--cut N] [--both N] [--seconds N]
                            [--json FILE] [--plot FILE] [--keep DIR]
                            [--plant asynchronous]

--seconds N is when no further round begins. --keep DIR has the servers' files and all logs after a violation.
--plant makes servers that acknowledge before a standby has it,
and must end with 1.
"""
import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter

from postgresql_rig import Cluster, journal_of, move_in, second_ledger
from process_rig import Place, Process, Unanswered, Violation, clean_up_when_told, wait_until, wire
from syscall_loads import BONUS, CORRECTION, PRODUCER, PROMO, REVENUE, audited, expect_once
from test_postgresql import run

KINDS = ("primary", "writer", "cut", "both")
PATIENCE_S = 180
AUDIT_EVERY = 5
SINGLES = 200


class Net:
    """A bridge, and a namespace for each node behind it."""

    def __init__(self):
        number = os.getpid() % 200
        self.name, self.net = f"kpk{number}", f"10.77.{number}"
        self._ip("link", "add", self.name, "type", "bridge")
        self._ip("addr", "add", f"{self.net}.254/24", "dev", self.name)
        self._ip("link", "set", self.name, "up")
        for node in Cluster.NODES:
            space, wire_of = self.space(node), self.wire(node)
            self._ip("netns", "add", space)
            self._ip("link", "add", wire_of, "type", "veth", "peer", "name", "eth0", "netns", space)
            self._ip("link", "set", wire_of, "master", self.name, "up")
            for words in (("link", "set", "lo", "up"), ("link", "set", "eth0", "up"),
                          ("addr", "add", f"{self.net}.{node[1:]}/24", "dev", "eth0")):
                self._ip("-n", space, *words)

    @staticmethod
    def _ip(*words, check=True):
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise Violation(f"ip {' '.join(words)}: {done.stderr}")

    def space(self, node):
        return f"{self.name}-{node}"

    def wire(self, node):
        return f"{self.name}{node}"

    def inside(self, node):
        return "ip", "netns", "exec", self.space(node)

    def cut(self, node):
        self._ip("link", "set", self.wire(node), "down")

    def mend(self, node):
        self._ip("link", "set", self.wire(node), "up")

    def close(self):
        for node in Cluster.NODES:
            self._ip("netns", "del", self.space(node), check=False)
        self._ip("link", "del", self.name, check=False)


class Client(threading.Thread):
    """Posts one by one to whichever of the two answers, each until it is acknowledged."""

    def __init__(self, processes):
        super().__init__(daemon=True)
        self.processes, self.stopping = processes, threading.Event()
        self.sent, self.posted, self.times, self.error = [], {}, [], None

    def run(self):
        try:
            doors = [process.door() for process in self.processes]
            while not self.stopping.is_set():
                self.post(doors)
            for door in doors:
                door.close()
        except Exception as error:  # of a thread
            self.error = error

    def post(self, doors):
        command = wire.uuid7()
        self.sent.append(command)
        fields = {"debit": PROMO, "credit": wire.uid_random(), "amount": 100, "kind": BONUS, "opens": True}
        while not self.stopping.is_set():
            try:
                answer = doors[0].ask("post", command, deadline_s=1, retry=False, **fields)
                self.posted[command] = answer.fields["sequence"]
                self.times.append(time.monotonic())
                return
            except (Unanswered, wire.Failure):
                doors.reverse()
                time.sleep(0.01)

    def outage(self, since):
        """From `since` to the first answer behind the longest silence."""
        times = [since, *(t for t in self.times if t > since)]
        gaps = [(later - earlier, later) for earlier, later in zip(times, times[1:])]
        return max(gaps)[1] - since if gaps else None


def audit(process, client):
    """The client is at rest."""
    causes = Counter()

    def take(sequence, event):
        if event.type == "posted":
            causes[event.cause[0]] += 1
            said = client.posted.get(event.cause[0], sequence)
            if said != sequence:
                raise Violation(f"acknowledged as {said}, and it is {sequence}")

    audited(take, process)
    expect_once("postings", causes, client.posted, client.sent, False)


class Rounds:
    def __init__(self, arguments):
        self.arguments, self.outages = arguments, {kind: [] for kind in KINDS}
        self.net = self.cluster = self.place = self.client = None
        self.processes, self.chance = [], random.Random(arguments.seed)
        self.done = self.late = self.nudged = 0

    def begin(self):
        self.net = Net()
        self.cluster = Cluster(self.net.net, inside=self.net.inside)
        if self.arguments.plant:
            for node in Cluster.NODES:
                file = self.cluster.directory / node / "patroni.yml"
                file.write_text(re.sub(r"synchronous_mode(_strict)?: true", r"synchronous_mode\1: false",
                                       file.read_text()))
            self.cluster.is_safe = lambda standbys: sum(
                role.startswith("standby 0/") for role in self.cluster.roles().values()) >= standbys
        self.cluster.start()
        self.place = Place(self.arguments.bin)
        move_in(self.place, self.cluster)
        config = self.place.path("etc", "ledger.cfg")
        config.write_text(config.read_text().replace("journal\n", "journal\n    standby = 1\n", 1))
        self.processes = [Process(self.place, "ledger"), second_ledger(self.place)]
        self.whole()
        self.begin_load()

    def begin_load(self):
        posted = self.client.posted if self.client else {}
        sent = self.client.sent if self.client else []
        self.client = Client(self.processes)
        self.client.posted, self.client.sent = posted, sent
        self.client.start()

    def leader(self):
        return next((process for process in self.processes if process.is_ready()), None)

    def is_whole(self):
        for process in self.processes:
            if not process.alive():
                process.start()
        return self.leader() and all(process.is_ready() or "standing by" in process.said()
                                     for process in self.processes)

    def whole(self):
        if not wait_until(self.is_whole, PATIENCE_S, 0.1):
            raise Violation("\n".join(process.said() for process in self.processes))
        if not wait_until(lambda: self.cluster.is_safe(2), PATIENCE_S, 0.2):
            raise Violation(self.cluster.order("status"))

    def hurt(self, kind):
        primary, leader = self.cluster.primary(), self.leader()
        if self.arguments.plant:
            self.lose(primary)
        began = time.monotonic()
        if kind == "cut":
            self.net.cut(primary)
        if kind in ("writer", "both"):
            leader.kill()
        if kind in ("primary", "both"):
            self.cluster.order("kill", primary)
        return began, primary

    def lose(self, primary):
        """What it acknowledges for a while is on no standby, and dies with it."""
        others = [node for node in Cluster.NODES if node != primary]
        for node in others:
            self.net.cut(node)
        time.sleep(1.5)
        self.net.cut(primary)
        for node in others:
            self.net.mend(node)

    def nudge(self):
        """A standby of PostgreSQL 15.18 was seen not to stream from a new primary before it was
        started anew: docs/operations.md has the operator do so."""
        for node, role in self.cluster.roles().items():
            if role.startswith("standby") and self.cluster.sql(
                    node, "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'") == "0":
                print(f"{node} does not stream, and is started anew", flush=True)
                self.nudged += 1
                self.cluster.order("kill", node)

    def is_replaced(self, cut):
        """A server that was killed may lead again, if its Patroni was faster than all others."""
        return any(role.startswith("primary") for node, role in self.cluster.roles().items()
                   if node != cut)

    def round(self, kind):
        posted = len(self.client.posted)
        if not wait_until(lambda: len(self.client.posted) > posted, PATIENCE_S):
            raise Violation("nothing is acknowledged")
        time.sleep(self.chance.uniform(0.05, 0.5))
        is_cut = kind == "cut" or bool(self.arguments.plant)
        began, primary = self.hurt(kind)
        try:
            if kind != "writer" and not wait_until(lambda: self.is_replaced(is_cut and primary),
                                                   PATIENCE_S / 2, 0.1):
                self.late += 1  # the network comes back then
                print(f"nobody leads after {PATIENCE_S / 2:.0f} s: {self.cluster.order('status')}", flush=True)
                self.net.mend(primary)
            replaced = time.monotonic() if kind != "writer" else began + 0.2
            is_over = lambda: (self.is_whole() and self.client.times and
                               self.client.times[-1] > replaced)
            if not wait_until(is_over, PATIENCE_S / 4, 0.1):
                self.nudge()
            if not wait_until(is_over, PATIENCE_S, 0.1):
                raise Violation("nothing is acknowledged after it: " + self.cluster.order("status") +
                                "\n".join(process.said() for process in self.processes))
        finally:
            if is_cut:
                self.net.mend(primary)
        time.sleep(0.5)
        outage = self.client.outage(began)
        self.whole()
        if self.client.error:
            raise self.client.error
        self.outages[kind].append(outage)
        self.done += 1
        print(f"round {self.done}: {kind} of {primary}: nothing acknowledged for {outage:.2f} s; "
              f"{len(self.client.posted)} acknowledged so far", flush=True)

    def check(self):
        self.client.stopping.set()
        self.client.join()
        self.whole()
        audit(self.leader(), self.client)

    def play(self):
        ends = time.monotonic() + self.arguments.seconds
        left = Counter({kind: getattr(self.arguments, kind) for kind in KINDS})
        while sum(left.values()) and time.monotonic() < ends:
            # The kinds in turn, so that each has its share of what there was time for.
            kind = max(left, key=lambda k: left[k] / max(getattr(self.arguments, k), 1))
            left[kind] -= 1
            self.round(kind)
            if self.done % AUDIT_EVERY == 0:
                self.check()
                self.begin_load()
        self.check()
        run(self.place, "verify", "--ledger", journal_of(self.place, "ledger"))

    def close(self):
        if self.client:
            self.client.stopping.set()
        for process in self.processes:
            process.kill()
        if self.place:
            self.place.close()
        if self.cluster:
            self.cluster.close()
        if self.net:
            self.net.close()


def speed_of(process):
    """Singles of one client, and batches of a feed, as this client in Python sends them."""
    door, feed, times, result = process.door(), process.feed(PRODUCER, "importer"), [], {}
    account = wire.uid_random()
    try:
        for _ in range(SINGLES):
            began = time.monotonic()
            door.ask("post", wire.uuid7(), debit=PROMO, credit=account, amount=100, kind=BONUS, opens=True)
            times.append((time.monotonic() - began) * 1000)
        times.sort()
        result["single_p50_ms"] = round(statistics.median(times), 2)
        result["single_p99_ms"] = round(times[len(times) * 99 // 100], 2)
        first = 1
        for size, count in ((100, 20), (1000, 5)):
            items = [wire.event_write("posting.requested", 0, {
                "debit": account, "credit": REVENUE, "amount": 1, "kind": CORRECTION, "opens": True})] * size
            began = time.monotonic()
            for _ in range(count):
                answer = feed.batch(first, items)
                if answer.fail or any(answer.results):
                    raise Violation(f"a batch of {size}: {answer}")
                first += size
            result[f"batch_{size}_per_s"] = round(size * count / (time.monotonic() - began))
    finally:
        door.close()
        feed.close()
    return result


def speeds(rounds):
    """The replicated ledger, and one in LMDB, on the same machine in the same minute."""
    replicated = speed_of(rounds.leader())
    place = Place(rounds.arguments.bin)
    ledger = Process(place, "ledger")
    try:
        ledger.start_whole()
        return {"replicated": replicated, "lmdb": speed_of(ledger)}
    finally:
        ledger.kill()
        place.close()


def result_of(rounds, failure, speed):
    kinds = {kind: {"rounds": len(times), "outage_p50_s": round(statistics.median(times), 2),
                    "outage_worst_s": round(max(times), 2)}
             for kind, times in rounds.outages.items() if times}
    return {"kinds": kinds, "late": rounds.late, "started_anew": rounds.nudged,
            "acknowledged": len(rounds.client.posted) if rounds.client else 0,
            "sent": len(rounds.client.sent) if rounds.client else 0, "violation": failure, "speed": speed}


def plot(outages, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axis = pyplot.subplots(figsize=(7, 3))
    for kind, times in outages.items():
        axis.plot(sorted(times), [(n + 1) / len(times) for n in range(len(times))], label=kind, marker=".")
    axis.set_xlabel("seconds without an acknowledgement")
    axis.set_ylabel("share of the rounds")
    axis.legend()
    figure.tight_layout()
    figure.savefig(path)


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("bin")
    for kind, rounds in zip(KINDS, (100, 100, 20, 20)):
        parser.add_argument(f"--{kind}", type=int, default=rounds)
    parser.add_argument("--seconds", type=int, default=6 * 3600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json")
    parser.add_argument("--keep")
    parser.add_argument("--plot")
    parser.add_argument("--plant", choices=("asynchronous",))
    return parser.parse_args()


def main():
    arguments = parse()
    clean_up_when_told()
    rounds, failure, speed = Rounds(arguments), None, None
    try:
        rounds.begin()
        rounds.play()
        speed = speeds(rounds)
    except Violation as violation:
        failure = str(violation)
        if arguments.keep:
            shutil.copytree(rounds.cluster.directory, arguments.keep, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("base", "*.sock", ".s.*"))
            shutil.copytree(rounds.place.path("log", ""), f"{arguments.keep}/kopeck", dirs_exist_ok=True)
    finally:
        rounds.close()
    result = result_of(rounds, failure, speed)
    print(json.dumps(result, indent=1))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({**result, "outages_s": rounds.outages}, file)
    if arguments.plot:
        plot({kind: times for kind, times in rounds.outages.items() if times}, arguments.plot)
    sys.exit(1 if failure else 0)


if __name__ == "__main__":
    main()
