"""What the journeys share: the endpoints and keys of a fleet, its doors, and how steps are told."""
import os
import time
from pathlib import Path

import zmq

import kopeck_wire as wire
from examples import Differs, equal
from kopeck_audit import CARRY_UNITS, UNITS_PER_MINUTE_AND_KOPECK, Wrong
from kopeck_client import (BEGINNING, AnotherHistory, Door, Feed, Follower, Unanswered,
                           certificate_read)
from kopeck_wire import FAIL, STREAMS, Failure

MINUTE_US = 60_000_000
PLATFORM = 100
PRICES = {"nachalny": 29_000, "ultra": 430_000}


def refused(what, failure, function, *arguments, **named):
    """The call must be answered with that failure."""
    try:
        found = function(*arguments, **named)
    except Failure as error:
        found = error.name
    equal(what, f"FAIL_{failure}", found)


def floor_kopecks(minutes_by_tariff):
    units = sum(PRICES[tariff] * minutes for tariff, minutes in minutes_by_tariff.items())
    return units * UNITS_PER_MINUTE_AND_KOPECK // CARRY_UNITS


class Traveller:
    """What every journey has; `STEPS` are its own."""

    STEPS = ()

    def __init__(self, directory, endpoints):
        self.directory = Path(directory)
        self.endpoints = {}
        for line in Path(endpoints).read_text().splitlines():
            words = line.split()
            if len(words) == 3:
                process = words.pop(0)
            if len(words) == 2 and words[0] in ("command", "replay", "publish", "feed"):
                self.endpoints[process, words[0]] = words[1]
        self.context = zmq.Context()
        self.doors = {}

    def keys(self, name):
        return certificate_read(self.directory / "keys/secret" / f"{name}.cert_secret")

    def server(self, process):
        return certificate_read(self.directory / "keys/public" / f"{process}.cert").public

    def door(self, process, door="command", name="operator"):
        key = process, door, name
        if key not in self.doors:
            self.doors[key] = Door(self.context, self.endpoints[process, door], self.keys(name),
                                   self.server(process))
        return self.doors[key]

    def feed(self, process, producer, name, epoch=1):
        return Feed(self.context, self.endpoints[process, "feed"], self.keys(name),
                    self.server(process), producer, epoch)

    def follower(self, take, cursor=BEGINNING, **options):
        return Follower(self.context, self.endpoints["ledger", "publish"],
                        self.endpoints["ledger", "replay"], self.keys("auditor"),
                        self.server("ledger"), STREAMS["ledger"], take, cursor, **options)

    def status(self, process):
        return self.door(process).ask("status").fields

    def post(self, debit, credit, amount, kind, command_id=None, opens=True, name="operator"):
        return self.door("ledger", name=name).ask(
            "post", command_id or wire.uuid7(), debit=debit, credit=credit, amount=amount, kind=kind,
            opens=opens)

    def balance(self, account, name="service", **named):
        return self.door("ledger", name=name).ask("balance", account=account, **named).fields

    def wait_cash(self, account, cash, deadline_s=10):
        ends, found = time.monotonic() + deadline_s, None
        while time.monotonic() < ends and found != cash:
            try:
                found = self.balance(account)["cash"]
            except Failure as failure:
                if failure.number != FAIL["UNKNOWN_ACCOUNT"]:
                    raise
                found = failure.name
            time.sleep(0.01)
        equal("cash", cash, found)

    def pid(self, process):
        wanted = [f"kopeck-{process}", str(self.directory / "etc" / f"{process}.cfg")]
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                argv = (entry / "cmdline").read_text(errors="replace").split("\0")
            except OSError:
                continue
            if [os.path.basename(argv[0]), *argv[1:2]] == wanted:
                return int(entry.name)
        raise Differs(f"no {wanted[0]} of {self.directory} runs")

    def run(self):
        for number, step in enumerate(self.STEPS, 1):
            began = time.monotonic()
            name = step.__name__[len("step_"):]
            try:
                said = step(self)
            except (Differs, Wrong, Failure, wire.Malformed, Unanswered, AnotherHistory) as error:
                print(f"{number:2} {name}: FAILED: {type(error).__name__}: {error}", flush=True)
                return 1
            print(f"{number:2} {name}: {said} ({time.monotonic() - began:.2f} s)", flush=True)
        return 0
