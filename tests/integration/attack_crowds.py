#!/usr/bin/python3
"""What those who may come in can make a process hold: 49 MB of random subscriptions at every
publisher in every role that may subscribe, which once took a ledger to 1.5 GiB in 7 s; handshakes
with a megabyte of metadata at every door, of those who have a certificate and of strangers; and
connections without end, at every door, of one certificate that says a word on each of them, and of
one that says nothing.

Demanded: memory stays below a number, nobody is let in who says so much of himself, a certificate has
no more connections than it may, the log names whose subscriptions and connections they were, usage
comes to the ledger in time all the while, no process ends, the journals verify.

KOPECK_INSTEAD: a program with a planted fault that takes the place of that of its name, and which
alone is attacked.
"""
import os
import random
import resource
import shutil
import threading
import time
from pathlib import Path

from attack_matrix import admitted
from attack_producers import BLUE, Resource, use
from attack_rig import (PROCESSES, Fleet, attack_step, bin_of, curve_stranger, demand, peak_kib,
                        rss_kib, run, wait_until, wire)
from raw_curve import RawCurve, Refused, properties

SUBSCRIBED_BYTES, TOPIC_BYTES, AT_ONCE = 49_000_000, 500, 64
GROWTH_MAX_KIB = 96 * 1024
SAID_BYTES = {"command": 64_000, "replay": 64_000, "feed": 1_000_000}  # nearly a message
HONEST = 8
CROWDED = ("metering", "ledger")  # of the others' doors the code is the same
OF_ONE, NOBODYS, BEYOND, DESCRIPTORS = 256, 512, 40, 4096  # services/process/callers.h
HELD = 24  # connections at a door, of whoever is let in
TAKEN_BYTES = 600  # an honest client says less


def connection(fleet, process, door, keys, **said):
    return RawCurve(fleet.endpoints[process, door], keys, fleet.server(process),
                    b"SUB" if door == "publish" else b"DEALER", properties(**said))


class Subscriber(threading.Thread):
    """A certificate that subscribes to what nobody has, and comes again when it is cut off."""

    def __init__(self, fleet, process, role, ends):
        super().__init__(daemon=True)
        self.fleet, self.process, self.role, self.ends = fleet, process, role, ends
        self.sent, self.cut, self.over = 0, 0, threading.Event()

    def has_done(self):
        return self.over.is_set() or self.sent >= SUBSCRIBED_BYTES or (
            self.cut and time.monotonic() > self.ends)

    def subscribe(self):
        client = connection(self.fleet, self.process, "publish", self.fleet.keys(self.role))
        try:
            while not self.has_done():
                client.send(b"".join(client.seal(b"\x01" + random.randbytes(TOPIC_BYTES))
                                     for _ in range(AT_ONCE)))
                self.sent += AT_ONCE * TOPIC_BYTES
        finally:
            client.socket.close()

    def run(self):
        while not self.has_done():
            try:
                self.subscribe()
            except (Refused, OSError):
                self.cut += 1
                time.sleep(0.01)


def live_honestly(fleet, figures, blue):
    began = time.monotonic()
    use(fleet, blue, Resource())
    figures["honest_usages"] += 1
    figures["honest_longest_ms"] = max(figures["honest_longest_ms"],
                                       round((time.monotonic() - began) * 1000))


def has_not_grown(figures, pid, before, what):
    growth = peak_kib(pid) - before
    figures["growth_kib"] = max(figures["growth_kib"], growth)
    demand(growth < GROWTH_MAX_KIB, f"{what}: it grew by {growth} KiB")


def subscribe(fleet, figures, process, blue, seconds):
    """All roles at once, at one publisher, and usage meanwhile."""
    pid, before = fleet.pid(process), rss_kib(fleet.pid(process))
    roles = sorted(admitted(process, "publish"))
    crowd = [Subscriber(fleet, process, role, time.monotonic() + seconds) for role in roles]
    for one in crowd:
        one.start()
    try:
        while any(one.is_alive() for one in crowd):
            live_honestly(fleet, figures, blue)
            has_not_grown(figures, pid, before, f"subscriptions of {roles} at {process}")
            demand(fleet.pid(process) == pid, f"{process} has ended")
    finally:
        for one in crowd:
            one.over.set()
        for one in crowd:
            one.join()
    figures["subscribed_kib"] += sum(one.sent for one in crowd) // 1024
    figures["cut_off"] += sum(one.cut for one in crowd)
    wait_until(f"{process} hangs up on who fills his queue", lambda: fleet.counters(process)[
        "shell.hung_up_on"] > 0)
    wait_until(f"the log of {process} names who it was", lambda: any(
        f"certificate={role}" in fleet.log(process) for role in roles), 15)


def shake_hands(fleet, figures, process, door):
    """Nobody is let in with so much, and what is honest is taken."""
    pid, before = fleet.pid(process), rss_kib(fleet.pid(process))
    role = min(admitted(process, door))
    who = {role: fleet.keys(role), "a stranger": curve_stranger()}
    held = []
    for _ in range(HELD):
        for name, keys in who.items():
            try:
                held.append(connection(fleet, process, door, keys,
                                       X_much=bytes(SAID_BYTES[door])))
            except Refused:
                figures["handshakes_refused"] += 1
            else:
                demand(False, f"{process}.{door}: {name} is let in with {SAID_BYTES[door]} bytes")
    has_not_grown(figures, pid, before, f"handshakes at {process}.{door}")
    honest = connection(fleet, process, door, fleet.keys(role), X_some=bytes(TAKEN_BYTES))
    honest.socket.close()


def word(client, door):
    """The first thing that somebody says there."""
    if door == "publish":
        return client.seal(b"\x01topic")
    if door == "feed":
        return client.seal(b"no frame of a feed")
    return client.seal(wire.request_write("status", 1, {}))


def is_open(client):
    """False once it was hung up on; whatever was said to it is thrown away."""
    client.socket.settimeout(0.001)
    try:
        while client.socket.recv(4096):
            pass
        return False
    except TimeoutError:
        return True
    except OSError:
        return False


def many(fleet, process, door, count, speaks):
    keys, made = fleet.keys(min(admitted(process, door))), []
    for _ in range(count):
        made.append(connection(fleet, process, door, keys))
        if speaks:
            made[-1].send(word(made[-1], door))
    return made


def come_in_crowds(fleet, figures, process, blue):
    """Of one certificate so many are left as it may have, of those who say nothing so many as there is
    room for; and honest ones come in and are heard beside either."""
    pid = fleet.pid(process)
    before, limit = rss_kib(pid), resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, max(limit[1], DESCRIPTORS)))
    for door in ("command", "replay", "publish", "feed"):
        if (process, door) not in fleet.endpoints:
            continue
        for speaks, room in ((True, OF_ONE), (False, NOBODYS)):
            crowd = many(fleet, process, door, room + BEYOND, speaks)
            live_honestly(fleet, figures, blue)
            left = []

            def are_few():
                left[:] = [one for one in crowd if is_open(one)]
                return len(left) <= room
            wait_until(f"{process}.{door}: of {room + BEYOND} connections {room} are left, "
                       f"speaking {speaks}", are_few, 60)
            # honest ones of the same certificate, or who are being let in just now
            demand(len(left) >= room - HONEST,
                   f"{process}.{door}: {len(left)} of {room} are left, speaking {speaks}")
            figures["hung_up_on"] += len(crowd) - len(left)
            for one in crowd:
                one.socket.close()
    has_not_grown(figures, pid, before, f"crowds at {process}")
    wait_until(f"the log of {process} names whose connections they were", lambda: any(
        "too many connections, what comes beyond is hung up on" in line and "last_certificate=" in line
        for line in fleet.log(process).splitlines()), 15)
    counters = fleet.counters(process)
    demand(counters["shell.hung_up_too_many"] and counters["shell.hung_up_silent"], f"{counters}")


def attack_fleet(options, figures, directory, only):
    with Fleet(directory, "--tcp") as fleet:
        pids, blue = fleet.pids(), fleet.feed("metering", BLUE, "platform")
        live_honestly(fleet, figures, blue)
        for process in PROCESSES if only is None else (only,):
            attack_step(process)
            for door in SAID_BYTES:
                if (process, door) in fleet.endpoints:
                    shake_hands(fleet, figures, process, door)
            subscribe(fleet, figures, process, blue, options.seconds)
            if process in CROWDED:
                come_in_crowds(fleet, figures, process, blue)
        live_honestly(fleet, figures, blue)
        demand(fleet.pids() == pids, f"a process has ended: {pids} are {fleet.pids()}")
        fleet.stop()
        fleet.verify()


def attack(options, figures):
    figures.update(subscribed_kib=0, cut_off=0, hung_up_on=0, handshakes_refused=0, honest_usages=0,
                   honest_longest_ms=0, growth_kib=0)
    directory, made = bin_of(options)
    only = Path(os.environ["KOPECK_INSTEAD"]).name.removeprefix("kopeck-") if made else None
    try:
        attack_fleet(options, figures, directory, only)
    finally:
        if made:
            shutil.rmtree(made)


if __name__ == "__main__":
    run("attack_crowds", __doc__, attack, 3.0)
