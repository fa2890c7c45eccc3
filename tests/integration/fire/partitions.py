#!/usr/bin/python3
"""The whole system under load while its network fails: every process in a namespace of its own.

    partitions.py --bin DIR [--seconds S | --minutes M] [--seed N] [--json] [--keep] [--calm S]

  --bin DIR     where kopeck-fleet, link_emulator and the programs beside them are
  --seconds S   how long the network fails (40), calm not included
  --minutes M   the same in minutes
  --seed N      of the failures, the load and Robokassa's faults (1)
  --json        a line of JSON at the end
  --keep        do not remove the run's directory
  --calm S      how long things may take to come to rest (240)

metering, ledger, payment, autopay, web, Robokassa's stand-in, a platform with its outbox and the
clients speak CURVE over TCP through link_emulator, which loses, delays, reorders and doubles their
packets, cuts single directions between two of them or around one, and takes devices down and up.
Now and then one of them is killed besides. The load is that of kills.py. Then the network is whole
and calm; check_history.py judges, and `kopeck verify`. The namespaces end with the processes in
them, however this ends.

Exit status: 0 nothing found, 1 something found, 64 usage, 77 cannot run here (needs root).
"""
import random
import re
import signal
import sys
import time

import calm
import fire
from network import Network, enter
from services_table import NAMES

NODES = [*NAMES, "sim", "platform", "clients"]
PAUSE_S, CUT_S, DOWN_S, KILLED = 0.5, 4.0, 3.0, 0.08
STORMS = ["weathers", "cuts", "islands", "downs"]


class Storm:
    """What the network does to those on it, from a seed."""

    def __init__(self, network, seed, counted):
        self.network, self.random, self.counted = network, random.Random(f"{seed} storm"), counted
        self.ends = []

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
            pair = rng.sample(NODES, 2)
            self._for_a_while("cuts", CUT_S, ("cut", *pair), ("heal", *pair))
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
        self.counted["weathers"] += 1

    def _for_a_while(self, what, longest_s, begin, end):
        self.network.tell(*begin)
        self.ends.append((time.monotonic() + self.random.uniform(0.2, longest_s), end))
        self.counted[what] += 1

    def pass_by(self):
        self.network.tell("heal", "*", "*")
        self.network.tell("up", "*")
        self.ends.clear()
        return self.network.tell("link", "*", "*", 0, 0, 0, 0)


class Partitions(fire.Fire):
    NAME, PART_MAX, TELLING = "partitions", 600, 30
    NEEDED = fire.Fire.NEEDED + STORMS + ["kills", "packets_lost", "packets_doubled", "packets_cut"]

    def __init__(self, options, seed, directory):
        super().__init__(options, seed, directory)
        self.processes, self.commands, self.killed = {}, {}, set()  # the last are pids
        self.network = Network(options.bin / "link_emulator", seed, NODES)
        self.storm = Storm(self.network, seed, self.counted)

    # --- up and down ---

    def start(self):
        self._configure()
        for name, command in self.commands.items():
            self._start(name, command)
        enter(self.network.spaces["clients"])  # and every thread that is made from now on
        self.start_load()

    def _configure(self):
        """Keys, passwords and configuration are kopeck-fleet's, with our addresses for its."""
        fleet, places = self.spawn_fleet("--tcp", "--sim", "admin_anywhere = yes")
        calm.end(fleet)
        calm.platform_configure(self.fleet_directory, self.seed)
        owners, owner = {}, None
        for line in places.read_text().splitlines():
            owner = owner if line[0] == " " else line.split()[0]
            if port := re.search(r":(\d+)$", line):  # the last line is where the command line looks
                owners[port[1]] = owner
        for endpoint in calm.outbox_doors(self.fleet_directory):
            owners[endpoint.rsplit(":", 1)[1]] = "platform"
        etc, run = self.fleet_directory / "etc", self.fleet_directory / "run"
        for path in etc.iterdir():
            path.write_text(re.sub(r"127\.0\.0\.1:(\d+)", lambda found: (
                f"{self.network.addresses[owners[found.group(1)]]}:{found.group(1)}"),
                path.read_text()))
        for name in NAMES:
            self.commands[name] = [f"kopeck-{name}", etc / f"{name}.cfg"]
        self.commands["sim"] = ["robokassa-sim", "--config", etc / "sim.cfg", "--port-file",
                                run / "sim.ready"]
        self.commands["platform"] = ["platform-sim", "--config", etc / "platform.cfg"]

    def _start(self, name, command):
        self.processes[name] = calm.spawn([self.bin / command[0], *command[1:]], self.log,
                                          prepare=self.network.prepare(name))

    def _kill(self, process):
        if process.poll() is None:
            self.killed.add(process.pid)
            calm.end(process, signal.SIGKILL)
            self.counted["kills"] += 1

    def _tend(self):
        """A process that ends by itself is started again; a network is no reason to end."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                if process.pid not in self.killed:
                    self.ended.append(f"{name} ({process.returncode})")
                self._start(name, self.commands[name])

    def stop_platform(self):
        calm.end(self.processes.pop("platform"))

    def stop(self):
        for process in self.processes.values():
            calm.end(process)
        self.network.close()
        self.log.close()

    # --- the fire ---

    def burn(self, seconds, _):
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            self.storm.step()
            if self.storm.random.random() < KILLED:
                self._kill(self.storm.random.choice(list(self.processes.values())))
            self._tend()
            time.sleep(self.storm.random.uniform(0, 2 * PAUSE_S))
            calm.say(f"{passed:.0f} of {seconds} s, {sum(self.counted[what] for what in STORMS)} "
                     f"failures, {self.load.payments} pages paid")
        return seconds

    def end_burning(self):
        for what, count in self.storm.pass_by().items():
            self.counted[f"packets_{what}"] += count


def main(arguments):
    options = fire.options_read(Partitions, __doc__, [("--seconds", 40), ("--minutes", 0)],
                                arguments)
    return fire.main(Partitions, options, options.minutes * 60 or options.seconds, "--seconds")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
