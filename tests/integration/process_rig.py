"""Processes of a platform, one by one, for tests that hurt them: a place with keys and
configuration as kopeck-fleet makes it, each process started, watched, asked and ended by the test
itself.

Everything ends with the test: whoever it starts asks the kernel to be killed with it.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
import services_table  # noqa: E402

try:
    import zmq
    from kopeck_client import (RETRY_FIRST_S, Door, Feed, Unanswered, certificate_read,
                               replay_from_1, send_one)
    import kopeck_wire as wire
except ImportError as missing:  # a machine without Debian's python3-zmq and python3-msgpack
    print(f"skipped: {missing}")
    sys.exit(77)

USAGE, SKIPPED = 64, 77
PROCESSES = (*services_table.NAMES, "sim")
PROGRAMS = {"sim": "robokassa-sim"}  # the others are kopeck-NAME
START_S = 30
STEP_S = 0.002


def clean_up_when_told():
    """SIGTERM unwinds the main thread, and whoever has made a place removes it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def own_mounts():
    """What is mounted is gone with the test; False where it may not be."""
    if os.environ.get("KOPECK_OWN_MOUNTS"):
        return True
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False,
                                           capture_output=True).returncode != 0:
        return False
    os.environ["KOPECK_OWN_MOUNTS"] = "1"
    return os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable,
                                 *sys.argv])


class Violation(Exception):
    """What must never happen has happened."""


def wait_until(condition, seconds, step_s=STEP_S):
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(step_s)
    return True


def configure(file, section, line):
    """Adds a line to a section of a configuration, which may have been there."""
    key = line.split("=")[0].strip()
    text = re.sub(rf"(?m)^ +{key} = .*\n", "", file.read_text())
    if not re.search(rf"(?m)^{section}$", text):
        text += f"{section}\n"
    file.write_text(re.sub(rf"(?m)^{section}$", f"{section}\n    {line}", text, count=1))


class Place:
    """The directory of a run, made by a fleet that is stopped again at once."""

    def __init__(self, bin_directory, sim_lines=(), fleet_options=(), in_memory=True):
        self.bin = Path(bin_directory)
        self.directory = Path(tempfile.mkdtemp(prefix="kopeck-faults-",
                                               dir=_memory() if in_memory else None))
        self.endpoints = {}
        arguments = [word for line in sim_lines for word in ("--sim", line)]
        fleet = subprocess.Popen(
            [self.bin / "kopeck-fleet", "up", "--importers", "--dir", self.directory, *arguments,
             *fleet_options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        process = None
        for line in fleet.stdout:
            words = line.split()
            if words[0] in PROCESSES:
                process = words.pop(0)
            self.endpoints[(process, *words[:-1])] = words[-1]  # ("ledger", "feed"), ("web",)
            if process == "sim":
                break  # the last line
        fleet.terminate()
        if fleet.wait(START_S) != 0 or process != "sim":
            shutil.rmtree(self.directory, ignore_errors=True)
            raise RuntimeError(f"kopeck-fleet did not start in {self.directory}")
        self.forget_journals()
        self.context = zmq.Context()

    def close(self):
        self.context.destroy(linger=0)
        if not wait_until(self.removed, START_S, 0.1):  # a tracer may still be writing
            print(f"left behind: {self.directory}", file=sys.stderr)

    def removed(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        return not self.directory.exists()

    def path(self, folder, name):
        return self.directory / folder / name

    def forget_journals(self):
        for journal in self.path("var", "").iterdir():
            shutil.rmtree(journal) if journal.is_dir() else journal.unlink()

    def keys(self, name):
        return certificate_read(self.path("keys/secret", f"{name}.cert_secret"))

    def server(self, process):
        return certificate_read(self.path("keys/public", f"{process}.cert")).public

    def verify(self, *processes):
        """Raises what `kopeck verify` finds in the journals' files."""
        named = [word for name in processes
                 for word in (f"--{name}", str(self.path("var", name)))]
        done = subprocess.run([self.bin / "kopeck", "verify", *named], capture_output=True,
                              text=True, timeout=120)
        if done.returncode != 0:
            raise Violation(f"kopeck verify: {done.returncode}: {done.stdout[-2000:]}{done.stderr}")


def _memory():
    """Journals of thousands of short runs belong in memory, where there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Process:
    """One process of a place. What it says goes to `log`, anew with every start."""

    def __init__(self, place, name, program=None):
        self.place, self.name = place, name
        self.program = place.bin / (program or PROGRAMS.get(name, f"kopeck-{name}"))
        self.log = place.path("log", f"{name}.log")
        self.ready_file = place.path("run", f"{name}.ready")
        self.child = None

    def start(self, wrapper=()):
        """`wrapper` is a command line that becomes the program it is given: the child's pid and
        status are the program's own."""
        assert not self.alive()
        config = self.place.path("etc", f"{self.name}.cfg")
        arguments = [config] if self.name != "sim" else ["--config", config, "--port-file",
                                                         self.ready_file]
        self.ready_file.unlink(missing_ok=True)  # of one that was killed
        with self.log.open("w") as log:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *wrapper, self.program, *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def alive(self):
        return self.child is not None and self.child.poll() is None

    def is_ready(self):
        return self.alive() and self.ready_file.exists()

    def wait_ready(self, seconds=START_S):
        wait_until(lambda: self.is_ready() or not self.alive(), seconds)
        return self.is_ready()

    def start_whole(self):
        """A start without faults must end in service."""
        self.start()
        if not self.wait_ready():
            raise Violation(f"{self.name} does not start again: {self.status()}: {self.said()}")

    def stop(self, grace_s=START_S):
        """Its status after SIGTERM, negative for a signal; None if it had to be killed."""
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
            try:
                return self.child.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.kill()
                return None
        return self.status()

    def stop_whole(self):
        status = self.stop()
        if status != 0:
            raise Violation(f"{self.name} ends with {status}: {self.said()}")

    def kill(self):
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def status(self):
        return None if self.child is None else self.child.poll()

    def said(self):
        return self.log.read_text(errors="replace")

    def door(self, door="command", certificate="operator"):
        return ProcessDoor(self, door, certificate)

    def feed(self, producer, certificate):
        return ProcessFeed(self, producer, certificate)


class Gone(Unanswered):
    """The process has ended before it answered."""


class ProcessDoor(Door):
    """A door that gives up at once when its process is gone."""

    def __init__(self, process, door, certificate):
        place = process.place
        self.process = process
        super().__init__(place.context, place.endpoints[process.name, door],
                         place.keys(certificate), place.server(process.name))

    def exchange(self, frame, number, ends):
        return _exchange(self, frame, ends, lambda reply: wire.answer_split(reply)[0] == number)


class ProcessFeed(Feed):
    def __init__(self, process, producer, certificate):
        place = process.place
        self.process = process
        super().__init__(place.context, place.endpoints[process.name, "feed"],
                         place.keys(certificate), place.server(process.name), producer)

    def raw(self, frame, number, deadline_s=10.0):
        return wire.feed_answer_read(
            _exchange(self, frame, time.monotonic() + deadline_s,
                      lambda reply: wire.feed_answer_read(reply).number == number))


def _exchange(door, frame, ends, is_ours):
    """Repeats the bytes until they are answered, as every client does."""
    sent = 0.0
    while (now := time.monotonic()) < ends:
        if not door.process.alive():
            raise Gone(f"{door.process.name} ended with {door.process.status()}")
        if now - sent >= RETRY_FIRST_S and send_one(door.socket, frame):
            sent = now
        if door.socket.poll(10):
            reply = door.socket.recv()
            if is_ours(reply):
                return reply
    raise Unanswered(f"{door.process.name} does not answer")


__all__ = ["Door", "Feed", "Gone", "PROCESSES", "Place", "Process", "SKIPPED", "START_S", "USAGE",
           "Unanswered", "Violation", "replay_from_1", "wait_until", "wire", "zmq"]
