#!/usr/bin/python3
"""The whole system under load while its network fails: every process in a namespace of its own.

    partitions.py --bin DIR [--seconds S | --minutes M] [--seed N] [--json] [--keep]

  --bin DIR     where kopeck-fleet, link_emulator and the programs beside them are
  --seconds S   how long the network fails (40), calm not included
  --minutes M   the same in minutes
  --seed N      of the failures, the load and Robokassa's faults (1)
  --json        a line of JSON at the end
  --keep        do not remove the run's directory

metering, ledger, payment, autopay, web, Robokassa's stand-in, a platform with its outbox and the
clients speak CURVE over TCP through link_emulator, which loses, delays, reorders and doubles their
packets, cuts single directions between two of them or around one, and takes devices down and up.
The load is that of kills.py. Then the network is whole and calm; check_history.py judges, and
`kopeck verify`. The namespaces end with the processes in them, however this ends.

Exit status: 0 nothing found, 1 something found, 64 usage, 77 cannot run here (needs root).
"""
import argparse
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import calm
import evidence
from load import Load
from network import CANNOT_RUN, CannotRun, Network, enter

SERVICES = ["metering", "ledger", "payment", "autopay", "web"]
NODES = [*SERVICES, "sim", "platform", "clients"]
PAUSE_S, CUT_S, DOWN_S = 0.5, 4.0, 3.0
# A history is read into memory: a longer run is some runs one after the other.
PART_S = 600


class Storm:
    """What the network does to those on it, from a seed."""

    def __init__(self, network, seed):
        self.network, self.random, self.ends = network, random.Random(f"{seed} storm"), []
        self.counts = Counter()

    def step(self):
        """One failure more, and those end whose time has come."""
        now, rng = time.monotonic(), self.random
        for words in [words for ends, words in self.ends if ends <= now]:
            self.network.tell(*words)
        self.ends = [(ends, words) for ends, words in self.ends if ends > now]
        draw = rng.random()
        if draw < 0.35:
            self._weather(rng)
        elif draw < 0.65:
            one, other = rng.sample(NODES, 2)
            self._for_a_while("cuts", CUT_S, ("cut", one, other), ("heal", one, other))
        elif draw < 0.8:
            pair = [rng.choice(NODES), "*"]
            rng.shuffle(pair)
            self._for_a_while("islands", CUT_S, ("cut", *pair), ("heal", *pair))
        elif draw < 0.9:
            name = rng.choice(NODES)
            self._for_a_while("downs", DOWN_S, ("down", name), ("up", name))

    def _weather(self, rng):
        one, other = rng.choice([*NODES, "*"]), rng.choice([*NODES, "*"])
        self.network.tell("link", one, other, rng.choice([0, 0, 5, 20, 80]),
                          rng.choice([0, 1, 10, 60]), rng.choice([0, 0, 10_000, 50_000, 200_000]),
                          rng.choice([0, 0, 10_000, 100_000]))
        self.counts["weathers"] += 1

    def _for_a_while(self, what, longest_s, begin, end):
        self.network.tell(*begin)
        self.ends.append((time.monotonic() + self.random.uniform(0.2, longest_s), end))
        self.counts[what] += 1

    def pass_by(self):
        self.network.tell("heal", "*", "*")
        self.network.tell("up", "*")
        self.ends.clear()
        return self.network.tell("link", "*", "*", 0, 0, 0, 0)


class Fire:
    def __init__(self, options, seed, directory):
        self.options, self.seed, self.directory = options, seed, directory
        self.fleet_directory = directory / "fleet"
        self.log = open(directory / "log", "w")
        self.network = Network(options.bin / "link_emulator", seed, NODES)
        self.processes, self.commands, self.restarts = {}, {}, 0
        self.storm, self.load = Storm(self.network, seed), None

    # --- up and down ---

    def start(self):
        self._configure()
        for name, command in self.commands.items():
            self._start(name, command)
        enter(self.network.spaces["clients"])  # and every thread that is made from now on
        self.load = Load(self.fleet_directory, self.directory / "history", self.seed)
        self.load.prepare()
        self.load.start()

    def _configure(self):
        """Keys, passwords and configuration are kopeck-fleet's, with our addresses for its."""
        listing = self.directory / "places"
        lines = [word for line in [*calm.SIM_LINES, f"seed = {self.seed}", "admin_anywhere = yes"]
                 for word in ("--sim", line)]
        fleet = calm.spawn([self.options.bin / "kopeck-fleet", "up", "--tcp", "--dir",
                            self.fleet_directory, "--outbox", calm.OUTBOX_PRODUCER, *lines],
                           self.log, stdout=open(listing, "w"))
        calm.wait_for("the fleet's configuration", lambda: re.search(
            "^sim ", listing.read_text(), re.MULTILINE) or fleet.poll() is not None, calm.READY_S)
        calm.end(fleet)
        calm.platform_configure(self.fleet_directory, self.seed)
        owners, owner = {}, None
        for line in listing.read_text().splitlines():
            owner = owner if line[0] == " " else line.split()[0]
            owners[line.rsplit(":", 1)[1]] = owner
        for endpoint in calm.outbox_doors(self.fleet_directory):
            owners[endpoint.rsplit(":", 1)[1]] = "platform"
        for path in (self.fleet_directory / "etc").iterdir():
            path.write_text(re.sub(r"127\.0\.0\.1:(\d+)", lambda found: (
                f"{self.network.addresses[owners[found.group(1)]]}:{found.group(1)}"),
                path.read_text()))
        etc, run = self.fleet_directory / "etc", self.fleet_directory / "run"
        for name in SERVICES:
            self.commands[name] = [f"kopeck-{name}", etc / f"{name}.cfg"]
        self.commands["sim"] = ["robokassa-sim", "--config", etc / "sim.cfg", "--port-file",
                                run / "sim.ready"]
        self.commands["platform"] = ["platform-sim", "--config", etc / "platform.cfg"]

    def _start(self, name, command):
        self.processes[name] = calm.spawn([self.options.bin / command[0], *command[1:]], self.log,
                                          prepare=self.network.prepare(name))

    def tend(self):
        """Whoever has ended is started again; libzmq may end a process, a network may not."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                self.restarts += 1
                self._start(name, self.commands[name])

    def stop(self):
        for process in self.processes.values():
            calm.end(process)
        self.network.close()
        self.log.close()

    # --- the fire and the end of it ---

    def burn(self, ends):
        began = time.monotonic()
        while time.monotonic() < ends:
            self.storm.step()
            self.tend()
            time.sleep(self.storm.random.uniform(0, 2 * PAUSE_S))
            calm.say(f"{time.monotonic() - began:.0f} of {ends - began:.0f} s, "
                     f"{sum(self.storm.counts.values())} failures, "
                     f"{self.load.payments} pages paid")

    def settle(self):
        """The network is whole, then the load ends; what is under way comes to rest. The outbox's
        records, and the packets that were carried."""
        packets = self.storm.pass_by()
        places = evidence.places_read(self.fleet_directory)
        calm.faults_end(places["robokassa_sim"]["url"])
        self.load.stop()
        records = evidence.read_outbox(self.load.context, self.fleet_directory,
                                       calm.outbox_doors(self.fleet_directory)[1])
        rest = calm.Calm(self.load.context, self.fleet_directory)
        try:
            rest.wait_for_outbox(evidence.count(records))
            calm.end(self.processes.pop("platform"))
            rest.no_more_autopay()
            rest.wait()
        finally:
            rest.close()
        return records, packets

    def run(self, ends):
        """(violations, what was counted)"""
        self.start()
        self.burn(ends)
        records, packets = self.settle()
        violations, counted = calm.judge(self.load, self.fleet_directory, records)
        if self.restarts:
            print(f"ENDED: {self.restarts} processes ended by themselves; see {self.log.name}")
        violations += bool(self.restarts)
        violations += not calm.verify(self.options.bin, self.fleet_directory)
        return violations, counted | packets | dict(self.storm.counts)


def options_read(arguments):
    parser = argparse.ArgumentParser(add_help=False)
    parser.error = lambda message: (print(f"partitions: {message}; see --help", file=sys.stderr),
                                    sys.exit(64))
    parser.add_argument("--help", action="store_true")
    parser.add_argument("--bin", type=lambda path: Path(path).resolve())
    for name, value in (("--seconds", 40), ("--minutes", 0), ("--seed", 1)):
        parser.add_argument(name, type=int, default=value)
    for name in ("--json", "--keep"):
        parser.add_argument(name, action="store_true")
    options = parser.parse_args(arguments)
    if options.help:
        print(__doc__)
        sys.exit(0)
    if not options.bin or min(options.seconds, options.minutes, options.seed) < 0:
        parser.error("--bin DIR is needed, and numbers that are no less than 0")
    options.seconds = options.minutes * 60 or options.seconds
    return options


def burn_once(options, seed, seconds):
    """One system's life. (violations, what was counted)"""
    directory, good, fire = Path(tempfile.mkdtemp(prefix="kopeck-partitions-")), False, None
    try:
        fire = Fire(options, seed, directory)
        violations, counted = fire.run(time.monotonic() + seconds)
        good = violations == 0
        return violations, counted
    except calm.Trouble as trouble:
        print(f"TROUBLE: {trouble}")
        return 1, {}
    finally:
        if fire:
            fire.stop()
        if (good or fire is None) and not options.keep:
            shutil.rmtree(directory)
        else:
            print(f"kept: {directory}")


def main(arguments):
    options = options_read(arguments)
    began, left, seed = time.monotonic(), options.seconds, options.seed
    violations, counted = 0, Counter()
    try:
        while left > 0 and not violations:
            part = min(left, PART_S)
            violations, more = burn_once(options, seed, part)
            counted.update(more)
            left, seed = left - part, seed + 1
    except CannotRun as why:
        print(f"skipped: {why}")
        return CANNOT_RUN
    calm.say("")
    if violations:
        print(f"again: {sys.argv[0]} --bin {options.bin} --seed {seed - 1} --seconds {part}")
    seconds = round(time.monotonic() - began, 1)
    print(f"{seconds} s: " + ", ".join(f"{name} {count}" for name, count in sorted(
        counted.items())))
    if options.json:
        print(json.dumps({"part": "partitions", "seed": options.seed, "seconds": seconds,
                          "violations": violations, **counted}))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
