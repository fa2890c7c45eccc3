#!/usr/bin/python3
"""What a process has runs out: the disk of its journal, the size of its files, its memory, its file
descriptors. It refuses, or ends and says why; it acknowledges nothing that it cannot keep; and when
there is room again it goes on without anybody's repair, its history whole.

  nearly    the disk fills beyond limits/disk_percent under load: facts are refused with FAIL_FULL,
            reads go on; then there is room again and facts are taken again
  brim      the disk fills to the last byte between two looks at it: the process ends at its next
            commit; started again, it serves reads only and is not ready; then there is room again
  file      no file may grow beyond a size (RLIMIT_FSIZE)
  memory    address space (RLIMIT_AS) and memory (a control group's OOM killer), in steps
  files     descriptors (RLIMIT_NOFILE), in steps; and a flood of connections that takes them all

The disks are tmpfs in a mount namespace of the test's own: it wants root, else it is skipped (77).
"""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

from process_rig import (SKIPPED, USAGE, Place, Process, Unanswered, Violation,
                         clean_up_when_told, own_mounts, wait_until, wire)
from syscall_loads import BONUS, PROMO, audited, expect_once

DISK_MIB, STEP_S = 192, 0.1
BEFORE, AFTER, FACTS_MAX = 20, 10, 1000
LOOK_S = 14             # the shell looks at its disk every 10 s
ANSWER_S, END_S = 5, 8
RESERVE = 20 << 20      # more than limits/disk_reserve_mib, and less than twice as much
FULL, IO_ERROR = "FAIL_FULL", 74
AS_MIB = (16, 32, 64, 96, 128, 192, 256, 320, 384, 448, 512)
NOFILE = (4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48)
OOM_KIB = range(1024, 10240, 256)
CGROUP = Path("/sys/fs/cgroup/memory")
INTERVAL_US, MINUTES_15_US = 3_600_000_000, 900_000_000

# What to ask of each process that must leave an event: request, fields from a number.
FACTS = {
    "ledger": ("post", lambda n: {"debit": PROMO, "credit": wire.uid_random(), "amount": 1 + n,
                                  "kind": BONUS, "opens": True}),
    "metering": ("metering.policy", lambda n: {"settle_us": 120_000_000 + n,
                                               "late_us": 259_200_000_000,
                                               "ahead_us": 120_000_000}),
    "payment": ("topup", lambda n: {"account": wire.uid_random(), "amount_rub": 100 + n}),
    "autopay": ("autopay.policy", lambda n: {
        "threshold": 10_000 + n, "interval_us": INTERVAL_US, "backoff_first_us": INTERVAL_US,
        "backoff_second_us": INTERVAL_US, "declines_max": 3, "attempts_max": 5,
        "pacing_us": MINUTES_15_US, "crowd": 20}),
}


class Subject:
    """One process, its disk, and what it acknowledged."""

    def __init__(self, place, name, program=None):
        self.place, self.name = place, name
        self.process = Process(place, name, program)
        self.disk = place.path("var", name)
        self.ballast = self.disk / "ballast"
        self.sent, self.acknowledged, self.refused = [], [], Counter()

    def mount(self):
        self.disk.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=0700", "tmpfs",
                        self.disk], check=True)

    def fill(self, leave_bytes):
        """Until so many bytes are free."""
        with self.ballast.open("ab") as file:
            while (free := self.free()) > leave_bytes:
                try:
                    os.posix_fallocate(file.fileno(), 0, file.tell() + free - leave_bytes)
                    file.seek(0, os.SEEK_END)
                except OSError:
                    continue  # the process was quicker

    def free(self):
        disk = os.statvfs(self.disk)
        return disk.f_bavail * disk.f_frsize

    def facts(self, count):
        """Sends so many; how many were taken. The first silence ends it."""
        request, fields = FACTS[self.name]
        door, taken = self.process.door(), 0
        try:
            for n in range(count):
                command = wire.uuid7()
                self.sent.append(command)
                try:
                    door.ask(request, command, deadline_s=ANSWER_S, retry=False, **fields(n))
                    self.acknowledged.append(command)
                    taken += 1
                except wire.Failure as failure:
                    self.refused[failure.name] += 1
        except Unanswered:
            pass
        finally:
            door.close()
        return taken

    def status(self):
        door = self.process.door()
        try:
            return door.ask("status", deadline_s=ANSWER_S).fields
        except Unanswered as silence:
            raise Violation(f"{self.name}: {silence}: {self.process.said()}") from silence
        finally:
            door.close()

    def audit(self):
        """Asked of the replay door of the running process."""
        causes = Counter()

        def take(_, event):
            if isinstance(event.cause[0], bytes) and event.type not in ("account.opened", "command.sent_by"):
                causes[event.cause[0]] += 1

        audited(take, self.process)
        expect_once(f"{self.name}'s commands", causes, self.acknowledged, self.sent, False)

    def must(self, what, condition, seconds=LOOK_S):
        if not wait_until(condition, seconds, STEP_S):
            raise Violation(f"{self.name}: not in {seconds} s: {what}: refused {self.refused}, "
                            f"{self.process.said()}")

    def must_take(self, count):
        taken = self.facts(count)
        if taken != count:
            raise Violation(f"{self.name}: {taken} of {count} facts were taken: {self.refused}, "
                            f"{self.process.said()}")

    def finish(self):
        """What the end of every trial demands."""
        self.must_take(AFTER)
        self.audit()
        self.process.stop_whole()
        self.process.start_whole()
        self.audit()
        self.process.stop_whole()
        self.place.verify(self.name)

    def clean_end(self, wanted=None):
        """It has ended, not by a signal that stands for a fault of ours, and said why."""
        status, said = self.process.status(), self.process.said()
        explained = any(" info " not in line for line in said.splitlines())
        if wanted is not None and status != wanted or status == 0 or not explained or \
                status < 0 and status != -signal.SIGABRT:
            raise Violation(f"{self.name} ended with {status}: {said}")
        return "aborted" if status < 0 else "stopped"


# --- the disk ------------------------------------------------------------------------------------

def nearly(subject, outcomes):
    subject.mount()
    subject.process.start_whole()
    subject.must_take(BEFORE)
    subject.fill((DISK_MIB << 20) // 10)
    subject.must("facts are refused", lambda: subject.facts(1) == 0 and subject.refused[FULL])
    if not subject.status()["full"]:
        raise Violation(f"{subject.name} refuses and its status does not say that it is full")
    subject.audit()  # reads go on
    if subject.facts(AFTER):
        raise Violation(f"{subject.name} takes facts after it refused one")
    outcomes["refused"] += subject.refused[FULL]
    subject.ballast.unlink()
    subject.must("facts are taken again", lambda: subject.facts(1) == 1)
    subject.finish()


def brim(subject, outcomes):
    subject.mount()
    subject.process.start_whole()
    subject.must_take(BEFORE)
    subject.fill(0)
    subject.facts(AFTER)
    subject.must("it ends at a commit", lambda: not subject.process.alive(), END_S)
    subject.clean_end(IO_ERROR)
    subject.process.start()
    subject.must("it serves or ends", lambda: not subject.process.alive() or serves_reads(subject))
    if not subject.process.alive():
        raise Violation(f"{subject.name} does not serve reads: {subject.process.status()}: "
                        f"{subject.process.said()}")
    if subject.process.is_ready() or subject.facts(AFTER):
        raise Violation(f"{subject.name} is ready or takes facts on a full disk")
    subject.audit()
    outcomes["refused"] += subject.refused[FULL]
    subject.ballast.unlink()
    subject.must("it becomes ready", subject.process.is_ready)
    subject.finish()


def serves_reads(subject):
    door = subject.process.door("replay", "auditor")
    try:
        door.ask("replay", deadline_s=1, **{"from": 1, "bytes_max": 1})
        return True
    except (Unanswered, wire.Failure):
        return False
    finally:
        door.close()


# --- limits --------------------------------------------------------------------------------------

def limited(subject, wrapper, outcomes, what):
    """A life under a limit, however short; then one without. True if it served to the end."""
    subject.process.start(wrapper)
    whole = subject.process.wait_ready(END_S) and subject.facts(BEFORE) == BEFORE
    if subject.process.alive():
        if subject.process.stop(END_S) is None:
            raise Violation(f"{subject.name} under {what} does not end when told to: "
                            f"{subject.process.said()}")
    status = subject.process.status()
    if status == -signal.SIGKILL and what.startswith("memory"):
        outcomes["oom_killed"] += 1
    elif status == 0:
        outcomes["served" if whole else "deaf"] += 1
    else:
        outcomes[subject.clean_end()] += 1
    subject.process.start_whole()
    subject.audit()
    subject.process.stop_whole()
    return whole


def limit_file(subject, most):
    subprocess.run(["prlimit", f"--pid={subject.process.child.pid}", f"--fsize={most}:"], check=True)


def is_red(subject):
    """Its light, by ping and by status."""
    said = [light_of(subject, "ping"), light_of(subject, "status")]
    return all(status == 75 and "nearly full" in text for status, text in said)


def is_green(subject):
    """Of this; a process that runs alone is not up to date with its streams."""
    said = [light_of(subject, "ping"), light_of(subject, "status")]
    return all(status in (0, 75) and "nearly full" not in text for status, text in said)


def light_of(subject, what):
    config = subject.place.path("etc", f"{subject.name if what == 'ping' else 'kopeck'}.cfg")
    words = ["ping", config] if what == "ping" else ["--config", config, "status", subject.name,
                                                     "--alarms"]
    done = subprocess.run([subject.place.bin / "kopeck", *words], capture_output=True, text=True,
                          timeout=30)
    return done.returncode, done.stdout + done.stderr


def file(subject, outcomes):
    """No file may grow beyond a size: as with a full disk facts are refused, and reads go on."""
    subject.process.start_whole()
    subject.must_take(BEFORE)
    limit_file(subject, (subject.disk / "data.mdb").stat().st_size + RESERVE)
    subject.must("facts are refused", lambda: subject.facts(1) == 0 and subject.refused[FULL])
    subject.must("its light is red", lambda: is_red(subject))
    if "alarm=FULL" not in subject.process.said():
        raise Violation(f"{subject.name} does not say why: {subject.process.said()}")
    subject.audit()  # reads go on
    if subject.facts(AFTER) or not subject.process.alive():
        raise Violation(f"{subject.name} takes facts that no file has room for, or ends of them")
    outcomes["refused"] += subject.refused[FULL]
    limit_file(subject, "unlimited")
    subject.must("facts are taken again", lambda: subject.facts(1) == 1)
    subject.must("its light is red no more", lambda: is_green(subject))
    if "over alarm=FULL" not in subject.process.said():
        raise Violation(f"{subject.name} does not say that it is over: {subject.process.said()}")
    # So little that it is found out by an append: then it ends, and a start serves reads alone.
    limit_file(subject, (subject.disk / "data.mdb").stat().st_size)
    subject.facts(AFTER)
    subject.must("it ends or refuses", lambda: not subject.process.alive() or is_red(subject))
    if not subject.process.alive():
        outcomes[subject.clean_end(IO_ERROR)] += 1
    subject.process.kill()
    subject.process.start_whole()
    subject.audit()
    subject.finish()


def memory(subject, outcomes):
    for mib in AS_MIB:
        if limited(subject, ["prlimit", f"--as={mib << 20}"], outcomes, f"address space {mib} MiB"):
            break
    group = CGROUP / f"kopeck-{os.getpid()}-{subject.name}"
    try:
        group.mkdir()
    except OSError:
        outcomes["no_cgroup"] += 1
    else:
        try:
            for kib in OOM_KIB:
                (group / "memory.limit_in_bytes").write_text(str(kib << 10))
                join = f'echo $$ > {group}/cgroup.procs && exec "$@"'
                if limited(subject, ["sh", "-c", join, "sh"], outcomes, f"memory {kib} KiB"):
                    break
        finally:
            subject.process.kill()
            wait_until(lambda: not (group / "cgroup.procs").read_text(), END_S)
            group.rmdir()
    subject.process.start_whole()
    subject.finish()


def files(subject, outcomes):
    for count in NOFILE:
        if limited(subject, ["prlimit", f"--nofile={count}"], outcomes, f"{count} descriptors"):
            break
    flooded(subject, outcomes)
    subject.process.start_whole()
    subject.finish()


def flooded(subject, outcomes):
    """Connections that say nothing take every descriptor; when they are gone it serves again."""
    subject.process.start(["prlimit", "--nofile=192"])
    if not subject.process.wait_ready():
        raise Violation(f"{subject.name} does not start: {subject.process.said()}")
    path = subject.place.endpoints[subject.name, "command"].removeprefix("ipc://")
    taken = []
    for _ in range(300):
        taken.append(socket.socket(socket.AF_UNIX))
        taken[-1].setblocking(False)
        try:
            taken[-1].connect(path)
        except BlockingIOError:
            break  # its queue is full: it accepts no more
        except ConnectionRefusedError:
            break  # it has ended
    door = subject.process.door()
    try:
        door.ask("status", deadline_s=1)
        outcomes["served"] += 1
    except Unanswered:
        outcomes["deaf"] += 1
    finally:
        door.close()
        for one in taken:
            one.close()
    if subject.process.alive():
        subject.must_take(BEFORE)
        subject.process.stop_whole()
    else:
        outcomes[subject.clean_end()] += 1


TRIALS = {"nearly": nearly, "brim": brim, "file": file, "memory": memory, "files": files}


# --- the run -------------------------------------------------------------------------------------

def try_one(trial, place, name, tally, lock, options):
    subject, outcomes = Subject(place, name, options.program), Counter()
    violation = None
    try:
        TRIALS[trial](subject, outcomes)
    except Violation as found:
        violation = found
    except Exception:  # a trial that breaks down has shown nothing
        violation = traceback.format_exc()
    finally:
        subject.process.kill()
    with lock:
        tally["trials"] += 1
        tally["facts"] += len(subject.acknowledged)
        tally.update(outcomes)
        said = ", ".join(f"{count} {how}" for how, count in outcomes.items())
        print(f"{trial} {name}: {len(subject.acknowledged)} of {len(subject.sent)} facts "
              f"acknowledged; {said}", flush=True)
        if violation:
            tally["violations"] += 1
            print(f"VIOLATION {trial} {name}: {violation}\nto see it again: {sys.argv[0]} "
                  f"{options.bin} --trial {trial} --process {name}", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=Path, help="the directory of the programs")
    parser.add_argument("--trial", action="append", choices=TRIALS)
    parser.add_argument("--process", action="append", choices=FACTS)
    parser.add_argument("--seconds", type=float, default=0, help="begin again until so many passed")
    parser.add_argument("--program", help="another program in the place of the process's own")
    parser.add_argument("--json", action="store_true", help="the last line is one object")
    try:
        return parser.parse_args()
    except SystemExit as end:
        sys.exit(USAGE if end.code else 0)


def run_all(options, tally):
    """Every trial of every process once, all at the same time; a trial's processes are of one
    place."""
    lock, threads, places = threading.Lock(), [], []
    try:
        for trial in options.trial or TRIALS:
            places.append(Place(options.bin))
            threads += [threading.Thread(target=try_one, args=(trial, places[-1], name, tally,
                                                               lock, options))
                        for name in options.process or FACTS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for thread in filter(threading.Thread.is_alive, threads):
            thread.join()
        for place in places:
            subprocess.run(["umount", "-q", *(place.path("var", name) for name in FACTS)],
                           check=False, stderr=subprocess.DEVNULL)
            place.close()


def main():
    options = parse()
    if not own_mounts():
        print("skipped: no mount namespace of its own: not root?")
        return SKIPPED
    clean_up_when_told()
    began, tally = time.monotonic(), Counter()
    while not tally["trials"] or time.monotonic() - began < options.seconds:
        run_all(options, tally)
    seconds = time.monotonic() - began
    print(f"{tally['trials']} trials in {seconds:.0f} s, {tally['violations']} violations")
    if options.json:
        names = ("violations", "trials", "facts", "refused", "served", "deaf", "stopped", "aborted",
                 "oom_killed")
        print(json.dumps({"part": "disk_full", "seed": 0, "seconds": round(seconds, 1),
                          **{name: tally[name] for name in names}}))
    return 1 if tally["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
