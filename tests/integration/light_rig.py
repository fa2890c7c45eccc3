"""The light of real processes, as an operator and a supervisor see it: the exit statuses of `kopeck
status` and `kopeck ping`, the texts that they print, and the two lines of the log.
"""
import json
import os
import re
import subprocess
from pathlib import Path

from process_rig import PROCESSES, Process, Violation, configure, wait_until, wire

ROOT = Path(__file__).resolve().parents[2]
GREEN, DARK, RED = 0, 69, 75
CODE = re.compile(r'^ +CODE\(ALARM_(\w+), (\d+),\s*"([^"]*)"', re.M)
MEANINGS = {name: meaning for name, _, meaning in
            CODE.findall((ROOT / "proto/codes.def").read_text())}
SEES_S = 60


def expect(what, wanted, found):
    if wanted != found:
        raise Violation(f"{what}: expected {wanted!r}, found {found!r}")


def demand(condition, what):
    if not condition:
        raise Violation(what)


def alarms_of(answer):
    """[(name, about)] of the status answer of a process, as a client reads it."""
    names = {int(number): name for name, number, _ in
             CODE.findall((ROOT / "proto/codes.def").read_text())}
    return [(names.get(code, str(code)), about) for code, about, _ in wire.alarms_read(answer)]


class Light:
    """The processes of a place, and what is told of whether they can do their whole job."""

    def __init__(self, place, programs=()):
        self.place = place
        self.processes = {name: Process(place, name, dict(programs).get(name))
                          for name in PROCESSES}

        self.mounts, self.logs = [], {}

    def close(self):
        for process in self.processes.values():
            process.kill()
        for directory in self.mounts:
            subprocess.run(["umount", "--lazy", directory], check=False)

    def mount_small(self, directory, mib):
        """A disk of the directory's own."""
        directory.mkdir(mode=0o700, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "tmpfs", directory],
                       check=True)
        self.mounts.append(directory)

    def unmount(self, directory):
        subprocess.run(["umount", "--lazy", directory], check=True)
        self.mounts.remove(directory)

    def start(self, *names, wrapper=()):
        for name in names or PROCESSES:
            self.processes[name].start(wrapper if name != "sim" else ())
        for name in names or PROCESSES:
            demand(self.processes[name].wait_ready(), f"{name} does not start: {self.said(name)}")

    def said(self, name):
        return self.logs[name]() if name in self.logs else self.processes[name].said()

    def config(self, name):
        return self.place.path("etc", f"{name}.cfg")

    def configure(self, name, section, line):
        """Adds a line to a section of a process's configuration, which may have been there."""
        configure(self.config(name), section, line)

    # --- what is told ---

    def kopeck(self, *words, config=None, wrapper=()):
        return subprocess.run([*wrapper, self.place.bin / "kopeck", "--config",
                               config or self.place.path("etc", "kopeck.cfg"), *words],
                              capture_output=True, text=True, timeout=60)

    def ping(self, name):
        return subprocess.run([self.place.bin / "kopeck", "ping", self.config(name)],
                              capture_output=True, text=True, timeout=60)

    def alarms(self, name):
        """[(name, about)]; None if the process does not answer."""
        done = self.kopeck("--json", "status", name, "--alarms")
        if done.returncode not in (GREEN, RED):
            return None
        return [(row["name"], row["about"] or "") for row in json.loads(done.stdout)]

    def is_red(self, name, alarm):
        return alarm in dict(self.alarms(name) or ())

    def is_green(self, name):
        return self.kopeck("status", name).returncode == GREEN

    # --- what must be told ---

    def red(self, name, alarm, about="", seconds=SEES_S, logged=True):
        """The alarm comes, and status, ping and the log say the same."""
        demand(wait_until(lambda: self.is_red(name, alarm), seconds, 0.1),
               f"{name}: no alarm {alarm} within {seconds} s: {self.alarms(name)}")
        found = [text for code, text in self.alarms(name) if code == alarm]
        demand(any(about in text for text in found), f"{alarm} is about {found}, not {about}")
        meaning, status = MEANINGS[alarm], self.kopeck("status", name)
        expect(f"exit status of status, {name} has {alarm}", RED, status.returncode)
        demand(" red " in status.stdout and meaning in status.stdout,
               f"status does not say \"{meaning}\": {status.stdout}")
        row = json.loads(self.kopeck("--json", "status", name).stdout)[0]
        demand(row["light"] == "red" and meaning in row["why"], f"status in JSON: {row}")
        ping = self.ping(name)
        expect(f"exit status of ping, {name} has {alarm}", RED, ping.returncode)
        demand(meaning in ping.stderr and ping.stderr.startswith("kopeck: "),
               f"ping does not say \"{meaning}\": {ping.stderr}")
        if logged:
            self.logged(name, alarm, begins=True)

    def logged(self, name, alarm, begins):
        """The log has a line of the alarm's beginning, or of its end."""
        over = r'(?:over|"the outside answers again")'
        line = rf" (?:info|warn) (?:(?!{over}).*)? ?alarm={alarm}\b" if begins else \
            rf" info {over} alarm={alarm}\b"
        demand(wait_until(lambda: re.search(line, self.said(name)), 10, 0.05),
               f"the log of {name} has no line of {alarm} that says it {'begins' if begins else 'is over'}:"
               f"\n{self.said(name)}")

    def over(self, name, alarm, seconds=SEES_S, green=True):
        """The alarm goes; and all of them, unless others are known to stay."""
        demand(wait_until(lambda: self.alarms(name) is not None and not self.is_red(name, alarm),
                          seconds, 0.1), f"{name}: {alarm} stays for {seconds} s")
        self.logged(name, alarm, begins=False)
        if green:
            self.green(name, seconds=seconds)

    def green(self, *names, seconds=SEES_S):
        for name in names:
            demand(wait_until(lambda: self.is_green(name), seconds, 0.1),
                   f"{name} is not green within {seconds} s: {self.alarms(name)}")
            demand(wait_until(lambda: self.ping(name).returncode == GREEN, seconds, 0.1),
                   f"ping of {name}: {self.ping(name).stderr}")


def fill(directory, mib):
    with (directory / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, mib << 20)


def empty(directory):
    (directory / "ballast").unlink()
