#!/usr/bin/python3
"""The whole system under load while its processes are killed.

    kills.py --bin DIR [--rounds N] [--seconds S] [--seed N] [--json] [--keep] [--calm S]
             [--instead PROGRAM]

  --bin DIR     where kopeck-fleet and the programs beside it are
  --rounds N    so many times somebody is killed (200)
  --seconds S   no longer than that, calm not included (0: as long as the rounds take)
  --seed N      of the victims, the moments, the load and Robokassa's faults (1)
  --json        a line of JSON at the end
  --keep        do not remove the run's directory
  --calm S      how long things may take to come to rest (240)
  --instead PROGRAM  is run instead of that of its name in --bin

Customers top up, allow autopay and revoke; a platform's outbox is followed and another platform
pushes usage; an operator posts one by one and in bulk; readers and followers look on. Meanwhile
metering, ledger, payment, autopay, web, Robokassa's stand-in and the platform get SIGKILL at
random, sometimes two at once and sometimes before they are up again, or are frozen for a moment,
and Robokassa loses answers, repeats and delays its notices. Then calm; check_history.py judges, and
`kopeck verify`.

Exit status: 0 nothing found, 1 something found, 64 usage, 77 cannot run here.
"""
import random
import shutil
import signal
import sys
import time

import calm
import fire
from services_table import PROGRAMS

FLEET_PROGRAMS = [*PROGRAMS, "robokassa-sim"]
PLATFORM = "platform-sim"
ROUND_S = 0.4  # on average
TWO_AT_ONCE, BREATHER_EVERY = 0.2, 10
FROZEN, FROZEN_S = 0.15, 3.0  # how often, and at most how long


class Kills(fire.Fire):
    NAME, PART_MAX, TELLING = "kills", 1000, 150
    NEEDED = fire.Fire.NEEDED + ["freezes", "unknown_payments", "declined_payments",
                                 *(f"killed_{name}" for name in (*FLEET_PROGRAMS, PLATFORM))]

    def __init__(self, options, seed, directory):
        super().__init__(options, seed, directory)
        self.random, self.fleet = random.Random(f"{seed} kills"), None
        self.frozen = []  # (when it goes on, pid)
        self.seen, self.killed = {}, set()  # program -> pid; pids
        if options.instead:
            self._replace(options.instead)

    def _replace(self, program):
        """kopeck-fleet starts the programs that lie beside it."""
        self.bin = self.directory / "bin"
        self.bin.mkdir()
        for name in (*FLEET_PROGRAMS, PLATFORM, "kopeck"):
            (self.bin / name).symlink_to(program if name == program.name
                                         else self.options.bin / name)
        shutil.copy2(self.options.bin / "kopeck-fleet", self.bin)

    # --- up and down ---

    def start(self):
        self.fleet, _ = self.spawn_fleet()
        self.platform_config = calm.platform_configure(self.fleet_directory, self.seed)
        self._start_platform()
        self.start_load()

    def _start_platform(self):
        self.platform = calm.spawn([self.bin / PLATFORM, "--config", self.platform_config],
                                   self.log)

    def stop_platform(self):
        calm.end(self.platform)

    def stop(self):
        self._thaw(float("inf"))
        for process in filter(None, (self.platform, self.fleet)):
            calm.end(process)
        self.log.close()

    # --- the fire ---

    def burn(self, rounds, ends):
        for at in range(1, rounds + 1):
            if time.monotonic() > ends:
                return at - 1
            count = 2 if self.random.random() < TWO_AT_ONCE else 1
            for name in self.random.sample([*FLEET_PROGRAMS, PLATFORM], count):
                self._strike(name)
            self.counted["rounds"] += 1
            time.sleep(self.random.uniform(0.0, 2 * ROUND_S))
            self._thaw(time.monotonic())
            self._watch()
            if self.platform.poll() is not None:
                if self.platform.pid not in self.killed:
                    self.ended.append(PLATFORM)
                self._start_platform()
            if at % BREATHER_EVERY == 0:
                self._breathe()
            calm.say(f"round {at} of {rounds}, {self.counted['kills']} killed, "
                     f"{self.load.payments} pages paid")
        return rounds

    def _strike(self, name):
        """Kills it, or freezes it for a moment."""
        if name == PLATFORM:
            pid = self.platform.pid if self.platform.poll() is None else None
        else:
            pid = self._watch().get(name)
        if pid is None:
            return  # down already
        freeze = self.random.random() < FROZEN
        if not freeze:
            self.killed.add(pid)
        if not calm.signal_send(pid, signal.SIGSTOP if freeze else signal.SIGKILL):
            return
        if name == PLATFORM and not freeze:
            self.platform.wait()  # it is ours to start again
        if freeze:
            self.frozen.append((time.monotonic() + self.random.uniform(0.1, FROZEN_S), pid))
            self.counted["freezes"] += 1
        else:
            self.counted.update(["kills", f"killed_{name}"])

    def _watch(self):
        """{program: pid}; whoever is gone and was not killed by us has ended by itself."""
        running = {name: pid for name, pid in calm.children(self.fleet.pid).items()
                   if name in FLEET_PROGRAMS}  # between fork and exec it is still kopeck-fleet
        for name, pid in self.seen.items():
            if running.get(name) != pid and pid not in self.killed:
                self.killed.add(pid)
                self.ended.append(name)
        self.seen.update(running)
        return running

    def _thaw(self, now):
        for ends, pid in self.frozen:
            if ends <= now:
                calm.signal_send(pid, signal.SIGCONT)
        self.frozen = [(ends, pid) for ends, pid in self.frozen if ends > now]

    def _breathe(self):
        """Everybody comes up, or something is wrong."""
        self._thaw(float("inf"))
        run = self.fleet_directory / "run"
        names = [name.removeprefix("kopeck-").removeprefix("robokassa-")
                 for name in FLEET_PROGRAMS]
        calm.wait_for("everybody is ready again",
                      lambda: all((run / f"{name}.ready").exists() for name in names),
                      calm.READY_S)

    def end_burning(self):
        self._breathe()
        self._watch()


def main(arguments):
    options = fire.options_read(Kills, __doc__, [("--rounds", 200), ("--seconds", 0)], arguments)
    return fire.main(Kills, options, options.rounds, "--rounds")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
