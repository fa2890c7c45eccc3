#!/usr/bin/python3
"""The whole system under load while its processes are killed.

    kills.py --bin DIR [--rounds N] [--seconds S] [--seed N] [--json] [--keep]

  --bin DIR     where kopeck-fleet and the programs beside it are
  --rounds N    so many times somebody is killed (200)
  --seconds S   no longer than that, calm not included (0: as long as the rounds take)
  --seed N      of the victims, the moments, the load and Robokassa's faults (1)
  --json        a line of JSON at the end
  --keep        do not remove the run's directory
  --instead PROGRAM  run this one instead of that of its name in --bin
  --calm S      how long things may take to come to rest (120)

Customers top up, allow autopay and revoke; a platform's outbox is followed and another platform
pushes usage; an operator posts one by one and in bulk; readers and followers look on. Meanwhile
metering, ledger, payment, autopay, web, Robokassa's stand-in and the platform get SIGKILL at
random, sometimes two at once and sometimes before they are up again, and Robokassa loses answers,
repeats and delays its notices. Then calm; check_history.py judges, and `kopeck verify`.

Exit status: 0 nothing found, 1 something found, 64 usage, 77 cannot run here.
"""
import argparse
import json
import os
import random
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

FLEET_PROGRAMS = ["kopeck-metering", "kopeck-ledger", "kopeck-payment", "kopeck-autopay",
                  "kopeck-web", "robokassa-sim"]
PLATFORM = "platform-sim"
ROUND_S = 0.4  # on average
TWO_AT_ONCE, BREATHER_EVERY = 0.2, 10
# A history is read into memory: a longer run is some runs one after the other.
ROUNDS_MAX = 1000
# A run of some length that never came there shows nothing.
ROUNDS_TELLING = 150
NEEDED = ["boots", "limits_reached", "unknown_payments", "declined_payments", "revocations",
          "decisions", "lines", "lives"]


class Fire:
    def __init__(self, options, seed, directory):
        self.options, self.seed, self.directory = options, seed, directory
        self.fleet_directory = directory / "fleet"
        self.random = random.Random(f"{seed} kills")
        self.kills, self.began = Counter(), time.monotonic()
        self.log = open(directory / "log", "w")
        self.fleet = self.platform = self.load = None
        self.bin = self._binaries()

    def _binaries(self):
        """The directory of the programs; kopeck-fleet starts those that lie beside it."""
        if not self.options.instead:
            return self.options.bin
        directory = self.directory / "bin"
        directory.mkdir()
        for name in [*FLEET_PROGRAMS, PLATFORM, "kopeck"]:
            (directory / name).symlink_to(self.options.instead if name == self.options.instead.name
                                          else self.options.bin / name)
        shutil.copy2(self.options.bin / "kopeck-fleet", directory)
        return directory

    # --- up and down ---

    def start(self):
        places = open(self.directory / "places", "w")
        lines = [word for line in calm.SIM_LINES + [f"seed = {self.seed}"]
                 for word in ("--sim", line)]
        self.fleet = calm.spawn([self.bin / "kopeck-fleet", "up", "--dir",
                                 self.fleet_directory, "--outbox", calm.OUTBOX_PRODUCER, *lines],
                                self.log, stdout=places)
        calm.wait_for("the fleet", self._is_up, calm.READY_S)
        self.platform_config = calm.platform_configure(self.fleet_directory, self.seed)
        self._start_platform()
        self.load = Load(self.fleet_directory, self.directory / "history", self.seed)
        self.load.prepare()
        self.load.start()

    def _is_up(self):
        if self.fleet.poll() is not None:
            raise calm.Trouble(f"kopeck-fleet ended; see {self.log.name}")
        return any(line.startswith("sim ")
                   for line in (self.directory / "places").read_text().splitlines())

    def _start_platform(self):
        self.platform = calm.spawn([self.bin / PLATFORM, "--config", self.platform_config],
                                   self.log)

    def stop(self):
        """Whatever runs ends, and has ended when this returns."""
        for process in filter(None, (self.platform, self.fleet)):
            calm.end(process)
        self.log.close()

    # --- the fire ---

    def burn(self, rounds, ends):
        for at in range(1, rounds + 1):
            if time.monotonic() > ends:
                return at - 1
            count = 2 if self.random.random() < TWO_AT_ONCE else 1
            for name in self.random.sample(FLEET_PROGRAMS + [PLATFORM], count):
                self._kill(name)
            time.sleep(self.random.uniform(0.0, 2 * ROUND_S))
            if self.platform.poll() is not None:
                self._start_platform()
            if at % BREATHER_EVERY == 0:
                self._breathe()
            calm.say(f"round {at} of {rounds}, {sum(self.kills.values())} killed, "
                     f"{self.load.payments} pages paid")
        return rounds

    def _kill(self, name):
        pid = (self.platform.pid if name == PLATFORM
               else calm.children(self.fleet.pid).get(name))
        if pid is None or (name == PLATFORM and self.platform.poll() is not None):
            return  # down already
        try:
            os.kill(pid, signal.SIGKILL)
            self.kills[name] += 1
        except ProcessLookupError:
            pass

    def _breathe(self):
        """Everybody comes up, or something is wrong."""
        run = self.fleet_directory / "run"
        names = [name.removeprefix("kopeck-").removeprefix("robokassa-")
                 for name in FLEET_PROGRAMS]
        calm.wait_for("everybody is ready again",
                      lambda: all((run / f"{name}.ready").exists() for name in names),
                      calm.READY_S)

    # --- the end of it ---

    def settle(self):
        """Faults end, then the load; what is under way comes to rest. The outbox's records."""
        self._breathe()
        calm.faults_end(evidence.places_read(self.fleet_directory)["robokassa_sim"]["url"])
        self.load.stop()
        records = evidence.read_outbox(self.load.context, self.fleet_directory,
                                       calm.outbox_doors(self.fleet_directory)[1])
        rest = calm.Calm(self.load.context, self.fleet_directory)
        try:
            rest.wait_for_outbox(evidence.count(records), self.options.calm)
            calm.end(self.platform)
            rest.no_more_autopay()
            rest.wait(self.options.calm)
        finally:
            rest.close()
        return records

    def run(self, rounds, ends):
        """(rounds, violations, what the checker counted)"""
        self.start()
        rounds = self.burn(rounds, ends)
        trouble, records = None, b""
        try:
            records = self.settle()
        except calm.Trouble as no_rest:  # what is wrong already may say why
            print(f"TROUBLE: {no_rest}")
            trouble = no_rest
        violations, counted = calm.judge(self.load, self.fleet_directory, records,
                                         settled=trouble is None)
        violations += trouble is not None
        violations += not calm.verify(self.bin, self.fleet_directory)
        self.stop()
        violations += not calm.verify(self.bin, self.fleet_directory, "--offline")
        return rounds, violations, counted


def options_read(arguments):
    parser = argparse.ArgumentParser(add_help=False)
    parser.error = lambda message: (print(f"kills: {message}; see --help", file=sys.stderr),
                                    sys.exit(64))
    parser.add_argument("--help", action="store_true")
    for name in ("--bin", "--instead"):
        parser.add_argument(name, type=lambda path: Path(path).resolve())
    for name, value in (("--rounds", 200), ("--seconds", 0), ("--seed", 1), ("--calm", 120)):
        parser.add_argument(name, type=int, default=value)
    for name in ("--json", "--keep"):
        parser.add_argument(name, action="store_true")
    options = parser.parse_args(arguments)
    if options.help:
        print(__doc__)
        sys.exit(0)
    if not options.bin or min(options.rounds, options.seconds + 1, options.seed + 1) < 1:
        parser.error("--bin DIR is needed, and numbers that are no less than 0")
    return options


def burn_once(options, seed, rounds, ends):
    """One system's life. (rounds, violations, counters)"""
    directory = Path(tempfile.mkdtemp(prefix="kopeck-kills-"))
    fire, good = Fire(options, seed, directory), False
    try:
        rounds, violations, counted = fire.run(rounds, ends)
        good = violations == 0
        return rounds, violations, counted, fire.kills
    except calm.Trouble as trouble:
        print(f"TROUBLE: {trouble}")
        return rounds, 1, {}, fire.kills
    finally:
        fire.stop()
        if good and not options.keep:
            shutil.rmtree(directory)
        else:
            print(f"kept: {directory}")


def main(arguments):
    options = options_read(arguments)
    began, done, violations, seed = time.monotonic(), 0, 0, options.seed
    ends = began + options.seconds if options.seconds else float("inf")
    counted, kills = Counter(), Counter()
    while done < options.rounds and time.monotonic() < ends and not violations:
        rounds, violations, more, killed = burn_once(
            options, seed, min(options.rounds - done, ROUNDS_MAX), ends)
        done, seed = done + rounds, seed + 1
        counted.update(more)
        kills.update(killed)
    calm.say("")
    missed = [what for what in NEEDED if not counted[what]]
    if missed and done >= ROUNDS_TELLING and not violations:
        print(f"NOT REACHED: {', '.join(missed)}")
        violations += 1
    if violations:
        print(f"again: {sys.argv[0]} --bin {options.bin} --seed {seed - 1} --rounds {rounds}")
    seconds = round(time.monotonic() - began, 1)
    print(f"{done} rounds, {sum(kills.values())} kills in {seconds} s: "
          + ", ".join(f"{name} {count}" for name, count in sorted(kills.items())))
    if options.json:
        print(json.dumps({"part": "kills", "seed": options.seed, "seconds": seconds,
                          "violations": violations, "rounds": done, "kills": sum(kills.values()),
                          **counted}))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
