#!/usr/bin/python3
"""A day of all processes on a driven clock, with mishaps at random: processes killed and frozen, a
disk that fills, certificates that cannot be read, new keys, a log that nobody reads, SIGHUP, clocks
that leap, journals whose volume is not mounted or is taken for a new one, a copied configuration. All
the while usage is pushed and money is posted, each thing until it is acknowledged.

What must be true: each process's light is red, or dark, exactly while something is wrong with it
(sampled: the alarms that a mishap must cause are there, no others, and none is left when it is
over); `kopeck status` and `kopeck ping` agree, and so does the log of a leap, a volume and a copy; and
in the end nothing is lost and nothing is there twice: balances are those that follow from what was pushed, and `kopeck verify` finds that everything
holds.

usage: soak.py BIN_DIRECTORY [--hours N] [--seed N] [--seconds S] [--only MISHAP] [--at PROCESS]
               [--program PROCESS=PROGRAM] [--json]

--hours is the day's length (24); --seconds begins another day as long as they are not over; --only
takes one mishap again and again, --at the one process that mishaps befall which draw one; --program
runs another program in a process's place.
"""
import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from light_rig import (DARK, GREEN, RED, Light, alarms_of, demand, empty, expect, fill)
from process_rig import Place, Unanswered, Violation, clean_up_when_told, own_mounts, wait_until, wire
from test_lights import Unread
from kopeck_audit import system_uid  # in a folder that process_rig makes known
from kopeck_wire import FAIL, Failure
from traveller import floor_kopecks

JOURNALS = ("metering", "ledger", "payment", "autopay", "documents", "notify")
FOLLOWERS = {"metering": ("ledger", "notify"), "ledger": ("payment", "autopay", "notify"),
             "payment": ("ledger", "autopay", "notify"), "autopay": ("payment", "notify"), "documents": ("ledger",),
             "notify": ()}
BEGIN_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
SECOND_US, MINUTE_US, HOUR_US = 1_000_000, 60_000_000, 3_600_000_000
PLATFORM, CORRECTION, BANK = 100, 8, system_uid(3)
SEES_S, NEVER, IDLE_S, REPLICAS, POSTS = 60, 2**63 - 1, 60, 6, 4
OF_PEERS = frozenset(("BEHIND", "SILENT"))
CLOCK, HISTORY = frozenset(("CLOCK",)), frozenset(("HISTORY",))
NO_JOURNAL, ANOTHERS, VOLUME_MIB = 78, 69, 512


class Wall:
    """The clock on the wall of another day, for a process and for who commands it there."""

    def __init__(self, place, now):
        self.file = place.path("run", "leap")
        self.file.write_bytes(bytes(8))
        self.wrapper = ("env", f"LD_PRELOAD={place.bin / 'libclock_leap.so'}",
                        f"KOPECK_CLOCK_LEAP={self.file}")
        self.ahead_s = 0
        self.leap(now // SECOND_US - int(time.time()) + 1)

    def leap(self, seconds):
        self.ahead_s += seconds
        with self.file.open("r+b") as file:  # the same file: it is mapped
            file.write((self.ahead_s * SECOND_US).to_bytes(8, "little", signed=True))

    def now(self):
        return time.time_ns() // 1000 + self.ahead_s * SECOND_US


class Day:
    def __init__(self, place, draw, programs, only_at=None):
        self.place, self.draw, self.only_at = place, draw, only_at
        self.light = Light(place, programs)
        self.pipe = Unread(place.path("run", "log"))
        self.light.logs["ledger"] = lambda: self.pipe.read()
        self.now, self.sent, self.samples, self.mishaps = BEGIN_US, 0, 0, 0
        self.hour_ends = BEGIN_US
        self.doors, self.feed = {}, None
        self.account, self.resource = wire.uid_random(), wire.uid_random()
        self.payers = [wire.uid_random() for _ in range(3)]
        self.posted = {payer: 0 for payer in self.payers}
        self.open_posts = []  # sent and not acknowledged
        text = place.path("etc", "kopeck.cfg").read_text()
        self.quick = place.path("etc", "quick.cfg")  # waits less for who is dark
        self.quick.write_text(f"{text}\ntimeout_ms = 2500\n")

    # --- processes ---

    def one(self, names=JOURNALS):
        """Whom a mishap befalls."""
        return self.only_at or self.draw.choice(names)

    def launch(self, name, *wrapper):
        """What it says is told anew."""
        if name == "ledger":
            self.pipe.read()
            self.pipe.text, wrapper = "", (*self.pipe.wrapper, *wrapper)
        self.light.processes[name].start(wrapper)

    def start(self, *names, wrapper=()):
        for name in names:
            self.launch(name, *wrapper)
        for name in names:
            demand(self.light.processes[name].wait_ready(60),
                   f"{name} does not start: {self.light.said(name)}")

    def forget_doors(self):
        for door in (*self.doors.values(), *((self.feed,) if self.feed else ())):
            door.close()
        self.doors, self.feed = {}, None

    def close(self):
        self.forget_doors()
        self.light.close()

    def door(self, name, certificate="operator"):
        key = name, certificate
        if key not in self.doors:
            self.doors[key] = self.light.processes[name].door(certificate=certificate)
        return self.doors[key]

    def ask(self, name, request, *words, **fields):
        # More is posted in a day than one person may.
        certificate = "importer" if request == "post" else "operator"
        return self.door(name, certificate).ask(request, *words, deadline_s=30.0, **fields).fields

    # --- what is sampled ---

    def sample(self):
        """{process: its alarms by name, or None if it is dark}"""
        self.samples += 1
        self.pipe.read()
        found = {}
        for name in JOURNALS:
            process = self.light.processes[name]
            try:
                answer = self.door(name).ask("status", deadline_s=1.5) if process.alive() else None
                found[name] = frozenset(dict(alarms_of(answer))) if answer else None
            except Unanswered:
                found[name] = None
        return found

    def wrong(self, found, must, may):
        """What in a sample is neither wanted nor allowed, and what is missing."""
        for name in JOURNALS:
            wanted = must.get(name, frozenset())
            if wanted is None:
                if found[name] is not None:
                    return f"{name} should be dark"
                continue
            if found[name] is None:
                return f"{name} is dark"
            if not wanted <= found[name]:
                return f"{name} does not say {sorted(wanted - found[name])}"
            if found[name] - wanted - may.get(name, frozenset()):
                return f"{name} says {sorted(found[name] - wanted)}, and it is not so"
        return None

    def settle(self, must, may, what):
        """The lights get to what they must be, and stay so for three samples."""
        ends = time.monotonic() + SEES_S
        while (wrong := self.wrong(self.sample(), must, may)) and time.monotonic() < ends:
            time.sleep(0.1)
        for _ in range(3):
            wrong = wrong or self.wrong(self.sample(), must, may)
        # A starved machine makes a stream late for real; it must be over at once.
        if wrong and not self.wrong(self.sample(), must, may):
            wrong = None
        if wrong:
            raise Violation(f"{what}: {wrong}: {self.sample()}")

    def disagrees(self, must):
        """What else the command line's exit statuses say; all at once, for who is dark is waited for."""
        with ThreadPoolExecutor() as pool:
            status = pool.submit(self.light.kopeck, "status",
                                 config=self.quick if None in must.values() else None)
            pings = {name: pool.submit(self.light.ping, name) for name in must or ("ledger",)}
        lights = {name: must.get(name, frozenset()) for name in pings}
        wanted = {"status": DARK if None in must.values() else RED if any(must.values()) else GREEN,
                  **{name: DARK if light is None else RED if light else GREEN
                     for name, light in lights.items()}}
        found = {"status": status.result().returncode,
                 **{name: ping.result().returncode for name, ping in pings.items()}}
        return None if found == wanted else f"expected {wanted}, found {found}"

    def agrees(self, must):
        """On a starved machine an answer comes too late; it must be over soon."""
        ends = time.monotonic() + SEES_S
        while (wrong := self.disagrees(must)) and time.monotonic() < ends:
            time.sleep(0.1)
        demand(not wrong, f"exit statuses of status and ping: {wrong}")

    def during(self, what, must, may=None, told=True):
        self.settle(must, may or {}, what)
        if told:
            self.agrees(must)

    def all_green(self, what):
        self.settle({}, {}, f"after {what}")
        self.agrees({})

    # --- mishaps: each ends with nothing wrong ---

    def kill(self):
        name = self.one()
        self.light.processes[name].kill()
        peers = {peer: OF_PEERS for peer in FOLLOWERS[name]}
        self.during(f"{name} is killed", {name: None}, peers)
        self.start(name)
        # It knows the time of its last commit only, until it is told.
        self.during(f"{name} is started again", {name: CLOCK},
                    {**peers, name: OF_PEERS})
        self.set(self.now)

    def freeze(self):
        name = self.one()
        self.light.processes[name].child.send_signal(signal.SIGSTOP)
        peers = {peer: frozenset(("BEHIND",)) for peer in FOLLOWERS[name]}
        self.during(f"{name} is frozen", {name: None, **peers},
                    {peer: OF_PEERS for peer in FOLLOWERS[name]})
        self.light.processes[name].child.send_signal(signal.SIGCONT)

    def full(self):
        directory = self.place.path("var", "ledger")
        fill(directory, 108)
        self.during("the ledger's disk is full", {"ledger": frozenset(("FULL",))})
        self.post(wait=False)  # and is refused until there is room
        empty(directory)

    def certificates(self):
        odd = self.place.path("keys/public", "odd.cert")
        odd.write_text("no certificate\n")
        self.during("a certificate is odd", {name: frozenset(("CERTIFICATES",)) for name in JOURNALS})
        odd.unlink()

    def directory(self):
        public = self.place.path("keys/public", "")
        away = public.with_name("away")
        self.sample()  # every door has its key
        public.rename(away)
        self.during("the certificates are gone",
                    {name: frozenset(("CERTIFICATES",)) for name in JOURNALS}, told=False)
        away.rename(public)

    def new_key(self):
        name = self.one(("metering", "ledger", "autopay"))
        self.light.processes[name].stop_whole()
        old = self.place.path("run", f"old-{time.monotonic_ns()}")
        old.mkdir(mode=0o700)
        shutil.move(self.place.path("keys/public", f"{name}.cert"), old)
        shutil.move(self.place.path("keys/secret", f"{name}.cert_secret"), old)
        made = self.light.kopeck("keys", "make", f"{name}:{name}",
                                 "--public", self.place.path("keys/public", ""),
                                 "--secret", self.place.path("keys/secret", ""))
        expect(f"keys: {made.stderr}", GREEN, made.returncode)
        self.forget_doors()
        self.start(name)
        self.set(self.now)

    def log(self):
        self.pipe.fill()
        reads, self.pipe.read = self.pipe.read, lambda: ""
        odd = self.place.path("keys/public", "odd.cert")
        odd.write_text("no certificate\n")  # which is a line of the log
        odd_one = frozenset(("CERTIFICATES",))
        self.during("nobody reads the log", {
            **{name: odd_one for name in JOURNALS}, "ledger": frozenset(("LOG", "CERTIFICATES"))})
        odd.unlink()
        self.during("nobody reads the log still", {"ledger": frozenset(("LOG",))})
        self.pipe.read = reads

    def hangup(self):
        for name in (*JOURNALS, "web"):
            self.light.processes[name].child.send_signal(signal.SIGHUP)

    # --- clocks that leap ---

    def goes_by(self, name, clock, wrapper=()):
        self.light.processes[name].stop_whole()
        self.light.configure(name, "process", f'clock = "{clock}"')
        self.start(name, wrapper=wrapper)

    def leap(self):
        """For a while a process goes by the wall, whose clock leaps. A driven one never goes back."""
        name, wall = self.one(), Wall(self.place, self.now)
        self.goes_by(name, "wall", wall.wrapper)
        self.settle({}, {}, f"{name} goes by the wall")
        # Not beyond the hour that is counted; and who posts is not to be from the future.
        kind = self.draw.choice(("true", "ahead", "behind"))
        seconds = -self.draw.randrange(120, 240) if kind == "behind" else self.draw.randrange(300, 900)
        if kind == "true" and wall.now() + seconds * SECOND_US > self.hour_ends - 5 * MINUTE_US:
            kind = "ahead"
        wall.leap(seconds)
        self.during(f"{name}'s clock leaps by {seconds} s", {name: CLOCK})
        self.light.logged(name, "CLOCK", begins=True)
        self.post()  # is taken all the same
        if kind != "true":
            wall.leap(-seconds)
            self.during(f"{name}'s clock is set right", {name: CLOCK}, told=False)
        self.believe(name, wall, kind)
        self.settle({}, {}, f"{name}'s clock is believed again")
        self.light.logged(name, "CLOCK", begins=False)
        self.goes_by(name, "driven")
        self.set(max(clock["now"] for clock in self.clocks().values()))
        self.never_back(name)

    def believe(self, name, wall, kind):
        """The platform's word is enough, but for who may have stamped what is not yet."""
        if name == "metering" and kind == "ahead":
            self.push([], wall.now())
            return
        told = self.light.kopeck("clock", "confirm", name, wrapper=wall.wrapper)
        expect(f"exit status of clock confirm: {told.stderr}", GREEN, told.returncode)

    def never_back(self, name):
        try:
            self.door(name).ask("clock.set", retry=False, now=self.now - MINUTE_US)
        except Failure as failure:
            expect("a driven clock that is set back", FAIL["CLOCK"], failure.number)
        else:
            raise Violation(f"{name} was set back")

    # --- journals that are not there ---

    def take_away(self, directory):
        """An empty directory, where a volume is to be mounted; what puts it back."""
        if os.environ.get("KOPECK_OWN_MOUNTS"):
            self.light.mount_small(directory, VOLUME_MIB)
            return lambda: self.light.unmount(directory)
        kept = directory.with_name("kept")
        directory.rename(kept)
        directory.mkdir(mode=0o700)
        return lambda: (shutil.rmtree(directory), kept.rename(directory))

    @contextlib.contextmanager
    def without_volume(self, name):
        """It does not start, and leaves nothing where its volume belongs."""
        process, directory = self.light.processes[name], self.place.path("var", name)
        self.draw.choice((process.stop_whole, process.kill))()
        put_back = self.take_away(directory)
        self.launch(name)
        demand(wait_until(lambda: not process.alive(), SEES_S), f"{name} starts without a journal")
        said = self.light.said(name)
        expect(f"exit status of {name} without a journal: {said}", NO_JOURNAL, process.status())
        demand("cannot start" in said and "there is no journal here" in said, f"{name} says {said}")
        demand(not any(directory.iterdir()), f"{name} left something where its volume belongs")
        self.during(f"{name}'s volume is not mounted", {name: None},
                    {peer: OF_PEERS for peer in FOLLOWERS[name]})
        yield
        put_back()
        self.start(name)
        self.set(self.now)

    def unmounted(self):
        with self.without_volume(self.one()):
            pass

    def emptied(self):
        """… and is taken for a first start: who followed it stops, over his own restarts too."""
        name = self.one()
        stopped = {peer: HISTORY for peer in FOLLOWERS[name]}
        with self.without_volume(name):
            self.make_journal(name)
            self.start(name)
            self.set(self.now)
            self.during(f"{name}'s journal is an empty one", stopped)
            for again in FOLLOWERS[name]:
                self.light.processes[again].kill()
                self.start(again)
            self.set(self.now)
            self.during("who follows it is started again beside it", stopped)
            for peer in stopped:
                self.light.logged(peer, "HISTORY", begins=True)
            self.light.processes[name].stop_whole()
        self.settle({}, {}, f"{name}'s own journal is back")
        for peer in stopped:
            self.light.logged(peer, "HISTORY", begins=False)

    # --- a second one ---

    def copied(self):
        """Its configuration with another journal, as somebody tries out a restore: he does not start."""
        name = self.one()
        process, journal = self.light.processes[name], self.place.path("var", f"{name}-copied")
        text, copy = self.light.config(name).read_text(), self.light.config(f"{name}-copied")
        ours, before = f'"{self.place.path("var", name)}"', len(self.light.said(name))
        copy.write_text(text.replace(ours, f'"{journal}"\n    create = 1'))
        try:
            done = subprocess.run([process.program, copy], stderr=subprocess.PIPE, text=True,
                                  timeout=SEES_S, check=False)
        except subprocess.TimeoutExpired as lives:
            raise Violation(f"the second {name} does not end: {lives.stderr}") from lives
        expect(f"exit status of the second {name}: {done.stderr}", ANOTHERS, done.returncode)
        demand("cannot start" in done.stderr and "another process has" in done.stderr, done.stderr)
        demand(not journal.exists(), f"the second {name} has made a journal")
        demand(process.is_ready(), f"the ready file of {name} is gone")
        self.settle({}, {}, f"there was a second {name}")
        self.agrees({name: frozenset()})
        said = self.light.said(name)[before:]
        demand(not re.search("alarm=(DOOR|HISTORY)", said), f"{name} says {said}")

    MISHAPS = {"kill": kill, "freeze": freeze, "full": full, "certificates": certificates,
               "directory": directory, "new_key": new_key, "log": log, "hangup": hangup,
               "leap": leap, "unmounted": unmounted, "emptied": emptied, "copied": copied}
    DAY = ("kill", "freeze", "full", "certificates", "directory", "new_key", "log", "hangup", "leap",
           "unmounted", "emptied", "copied")

    # --- what goes on all the while ---

    def clocks(self):
        return {name: self.ask(name, "clock") for name in JOURNALS}

    def idle(self):
        """The least wake, once nothing is left to do anywhere."""
        ends = time.monotonic() + IDLE_S
        while time.monotonic() < ends:
            clocks = self.clocks()
            if all(clock["busy"] == 0 for clock in clocks.values()):
                last = {wire.STREAMS[name]: clock["last"] for name, clock in clocks.items()}
                settled = all(last.get(stream, sequence) == sequence for clock in clocks.values()
                              for stream, sequence in wire.unpack_only(clock["cursors"]))
                again = self.clocks()
                if settled and all(again[n]["activity"] == clocks[n]["activity"] for n in clocks):
                    return min(clock["wake"] for clock in clocks.values())
            time.sleep(0.01)
        raise Violation(f"not idle after {IDLE_S} s: {clocks}")

    def set(self, now):
        self.now = now
        for name in JOURNALS:
            expect("the time", now, self.ask(name, "clock.set", now=now)["now"])

    def push(self, items, through):
        if not self.feed:
            self.feed = self.light.processes["metering"].feed(PLATFORM, "platform")
        answer = self.feed.batch(self.sent + 1, items, through, deadline_s=30.0)
        expect("a batch", (0, self.sent + len(items)), (answer.fail, answer.acknowledged))
        self.sent = answer.acknowledged

    def post(self, wait=True):
        """Each command under its own id, sent again until it is acknowledged."""
        payer, amount = self.draw.choice(self.payers), self.draw.randrange(1, 100_000)
        self.open_posts.append((wire.uuid7(self.now // 1000), payer, amount))
        while wait and self.open_posts:
            command, payer, amount = self.open_posts[0]
            fields = dict(debit=BANK, credit=payer, amount=amount, kind=CORRECTION, opens=True)
            for _ in range(self.draw.choice((1, 1, 2))):  # one that is sent twice counts once
                self.ask("ledger", "post", command, **fields)
            self.posted[payer] += amount
            self.open_posts.pop(0)

    def make_journal(self, name):
        """As operators do: no start makes one."""
        config = self.light.config(name)
        config.write_text(config.read_text().replace("    create = 1\n", ""))
        made = self.light.kopeck("init", config)
        expect(f"exit status of init: {made.stderr}", GREEN, made.returncode)

    def begin(self):
        if os.environ.get("KOPECK_OWN_MOUNTS"):
            self.light.mount_small(self.place.path("var", "ledger"), 128)
        for name in JOURNALS:
            self.make_journal(name)
        self.start("sim", *JOURNALS, "web")
        self.set(BEGIN_US)
        self.all_green("the start")
        self.push([wire.event_write("replica.started", BEGIN_US, {
            "resource": self.resource, "replica": wire.uid_random(), "account": self.account,
            "tariff": "nachalny", "kind": 1}) for _ in range(REPLICAS)], BEGIN_US)

    def hour(self, mishaps):
        self.hour_ends += HOUR_US
        for _ in range(POSTS):
            self.post()
        for name in mishaps:
            self.MISHAPS[name](self)
            self.mishaps += 1
            self.all_green(name)
            self.post()
        while self.now < (end := self.hour_ends):
            wake = self.idle()
            self.set(min(end, wake) if self.now < wake != NEVER else end)
        self.push([], self.now)
        self.idle()

    def end(self, hours):
        self.set(self.now + 10 * MINUTE_US)
        self.push([], self.now)
        while (wake := self.idle()) <= self.now + HOUR_US // 6 and wake > self.now:
            self.set(wake)
        minutes = 60 * hours
        used = floor_kopecks({"nachalny": REPLICAS * minutes})
        expect("what the usage cost", -used,
               self.ask("ledger", "balance", account=self.account)["cash"])
        for payer, amount in self.posted.items():
            if amount:
                expect("what was posted", amount,
                       self.ask("ledger", "balance", account=payer)["cash"])
        self.all_green("all")
        verified = self.light.kopeck("verify")
        expect(f"kopeck verify: {verified.stdout[-1000:]}{verified.stderr}", GREEN,
               verified.returncode)


def plan(draw, hours, only):
    """[the mishaps of each hour]"""
    deck = [only] * 3 if only else list(Day.DAY) * max(1, round(hours / 24))
    if not os.environ.get("KOPECK_OWN_MOUNTS"):
        deck = [name for name in deck if name != "full"]
    days = [[] for _ in range(hours)]
    for name in deck:
        draw.choice(days).append(name)
    return days


def run(args, seed, counts):
    draw = random.Random(seed)
    place = Place(args.bin, fleet_options=("--clock", "driven", "--start", str(BEGIN_US)))
    day = Day(place, draw, [words.split("=") for words in args.program], args.at)
    try:
        day.begin()
        for mishaps in plan(draw, args.hours, args.only):
            day.hour(mishaps)
        day.end(args.hours)
    finally:
        counts["samples"] += day.samples
        counts["mishaps"] += day.mishaps
        day.close()
        place.close()
    counts["hours"] += args.hours
    counts["postings"] += sum(1 for amount in day.posted.values() if amount)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bin")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--only", choices=sorted(Day.MISHAPS))
    parser.add_argument("--at", choices=JOURNALS)
    parser.add_argument("--program", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    own_mounts()
    clean_up_when_told()
    counts = {"violations": 0, "hours": 0, "mishaps": 0, "samples": 0, "postings": 0}
    seed, ends = args.seed, time.monotonic() + args.seconds
    while True:
        try:
            run(args, seed, counts)
        except Violation as violation:
            counts["violations"] += 1
            print(f"VIOLATION seed {seed}: {violation}", flush=True)
        seed += 1
        if time.monotonic() >= ends or counts["violations"]:
            break
    if args.json:
        print(json.dumps({"part": "soak", "seed": args.seed, **counts}))
    else:
        print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
