#!/usr/bin/python3
"""Who has a certificate fills his queue at a door faster than it is read, has ZMTP PINGs behind what
waits, and resets the connection, on a machine that is busy: by libzmq's issue 4841 that ends a process
where services/process/hang_up.h does not keep it from it. Every door of every process, over TCP and
over UNIX sockets.

Demanded: no process ends, honest clients are answered all the while, the journals verify.

The short form is a test; the long one, of 1000 tries:

    /usr/bin/python3 tests/integration/attack_abort.py --bin build/bin --tries 1000

KOPECK_INSTEAD: a program with a planted fault that takes the place of that of its name, and which
alone is attacked.
"""
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from attack_flood import Honest
from attack_matrix import admitted
from attack_rig import Differs, Fleet, attack_step, bin_of, demand, end_with_parent, run, wait_until, wire
from raw_curve import COMMAND, PING, RawCurve, Refused

CORES = 2
PLANT_TRIES = 500
PATIENCE_S = 60.0  # on a machine that does much else; what the honest really waited is reported
# What is said, after which number of which a PING comes, and in how many such groups: the queue is
# full (SOCKET_…_MARK in services/process/socket.h) long before the end.
SAID = {"command": (b"\xc1", 8, 80), "feed": (b"\xc1", 8, 80),
        "replay": (wire.request_write("event", 1, {"sequence": 1}, None), 2, 60),
        "publish": (b"\x01the same topic", 2, 100)}
PAUSES_S = (0, 0, 0.0002, 0.001, 0.005)  # before the end: the queue may be full by then, or not yet


def burst(client, door):
    body, group, groups = SAID[door]
    return b"".join(client.seal(body) if number % (group + 1) < group else
                    client.seal(PING, COMMAND) for number in range((group + 1) * groups))


def fill_and_reset(fleet, process, door, role):
    """One try: as much as the connection takes at once, and its end. False if it was not let in."""
    try:
        client = RawCurve(fleet.endpoints[process, door], fleet.keys(role), fleet.server(process),
                          b"SUB" if door == "publish" else b"DEALER")
    except (Refused, OSError):
        return False
    said = burst(client, door)
    client.socket.setblocking(False)
    try:
        client.socket.send(said)
        time.sleep(random.choice(PAUSES_S))
    except OSError:
        pass
    client.reset()
    return True


@contextmanager
def busy_machine():
    """Both cores have something else to do."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"],
                               preexec_fn=end_with_parent) for _ in range(CORES)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def stays(fleet, pids, tried):
    """The processes are those that they were."""
    try:
        now = fleet.pids()
    except Differs:  # until its supervisor has started it again
        now = {}
    demand(now == pids, f"after {tried} tries a process has ended: {pids} are {now}\n" + "".join(
        fleet.log(name)[-600:] for name in pids if now.get(name) != pids[name]))


def cases(fleet, only):
    found = [(process, door, min(admitted(process, door))) for process, door in fleet.endpoints
             if only in (None, process)]
    random.shuffle(found)
    return found


def attack_fleet(options, figures, directory, transport, only):
    with Fleet(directory, *transport) as fleet:
        pids, honest = fleet.pids(), Honest(fleet, PATIENCE_S)
        honest.start()
        wait_until("the honest have begun", lambda: honest.posted > 10 or honest.failure, PATIENCE_S)
        # A fault must be found, in whichever try it shows.
        tries = options.tries / 2 if only is None else PLANT_TRIES
        tried, ends, doors = 0, time.monotonic() + options.seconds / 2, cases(fleet, only)
        with busy_machine():
            while tried < tries or time.monotonic() < ends:
                process, door, role = doors[(tried + figures["turned_away"]) % len(doors)]
                let_in = fill_and_reset(fleet, process, door, role)
                tried += let_in
                figures["tries"] += let_in
                figures["turned_away"] += not let_in
                demand(figures["turned_away"] < 20 + tried, "hardly any try is let in")
                stays(fleet, pids, tried)
                if not only:
                    honest.check(f"{tried} tries")
        honest.over.set()
        honest.join()
        honest.check("the end")
        figures["honest_posts"] += honest.posted
        figures["honest_longest_ms"] = max(figures["honest_longest_ms"],
                                           round(1000 * max(honest.longest().values())))
        stays(fleet, pids, tried)
        fleet.stop()
        fleet.verify()


def attack(options, figures):
    figures.update(tries=0, turned_away=0, honest_posts=0, honest_longest_ms=0)
    directory, made = bin_of(options)
    only = Path(os.environ["KOPECK_INSTEAD"]).name.removeprefix("kopeck-") if made else None
    try:
        for transport in (("--tcp",), ()):
            attack_step(f"{transport}")
            attack_fleet(options, figures, directory, transport, only)
    finally:
        if made:
            shutil.rmtree(made)


if __name__ == "__main__":
    run("attack_abort", __doc__, attack, 1.0, tries=48)
