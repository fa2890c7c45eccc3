"""Follows a section of docs/operations.md: takes its commands out of the page and runs them, one
block after the other, with the machine that the page speaks of put into a directory.

systemctl, journalctl and cmake are stand-ins: what they are asked for is done by the test itself,
which starts, stops and watches the processes.
"""
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from process_rig import PROCESSES, Place, Process, Violation, wait_until

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
BLOCK_S = 120
STAND_IN = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >"$KOPECK_TEST_ORDERS/ask"
mv "$KOPECK_TEST_ORDERS/ask" "$KOPECK_TEST_ORDERS/order"
while [ ! -e "$KOPECK_TEST_ORDERS/done" ]; do sleep 0.02; done
status=$(cat "$KOPECK_TEST_ORDERS/done")
rm "$KOPECK_TEST_ORDERS/done"
exit "$status"
"""


def sections():
    """[(title, its ```sh blocks)] of the page."""
    return [(section.split("\n", 1)[0], re.findall(r"(?ms)^```sh\n(.*?)^```$", section))
            for section in re.split(r"(?m)^## ", PAGE.read_text())]


def titles_with_blocks():
    return {title for title, blocks in sections() if blocks}


def blocks_of(title):
    found = [blocks for name, blocks in sections() if name == title]
    if len(found) != 1 or not found[0]:
        raise Violation(f"{PAGE.name} has {len(found)} sections \"{title}\", or it has no commands")
    return found[0]


class Machine:
    """A platform whose processes are started and stopped by the commands of the page."""

    def __init__(self, bin_directory, title, preload=None):
        self.place = Place(bin_directory)
        self.blocks, self.next = blocks_of(title), 0
        self.processes = {name: Process(self.place, name) for name in PROCESSES}
        self.preload = preload
        self.orders = self.place.path("orders", "")
        self.tools = self.place.path("tools", "")
        for directory in (self.orders, self.tools, self.place.path("backups", "")):
            directory.mkdir(mode=0o700)
        for name in ("systemctl", "journalctl", "cmake"):
            (self.tools / name).write_text(STAND_IN)
            (self.tools / name).chmod(0o755)
        self.environment = dict(os.environ, KOPECK_TEST_ORDERS=str(self.orders).rstrip("/"),
                                KOPECK_CONFIG=str(self.place.path("etc", "kopeck.cfg")),
                                PATH=f"{self.tools}:{self.place.bin}:{os.environ['PATH']}")

    def close(self):
        for process in self.processes.values():
            process.kill()
        self.place.close()

    def start(self, *names):
        for name in names or PROCESSES:
            wrapper = ()
            if self.preload and name != "sim":
                library, file = self.preload
                wrapper = ("env", f"LD_PRELOAD={library}", f"KOPECK_CLOCK_LEAP={file}")
            self.processes[name].start(wrapper)
        for name in names or PROCESSES:
            if not self.processes[name].wait_ready():
                raise Violation(f"{name} does not start: {self.processes[name].said()}")

    def said(self, name):
        return self.processes[name].said()

    # --- the page ---

    def here(self, text):
        """The page's commands with the page's places put into ours."""
        directory = str(self.place.directory)
        for pattern, ours in ((r"/var/lib/kopeck-(\w+)", r"{}/var/\1"),
                              (r"/var/backups/kopeck\b", r"{}/backups"),
                              (r"/srv/statements\b", r"{}/statements"),
                              (r" --user kopeck-\S+", ""),  # there is no such user
                              (r"/etc/kopeck/kopeck-(\S+)\.cfg", r"{}/etc/\1.cfg"),
                              (r"/etc/kopeck/kopeck\.cfg", r"{}/etc/kopeck.cfg"),
                              (r"/etc/kopeck(?=\s)", r"{}/etc"),
                              (r"/etc/kopeck/(public|secret|old)\b", r"{}/keys/\1")):
            text = re.sub(pattern, ours.format(directory), text)
        left = re.search(r"(?<![\w/.-])/(etc|var)/kopeck\S*", text)
        if left and directory not in left.group():
            raise Violation(f"{PAGE.name} names a place unknown to the test: {left.group()}")
        return text

    def follow(self):
        """Runs the page's next block; what it printed."""
        block = self.here(self.blocks[self.next])
        self.next += 1
        shell = subprocess.Popen(["sh", "-euc", block], env=self.environment, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 cwd=self.place.directory)
        ends = time.monotonic() + BLOCK_S
        while shell.poll() is None and time.monotonic() < ends:
            self.serve()
            time.sleep(0.005)
        if shell.poll() is None:
            shell.kill()
        out = shell.communicate()[0]
        if shell.returncode != 0:
            raise Violation(f"a block of {PAGE.name} ends with {shell.returncode}:\n{block}\n{out}")
        return out

    def finish(self):
        if self.next != len(self.blocks):
            raise Violation(f"{PAGE.name}: {len(self.blocks) - self.next} blocks not followed")

    def serve(self):
        order = self.orders / "order"
        if not order.exists():
            return
        words = order.read_text().split()
        order.unlink()
        try:
            self.carry_out(*words)
            status = 0
        except Violation as violation:
            print(violation)
            status = 1
        (self.orders / "answer").write_text(str(status))
        (self.orders / "answer").rename(self.orders / "done")

    def carry_out(self, tool, what, *rest):
        if tool == "cmake":
            self.upgrade()
            return
        if what == "daemon-reload":
            return
        names = [unit.removeprefix("kopeck-").removesuffix(".service") for unit in rest]
        if any(name not in PROCESSES for name in names):
            raise Violation(f"{tool} {what} {rest}: no such unit")
        if what in ("stop", "restart"):
            for name in names:
                if self.processes[name].alive():
                    self.processes[name].stop_whole()
        if what in ("start", "restart"):
            self.start(*names)

    def upgrade(self):
        """Other programs, as far as a process can tell."""
        new = self.place.path("new", "")
        new.mkdir()
        for name in PROCESSES:
            old = self.processes[name].program
            shutil.copy(old, new / old.name)
            self.processes[name].program = new / old.name

    # --- what the test asks by itself ---

    def run(self, *words):
        return subprocess.run([self.place.bin / "kopeck", *map(str, words)], text=True,
                              env=self.environment, capture_output=True, timeout=60)

    def kopeck(self, *words, status=0):
        done = self.run(*words)
        wanted = status if isinstance(status, tuple) else (status,)
        if status is not None and done.returncode not in wanted:
            raise Violation(f"kopeck {words}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def wait(self, what, condition, seconds=30):
        if not wait_until(condition, seconds, 0.05):
            raise Violation(f"{what}: not within {seconds} s")
