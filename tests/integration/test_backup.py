#!/usr/bin/python3
"""Backups of all four journals under load, taken at random moments: each is restored and verified
offline, its roots are ones that the live journals had, and what one journal of it has of another's
stream the other has too. Every second one is taken by a user who may only read, every third on a machine
that is so slow that the journals go on between the moments of two of them.

usage: test_backup.py BIN_DIRECTORY [BACKUPS [SEED]]
"""
import fcntl
import html
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from process_rig import PROCESSES, Place, Process, USAGE, Violation, clean_up_when_told, wait_until, wire
from kopeck_audit import leaf_hash, system_uid, tree_root  # in a folder that process_rig makes known
from kopeck_client import replay_from_1
import services_table

BACKUPS, SEGMENT = 20, 1024
POSTER, PLATFORM, REVENUE, CORRECTION = 210, 150, system_uid(1), 8
ITEMS, METERS, NOBODY, START_EVERY, SLOW_EVERY = 300, 40, 65534, 4, 3
READER = ("setpriv", "--clear-groups", "--inh-caps=+dac_read_search",
          "--ambient-caps=+dac_read_search")
MINUTE_US, MINUTES = 60_000_000, 3000
AWAITED = "metering 33"  # as the row of `status --alarms` has it


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Load:
    """Postings, usage and payments, each in a thread of its own, until they are told to end."""

    def __init__(self, place, processes):
        self.place, self.processes, self.ends = place, processes, threading.Event()
        self.account = wire.uid_random()
        self.failed = []
        self.pushed = self.paid = self.used = 0
        self.threads = [threading.Thread(target=self.run, args=(work,))
                        for work in (self.postings, self.usage, self.payments)]

    def run(self, work):
        try:
            work()
        except Exception as failure:  # pylint: disable=broad-except
            self.failed.append(f"{work.__name__}: {failure!r}")

    def postings(self):
        feed = self.processes["ledger"].feed(POSTER, "importer")
        while not self.ends.is_set():
            items = [wire.event_write("posting.requested", 0, {
                "debit": REVENUE, "credit": self.account, "amount": 1 + n % 9, "kind": CORRECTION,
                "opens": True})
                for n in range(ITEMS)]
            feed.push(items, 0)
            self.pushed += ITEMS
            time.sleep(0.01)
        feed.close()

    def usage(self):
        feed = self.processes["metering"].feed(PLATFORM, "platform")
        meters = [(wire.uid_random(), wire.uid_random()) for _ in range(METERS)]
        minute = time.time_ns() // 1000 - MINUTES * MINUTE_US  # late, and each minute is new
        feed.push([wire.event_write("resource.created", minute, {
            "resource": resource, "account": self.account, "kind": 1}) for resource, _ in meters], 0)
        while not self.ends.is_set() and minute < time.time_ns() // 1000 - MINUTE_US:
            minute += MINUTE_US
            feed.push([wire.event_write("usage.ticked", minute, {
                "resource": resource, "replica": replica, "account": self.account,
                "tariff": "nachalny", "kind": 1}) for resource, replica in meters], minute)
            self.used += METERS
            time.sleep(0.02)
        feed.close()

    def payments(self):
        door = self.processes["payment"].door()
        while not self.ends.is_set():
            pay(door.ask("topup", wire.uuid7(), account=wire.uid_random(), amount_rub=10,
                         count_max=1, sum_max=1000).fields["link"])
            self.paid += 1
        door.close()


def pay(link):
    with urllib.request.urlopen(link) as answer:
        page = re.search(r'name="page" value="([^"]*)"', answer.read().decode()).group(1)
    form = urllib.parse.urlencode({"page": html.unescape(page), "action": "pay"}).encode()
    try:
        urllib.request.build_opener(NoRedirect).open("/".join(link.split("/")[:3]) +
                                                     "/Merchant/Pay", form)
    except urllib.error.HTTPError as error:
        if error.code != 302:
            raise


def kopeck(place, *words, user=None, wrapper=(), timeout=120):
    prefix = [*READER, f"--reuid={user}", f"--regid={user}"] if user else []
    done = subprocess.run([*wrapper, *prefix, place.bin / "kopeck", *words], capture_output=True,
                          text=True, timeout=timeout)
    if done.returncode != 0:  # what is violated stands first, how often last
        said = done.stdout if len(done.stdout) < 4000 else (
            f"{done.stdout[:3000]}\n...\n{done.stdout[-1000:]}")
        raise Violation(f"kopeck {words}: {done.returncode}: {said}{done.stderr}")
    return done.stdout


def named(directory):
    return [word for name in services_table.JOURNALS for word in (f"--{name}", directory / name)]


def may_read_only():
    """Whether this machine lets root make a user that may read everything and write nothing."""
    return os.geteuid() == 0 and subprocess.run(
        [*READER, f"--reuid={NOBODY}", f"--regid={NOBODY}", "true"], capture_output=True,
        check=False).returncode == 0


def begin(place, into, stdout=subprocess.DEVNULL):
    return subprocess.Popen([place.bin / "kopeck", "backup", into, *named(place.path("var", ""))],
                            stdout=stdout)


def is_let_go(unfinished):
    """Nobody writes there any more: the child of one that was killed dies a moment after it."""
    if not unfinished.exists():
        return True
    directory = os.open(unfinished, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(directory)
    return True


def end_by_a_kill(begun, into):
    """What it leaves has no name, or is whole."""
    begun.kill()
    status = begun.wait()
    if not wait_until(lambda: is_let_go(into.with_name(into.name + ".unfinished")), 30, 0.01):
        raise Violation(f"{into} is still being written by nobody")
    return status


def cut_off(place, into, after_s):
    """Begins a backup and kills it: where it has no name yet, the next one goes on there."""
    begun = begin(place, into)
    time.sleep(after_s)  # at any moment, whatever it does then
    if end_by_a_kill(begun, into) != 0 and not into.exists():
        return True
    verify(place, into)  # it was quicker, or killed behind its name
    return False


def killed_behind_its_name(place, into):
    """Killed when it says what it did, which nobody reads: the backup has its name, and is whole."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writing, True)
    begun = begin(place, into, writing)
    try:
        if not wait_until(lambda: into.exists() or begun.poll() is not None, 60, 0.01):
            raise Violation(f"{into} comes to nothing")
        if end_by_a_kill(begun, into) == 0:
            raise Violation(f"{into}: nobody heard it, and it ended well")
        verify(place, into)
    finally:
        os.close(reading)
        os.close(writing)


def only_one_writes(place, into):
    """A second one is told so while the first writes."""
    unfinished = into.with_name(into.name + ".unfinished")
    unfinished.mkdir()
    held = os.open(unfinished, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    said = subprocess.run([place.bin / "kopeck", "backup", into, *named(place.path("var", ""))],
                          capture_output=True, text=True, timeout=60, check=False)
    os.close(held)
    if said.returncode != 73 or "is being written there" not in said.stderr:
        raise Violation(f"two backups in one place: {said.returncode}: {said.stderr}")


def back_up(place, number, earlier, as_reader):
    into = place.path("backups", f"{number}")
    slow = ("env", f"LD_PRELOAD={place.bin / 'libslow_moments.so'}") if number % SLOW_EVERY == 0 else ()
    since = ["--since", earlier] if earlier else []
    rows = json.loads(kopeck(place, "--json", "backup", into, *named(place.path("var", "")), *since,
                             user=NOBODY if as_reader else None, wrapper=slow))
    return into, {row["process"]: row for row in rows}


def verify(place, directory):
    if "everything holds" not in kopeck(place, "verify", *named(directory)):
        raise Violation(f"{directory}: not everything holds")


def restore(place, backup, rows):
    """Put back, verified, and with the root that the backup has said."""
    into = place.path("restored", backup.name)
    into.mkdir()
    restored = json.loads(kopeck(place, "--json", "restore", backup, *named(into)))["restored"]
    for row in restored:
        if row["root"] != rows[row["process"]]["root"]:
            raise Violation(f"{backup}: {row['process']} is restored with another root")
    verify(place, into)


def start_restored(place, processes, backup):
    """A whole set goes on as it is: nobody holds what another lacks."""
    place.forget_journals()
    kopeck(place, "restore", backup, *named(place.path("var", "")))
    for name in ("sim", *services_table.JOURNALS):
        processes[name].start_whole()
    for name in services_table.JOURNALS:
        if not wait_until(lambda process=processes[name]: is_well(process), 60, 0.05):
            raise Violation(f"{backup}: {name} does not go on: {processes[name].said()}")
    is_green(place, processes, backup)
    for name in ("sim", *services_table.JOURNALS):
        processes[name].stop_whole()


def is_green(place, processes, backup):
    """By the exit statuses of status and of ping, and by the logs; but for an hour of usage that waits
    for its platform, which is not started here."""
    def ends_with(*words):
        return subprocess.run([place.bin / "kopeck", *words], capture_output=True,
                              check=False).returncode
    config = place.path("etc", "kopeck.cfg")

    def alarms():
        done = subprocess.run([place.bin / "kopeck", "--config", config, "--json", "status",
                               "--alarms"], capture_output=True, text=True, check=False)
        return [f"{row['process']} {row['alarm']}" for row in json.loads(done.stdout)]
    if not wait_until(lambda: set(alarms()) <= {AWAITED}, 60, 0.2):
        raise Violation(f"{backup}: status says {alarms()}")
    waits = AWAITED in alarms()
    status = ends_with("--config", config, "status")
    if status != (75 if waits else 0):
        raise Violation(f"{backup}: status ends with {status}, waits {waits}")
    for name in services_table.JOURNALS:
        status = ends_with("ping", place.path("etc", f"{name}.cfg"))
        allowed = (0, 75) if name == AWAITED.split(" ", maxsplit=1)[0] else (0,)
        if status not in allowed or re.search(r" warn .*alarm=(?!AWAITED)", processes[name].said()):
            raise Violation(f"{backup}: ping of {name} ends with {status}: {processes[name].said()}")


def is_well(process):
    door = process.door()
    try:
        status = door.ask("status").fields
    finally:
        door.close()
    if "trouble 1" in status["counters"]:
        raise Violation(f"{process.name} follows another history: {process.said()}")
    return status["current"] and status["ready"]


def strangers(place):
    """Files among the journals that are not the processes' own."""
    return [path for path in place.path("var", "").rglob("*") if path.stat().st_uid != os.geteuid()]


def compare_roots(processes, taken):
    for name in services_table.JOURNALS:
        door = processes[name].door("replay", "auditor")
        leaves = [leaf_hash(raw) for raw in replay_from_1(door)[0]]
        door.close()
        for number, rows in enumerate(taken):
            row = rows[name]
            if tree_root(leaves[:row["last"]]).hex() != row["root"]:
                raise Violation(f"backup {number}: {name} never had that root at {row['last']}")


def run(place, processes, backups, draw):
    load, readers = Load(place, processes), may_read_only()
    taken, directories, cuts = [], [], 0
    for name in ("sim", *services_table.NAMES):
        processes[name].start_whole()
    for thread in load.threads:
        thread.start()
    try:
        only_one_writes(place, place.path("backups", "one"))
        killed_behind_its_name(place, place.path("backups", "named"))
        for number in range(backups):
            time.sleep(draw.uniform(0, 0.6))
            as_reader = readers and number % 2 == 1
            # A reader may not link what is another's, and copies it.
            links = number > 1 and (draw.random() < 0.5 or number >= backups - 2)
            earlier = directories[-2] if links else None
            if not as_reader and cut_off(place, place.path("backups", f"{number}"),
                                         draw.uniform(0, 0.08)):
                cuts += 1
            elif not as_reader:
                shutil.rmtree(place.path("backups", f"{number}"))
            directory, rows = back_up(place, number, earlier, as_reader)
            taken.append(rows)
            directories.append(directory)
        if not cuts:  # all were quicker
            cuts += cut_off(place, place.path("backups", "cut"), 0)
    finally:
        load.ends.set()
        for thread in load.threads:
            thread.join()
    if load.failed:
        raise Violation(f"the load failed: {load.failed}")
    if strangers(place):
        raise Violation(f"left among the journals: {strangers(place)}")
    for directory, rows in zip(directories, taken):
        restore(place, directory, rows)
    compare_roots(processes, taken)
    for name in ("web", *services_table.JOURNALS, "sim"):
        processes[name].stop_whole()
    for directory in directories[::START_EVERY]:
        start_restored(place, processes, directory)
    last = taken[-1]
    sealed = sum(row["segments"] > 0 for rows in taken for row in rows.values())
    linked = sum(row["linked"] for rows in taken for row in rows.values())
    print(f"{backups} backups; {load.pushed} postings, {load.used} ticks, {load.paid} payments; "
          f"{sealed} copies with segments, {linked} segments linked; {cuts} cut off; last "
          f"{ {name: row['last'] for name, row in last.items()} }")
    if not (sealed >= backups // 2 and linked and cuts and load.paid and load.used):
        raise Violation("too little was met")


def main(bin_directory, backups=BACKUPS, seed=1):
    place = Place(bin_directory, fleet_options=("--segment-events", str(SEGMENT)))
    processes = {name: Process(place, name) for name in PROCESSES}
    place.directory.chmod(0o755)
    for directory in ("backups", "restored"):
        place.path(directory, "").mkdir()
        place.path(directory, "").chmod(0o777)
    try:
        run(place, processes, backups, random.Random(seed))
    finally:
        for process in processes.values():
            process.kill()
        place.close()


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    clean_up_when_told()
    main(sys.argv[1], *map(int, sys.argv[2:]))
