"""A run of fire: a whole system under load is made to burn, comes to rest, is judged and removed;
one such life after the other until there were enough, each from a seed of its own.
"""
import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import calm
import evidence
from load import Load
from network import CANNOT_RUN, CannotRun


class Fire:
    """One life. A kind of fire says how its system is started, burns, ends burning and is stopped,
    and how much of it a life can bear: a life's history is read into memory."""

    NAME, PART_MAX = "", 0
    # A run of some length that never came there shows nothing.
    NEEDED, TELLING = ["decisions", "limits_reached", "lines", "lives", "revocations"], 0

    def __init__(self, options, seed, directory):
        self.options, self.seed, self.directory = options, seed, directory
        self.bin, self.fleet_directory = options.bin, directory / "fleet"
        self.log = open(directory / "log", "w")
        self.counted, self.load, self.platform = Counter(), None, None
        self.ended = []  # processes that ended by themselves

    def start_load(self):
        self.load = Load(self.fleet_directory, self.directory / "history", self.seed)
        self.load.prepare()
        self.load.start()

    def spawn_fleet(self, *options):
        """kopeck-fleet, and the file that it says its places in."""
        places = self.directory / "places"
        fleet = calm.spawn([self.bin / "kopeck-fleet", "up", "--importers", "--dir",
                            self.fleet_directory, "--outbox", calm.OUTBOX_PRODUCER, *options,
                            *(word for line in [*calm.SIM_LINES, f"seed = {self.seed}"]
                              for word in ("--sim", line))], self.log, stdout=open(places, "w"))

        def is_up():
            if fleet.poll() is not None:
                raise calm.Trouble(f"kopeck-fleet ended; see {self.log.name}")
            return any(line.startswith("sim ") for line in places.read_text().splitlines())

        calm.wait_for("the fleet", is_up, calm.READY_S)
        return fleet, places

    def settle(self):
        """Faults end, then the load; what is under way comes to rest. The outbox's records."""
        self.end_burning()
        calm.faults_end(evidence.places_read(self.fleet_directory)["robokassa_sim"]["url"])
        self.load.stop()
        records = evidence.read_outbox(self.load.context, self.fleet_directory,
                                       calm.outbox_doors(self.fleet_directory)[1])
        rest = calm.Calm(self.load.context, self.fleet_directory)
        try:
            rest.wait_for_outbox(evidence.count(records), self.options.calm)
            self.stop_platform()
            rest.no_more_autopay()
            rest.wait(self.options.calm)
        finally:
            rest.close()
        return records

    def run(self, part, ends):
        """(how much of the part was done, violations)"""
        self.start()
        done = self.burn(part, ends)
        trouble, records = None, b""
        try:
            records = self.settle()
        except calm.TROUBLES as no_rest:  # what is wrong already may say why
            print(f"TROUBLE: {no_rest!r}")
            trouble = no_rest
        violations, counted = calm.judge(self.load, self.fleet_directory, records,
                                         settled=trouble is None)
        self.counted.update(counted)
        violations += trouble is not None
        violations += not calm.verify(self.bin, self.fleet_directory)
        self.stop()
        violations += not calm.verify(self.bin, self.fleet_directory, "--offline")
        logs = [*(self.fleet_directory / "log").glob("*.log"), self.directory / "log"]
        complaints = calm.complaints(logs)
        for line in complaints[:calm.VIOLATIONS_SAID]:
            print(f"LOG: {line}")
        for name in self.ended:
            print(f"ENDED: {name} by itself")
        violations += len(complaints) + len(self.ended)
        return done, violations


def live(kind, options, seed, part, ends):
    """(how much was done, violations, what was counted) of one life."""
    directory = Path(tempfile.mkdtemp(prefix=f"kopeck-{kind.NAME}-"))
    keep, fire = True, None
    try:
        fire = kind(options, seed, directory)
        done, violations = fire.run(part, ends)
        keep = violations > 0 or options.keep
        return done, violations, fire.counted
    except calm.TROUBLES as trouble:
        print(f"TROUBLE: {trouble!r}")
        return part, 1, fire.counted if fire else Counter()
    except (CannotRun, KeyboardInterrupt, SystemExit):
        keep = options.keep
        raise
    finally:
        if fire:
            fire.stop()
        if keep:
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory)


def options_read(kind, doc, numbers, arguments):
    """`numbers`: (option, default), the first of them says how long the run is."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.error = lambda message: (print(f"{kind.NAME}: {message}; see --help", file=sys.stderr),
                                    sys.exit(64))
    for name in ("--help", "--json", "--keep"):
        parser.add_argument(name, action="store_true")
    for name in ("--bin", "--instead"):
        parser.add_argument(name, type=lambda path: Path(path).resolve())
    for name, value in (*numbers, ("--seed", 1), ("--calm", calm.CALM_S)):
        parser.add_argument(name, type=int, default=value)
    options = parser.parse_args(arguments)
    if options.help:
        print(doc)
        sys.exit(0)
    if not options.bin or min(value for value in vars(options).values()
                              if isinstance(value, int)) < 0:
        parser.error("--bin DIR is needed, and numbers that are no less than 0")
    return options


def main(kind, options, total, again):
    """Lives until they come to `total`, or one is found wrong. `again`: the option of a part."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began, done, violations, seed = time.monotonic(), 0, 0, options.seed
    ends = began + options.seconds if again != "--seconds" and options.seconds else float("inf")
    counted = Counter()
    try:
        while done < total and time.monotonic() < ends and not violations:
            part = min(total - done, kind.PART_MAX)
            did, violations, more = live(kind, options, seed, part, ends)
            done, seed = done + did, seed + 1
            counted.update(more)
    except CannotRun as why:
        print(f"skipped: {why}")
        return CANNOT_RUN
    calm.say("")
    missed = [what for what in kind.NEEDED if not counted[what]]
    if missed and done >= kind.TELLING and not violations:
        print(f"NOT REACHED: {', '.join(missed)}")
        violations += 1
    if violations:
        print(f"again: {sys.argv[0]} --bin {options.bin} --seed {seed - 1} {again} {part}")
    seconds = round(time.monotonic() - began, 1)
    print(f"{seconds} s, {violations} violations: "
          + ", ".join(f"{count} {name}" for name, count in sorted(counted.items())))
    if options.json:
        print(json.dumps({"part": kind.NAME, "seed": options.seed, "seconds": seconds,
                          "violations": violations, **counted}))
    return 1 if violations else 0
