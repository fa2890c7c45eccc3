#!/usr/bin/python3
"""The ledger's journal moves while it is written and followed: from LMDB into a database, back, and
into another directory, by `kopeck move`, which is killed on the way and given again. What was
acknowledged is there once, the rest at most once, no writer comes behind the fence, and the others
follow on.

usage: test_move.py BIN_DIRECTORY [--rounds N] [--kills N] [--seed N]
"""
import argparse
import json
import random
import signal
import subprocess
import threading
import time

from postgresql_rig import Server
from process_rig import Place, Process, Violation, clean_up_when_told, wait_until
from services_table import JOURNALS
from test_postgresql import Postings

PATIENCE_S = 60
NEVER_AGAIN = 78  # RestartPreventExitStatus of the units


class Load(Postings):
    """Slow enough that something new is under way whenever a move switches."""
    COMMANDS, PAUSE_S = 1200, 0.01

    def post(self, door, command_id, fields, deadline_s, whole):
        if not whole:
            time.sleep(self.PAUSE_S)
        super().post(door, command_id, fields, deadline_s, whole)


class Supervisor(threading.Thread):
    """Starts who has ended, as its unit does."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.stops, self.ends, self.refused = process, False, [], 0

    def run(self):
        while not self.stops:
            time.sleep(0.1)
            if not self.process.alive():
                self.ends.append(self.process.status())
                self.refused += "it was moved, and goes on at" in self.process.said()
                if self.ends[-1] in (0, NEVER_AGAIN):
                    return
                self.process.start()

    def stop(self):
        self.stops = True
        self.join()


class Mover:
    def __init__(self, bin_directory, seed):
        self.place, self.server = Place(bin_directory), Server()
        self.random = random.Random(seed)
        self.processes = {name: Process(self.place, name) for name in JOURNALS}
        self.ledger = self.processes["ledger"]
        self.config = self.place.path("etc", "ledger.cfg")
        self.load, self.stops = Load(), False
        self.moves = self.killed = 0
        self.errors, self.fenced_ms = [], []

    def start(self):
        self.server.start()
        for process in self.processes.values():
            process.start()
        for process in self.processes.values():
            if not process.wait_ready():
                raise Violation(f"{process.name}: {process.status()}: {process.said()}")
        self.supervisor = Supervisor(self.ledger)
        self.supervisor.start()

    def close(self):
        self.stops = True
        self.supervisor.stop()
        for process in self.processes.values():
            process.kill()
        self.server.close()
        self.place.close()

    # --- the load ---

    def keep_playing(self):
        while not self.stops:
            try:
                self.load.play(self.ledger, 2.0)
            except Violation as violation:
                self.errors.append(violation)
                return
            time.sleep(0.01)

    # --- a move ---

    def next_place(self, kind):
        directory = self.place.path("var", f"ledger-{self.moves}")
        if kind == "files":
            return str(directory)
        directory.mkdir(mode=0o700)
        (directory / "connection").write_text(
            f"host={self.server.directory} port={self.server.port}\nuser=postgres dbname=postgres\n"
            f"schema=ledger_{self.moves}\n")
        return f"postgresql:{directory}"

    def give(self, to):
        return subprocess.Popen([self.place.bin / "kopeck", "--json", "move", self.config, "--to", to],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def move(self, kind, kills):
        self.moves += 1
        to, ends = self.next_place(kind), len(self.supervisor.ends)
        for _ in range(kills):
            command = self.give(to)
            time.sleep(self.random.uniform(0.0, 0.2))
            command.send_signal(signal.SIGKILL)
            command.communicate()
            self.killed += command.returncode == -signal.SIGKILL
        command = self.give(to)
        out, said = command.communicate(timeout=PATIENCE_S)
        if command.returncode != 0:
            raise Violation(f"move to {to}: {command.returncode}: {out}{said}")
        if out.startswith("{"):
            self.fenced_ms.append(json.loads(out)["fenced_ms"])
        if f'directory = "{to}"' not in self.config.read_text():
            raise Violation(f"the configuration does not name {to}")
        if not wait_until(lambda: len(self.supervisor.ends) > ends and self.ledger.is_ready(), PATIENCE_S):
            raise Violation(f"the ledger does not go on: {self.supervisor.ends} {self.ledger.said()}")
        return to

    def check(self, to):
        """All of it, at rest."""
        self.load.audit(self.ledger)
        status = subprocess.run([self.place.bin / "kopeck", "--config", self.place.path("etc", "kopeck.cfg"), "status",
                                 "--wait", "30"], capture_output=True, text=True, timeout=PATIENCE_S)
        if status.returncode != 0 or "reseed" in status.stdout:
            raise Violation(f"a follower does not go on: {status.stdout}{status.stderr}")
        named = [word for name in JOURNALS for word in
                 (f"--{name}", to if name == "ledger" else str(self.place.path("var", name)))]
        done = subprocess.run([self.place.bin / "kopeck", "verify", *named], capture_output=True, text=True,
                              timeout=PATIENCE_S)
        if done.returncode != 0:
            raise Violation(f"verify: {done.returncode}: {done.stdout}{done.stderr}")

    def play(self, rounds, kills):
        thread = threading.Thread(target=self.keep_playing)
        thread.start()
        try:
            to = None
            for n in range(rounds):
                to = self.move(("database", "files", "files")[n % 3], kills)
                if self.errors:
                    raise self.errors[0]
        finally:
            self.stops = True
            thread.join()
        if self.errors:
            raise self.errors[0]
        self.load.play(self.ledger, PATIENCE_S, whole=True)
        self.load.audit(self.ledger, whole=True)
        self.check(to)
        print(f"moves {self.moves}, killed on the way {self.killed}, ends of the ledger "
              f"{self.supervisor.ends}, of these refused at the old place {self.supervisor.refused}, "
              f"fenced for ms {self.fenced_ms}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("bin")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100000)
    options = parser.parse_args()
    clean_up_when_told()
    print(f"seed {options.seed}")
    mover = Mover(options.bin, options.seed)
    try:
        mover.start()
        mover.play(options.rounds, options.kills)
    finally:
        mover.close()


if __name__ == "__main__":
    main()
