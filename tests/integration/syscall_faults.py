#!/usr/bin/python3
"""Every n-th system call fails: a process under a small load is run again and again, each time with
one call of one kind failed by strace, and must either go on or end cleanly; what was acknowledged
is there after a start without faults, once, and `kopeck verify` finds nothing.

How many calls there are is measured first. strace counts them in each thread by itself, so one run
fails the n-th of every thread. With "n+" the n-th and all after it fail: a disk that is gone.
A run ends in one of these ways:

  served   it went on, answered at every door and ended with 0 when it was told to
  deaf     "n+" only: it lives, nobody reaches it, it ends when it is told to
  stopped  it ended by itself, not with 0, and said why
  aborted  libzmq, czmq or an assertion of ours ended it and said why
  killed   by the SIGKILL that was asked for

Everything else is a violation, and so are an acknowledgement lost, a fact twice, a start that
fails. What cannot be reached: an n up to the number of calls that the dynamic linker makes in the
main thread, in every thread.
"""
import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter, defaultdict, namedtuple
from pathlib import Path

from process_rig import USAGE, Place, Process, SKIPPED, Unanswered, Violation, wait_until, wire
from services_table import JOURNALS
from syscall_loads import LOADS, PLATFORM, PRODUCER
from syscall_world import SIM_LINES, World, WorldLoad, http_get

SYSCALLS = ("fdatasync", "fsync", "pwrite64", "writev", "sendto", "sendmsg", "recvfrom", "recvmsg",
            "openat", "mmap", "read", "write", "poll", "epoll_pwait", "epoll_ctl", "accept4",
            "socket", "connect", "bind", "clone", "clone3")
FEEDERS = {"ledger": (PRODUCER + 1, "operator"), "metering": (PLATFORM + 1, "platform")}
NAMES = ("ledger", "metering", "payment", "autopay", "web")
FIRST = ("fdatasync", "pwrite64", "writev", "sendto", "recvfrom", "openat", "mmap")  # of a plan
OF_DISK = ("fdatasync", "fsync", "pwrite64")  # who ends for these says EX_IOERR
ERRORS = ("EIO", "ENOSPC", "EINTR", "ENOMEM", "KILL")
LASTING = ("EIO", "ENOSPC", "ENOMEM")  # what may fail for good
OUTCOMES = ("served", "deaf", "stopped", "aborted", "killed")
READY_S, ANSWER_S, PROBE_S, DEAF_S, TRACER_S = 12, 8, 5, 0.7, 1
END_S = 8
STRACE = ("strace", "-D", "-f", "-q", "-o")
FILTER = "--seccomp-bpf"  # stops at the wanted calls alone; strace 6.1 then sends no signals
PROGRESS_S = 1

# How many of each thread's came before the program read its configuration, which is the dynamic
# linker's business, before it was ready, and in all.
Calls = namedtuple("Calls", "linker start end")


class Fault(namedtuple("Fault", "process syscall error when lasting")):
    def __str__(self):
        return (f"{self.process}:{self.syscall}:{self.error}:{self.when}"
                f"{'+' if self.lasting else ''}")

    @classmethod
    def parse(cls, text):
        process, syscall, error, when = text.split(":")
        if process not in NAMES or syscall not in SYSCALLS or error not in ERRORS:
            raise ValueError(text)
        return cls(process, syscall, error, int(when.rstrip("+")), when.endswith("+"))

    def wrapper(self, trace):
        what = "signal=KILL" if self.error == "KILL" else f"error={self.error}"
        when = f"{self.when}{'+' if self.lasting else ''}"
        return [*STRACE, trace, *([] if self.error == "KILL" else [FILTER]),
                "-e", f"trace={self.syscall}", "-e", f"inject={self.syscall}:{what}:when={when}"]


class Bench:
    """One place and one process in it that is hurt: alone and with a journal made anew each time,
    or in the middle of the others."""

    def __init__(self, options, name):
        self.name = name
        self.place = Place(options.bin, sim_lines=SIM_LINES)
        self.process = Process(self.place, name, options.program)
        self.trace = self.place.directory / "trace"
        self.world = None if name in LOADS else World(self.place, self.process)

    def close(self):
        self.process.kill()
        if self.world:
            self.world.close()
        self.place.close()

    def make_load(self):
        return WorldLoad(self.world) if self.world else LOADS[self.name]()

    def begin(self, wrapper):
        if not self.world:
            self.place.forget_journals()
        self.process.start(wrapper)
        return self.process.wait_ready(READY_S)

    def mend(self):
        """After a violation, whatever it left."""
        self.process.kill()
        if self.world:
            self.world.close()
            self.place.forget_journals()
            self.world = World(self.place, self.process)

    def verify(self):
        names = JOURNALS if self.world else [self.name]
        self.place.verify(*names)

    def measure(self):
        """What calls a run without faults makes: {syscall: Calls}."""
        every = "trace=" + ",".join(SYSCALLS)
        if not self.begin([*STRACE, self.trace, FILTER, "-ttt", "-e", every]):
            raise Violation(f"{self.name} does not start: {self.process.said()}")
        ready = time.time()
        load = self.make_load()
        load.play(self.process, ANSWER_S, whole=True)
        self.process.stop_whole()
        counts = defaultdict(lambda: Calls(Counter(), Counter(), Counter()))
        linking = True
        for thread, at, syscall, rest in re.findall(r"^(\d+) +([\d.]+) (\w+)\((.*)",
                                                    self.said_by_strace(), re.MULTILINE):
            linking = linking and f"/etc/{self.name}.cfg" not in rest
            calls = counts[syscall]
            calls.linker[thread] += linking
            calls.start[thread] += float(at) < ready
            calls.end[thread] += 1
        return {syscall: counts[syscall] for syscall in SYSCALLS if syscall in counts}

    def said_by_strace(self):
        """Its last line is that its child has ended; it is written a moment after that."""
        last = f"{self.process.child.pid} +++ "
        wait_until(lambda: last in self.trace.read_text(errors="replace"), TRACER_S)
        return self.trace.read_text(errors="replace")

    def run(self, fault):
        """How the run ended, whether the fault came to pass, and what was said. Raises
        Violation."""
        load = self.make_load()
        if self.begin(fault.wrapper(self.trace)):
            load.play(self.process, DEAF_S if fault.lasting else ANSWER_S)
        outcome, complaint = None, None
        try:
            outcome = self.end(fault)
        except Violation as violation:
            complaint = violation
            self.process.kill()
        said, reached = self.process.said(), "(INJECTED)" in self.said_by_strace()
        try:
            self.recover(load)
        except Violation as violation:
            raise Violation(f"{violation}; before that: {complaint or outcome}") from violation
        if complaint:
            raise complaint
        return outcome, reached or outcome == "killed", said

    def recover(self, load):
        """A start without faults: what was acknowledged is there, and everything goes on."""
        self.process.start_whole()
        load.audit(self.process)
        load.play(self.process, ANSWER_S, whole=True)
        load.audit(self.process, whole=True)
        self.process.stop_whole()
        self.verify()

    def end(self, fault):
        """Classifies what the fault made of the process, and ends it."""
        alive, served = self.process.alive(), False
        if alive:
            served = self.process.is_ready() and self.answers(DEAF_S if fault.lasting else PROBE_S)
            alive = self.process.alive()
        if alive and not served and not fault.lasting and not wait_until(
                lambda: not self.process.alive(), END_S):  # it may be on its way
            raise Violation(f"neither serves nor ends: {self.process.said()}")
        status, said = self.process.stop(END_S), self.process.said()
        if status is None:
            raise Violation(f"does not end when told to: {said}")
        if status == 0 and alive and (served or fault.lasting):
            return "served" if served else "deaf"
        if status == -signal.SIGKILL and fault.error == "KILL":
            return "killed"
        explained = (any(" info " not in line for line in said.splitlines())
                     or fault.syscall == "write" and fault.lasting)  # which is how it would say it
        if status == -signal.SIGABRT and explained:
            return "aborted"
        if status > 0 and explained and (status == os.EX_IOERR or fault.syscall not in OF_DISK):
            return "stopped"
        raise Violation(f"ends with {status}: {said}")

    def answers(self, seconds):
        """Does every door answer?"""
        if self.name == "web":
            health = self.place.endpoints[("web",)] + "/health"
            # A browser whose connection fails loads the page again, as the doors below do.
            return wait_until(lambda: http_get(health, seconds) is not None, seconds)
        doors = [self.process.door(), self.process.door("replay", "auditor")]
        try:
            doors[0].ask("status", deadline_s=seconds)
            doors[1].ask("replay", deadline_s=seconds, **{"from": 1, "bytes_max": 1})
            if self.name in FEEDERS:
                doors.append(self.process.feed(*FEEDERS[self.name]))
                doors[2].batch(1, [], deadline_s=seconds)
            return True
        except (Unanswered, wire.Failure):
            return False
        finally:
            for door in doors:
                door.close()


# --- which faults --------------------------------------------------------------------------------

def positions(calls):
    """(of the load, of the start): every n that some thread reaches in that phase."""
    load = {n for thread, end in calls.end.items()
            for n in range(calls.start[thread] + 1, end + 1)}
    start = {n for thread, end in calls.start.items()
             for n in range(calls.linker[thread] + 1, end + 1)}
    linker = max(calls.linker.values())  # the main thread's n-th fails as well, and it is earlier
    return (sorted(n for n in load if n > linker),
            sorted(n for n in start - load if n > linker))


def plan(name, measured, options):
    """Every n of every pair, or a few; in an order of the seed whose first ones cover all pairs."""
    draws = random.Random(f"{options.seed} {name}")
    passes = defaultdict(list)
    for syscall, calls in measured.items():
        if options.syscall and syscall not in options.syscall:
            continue
        load, start = positions(calls)
        for error in ERRORS:
            for lasting in (False, True) if error in LASTING else (False,):
                few = 1 if lasting else options.each
                for phase, among, count in ((0, load, few), (1, start, max(1, few // 4))):
                    count = len(among) if options.all else min(count, len(among))
                    for turn, n in enumerate(draws.sample(among, count)):
                        turn = 0 if syscall in FIRST and not options.all else turn
                        passes[2 * turn + phase + lasting].append(
                            Fault(name, syscall, error, n, lasting))
    for faults in passes.values():
        draws.shuffle(faults)
    faults = [fault for turn in sorted(passes) for fault in passes[turn]]
    return faults[:options.count] if options.count and name not in LOADS else faults


# --- the run -------------------------------------------------------------------------------------

class Tally:
    """What all benches found; each works in a thread of its own."""

    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.began = self.said = time.monotonic()
        self.outcomes, self.last_words = Counter(), Counter()
        self.runs = self.reached = self.violations = self.planned = 0
        self.stopped = False
        self.pairs, self.by_process = set(), Counter()

    def seconds(self):
        return time.monotonic() - self.began

    def over(self):
        return (self.stopped or self.violations >= self.options.violations_max
                or self.options.seconds and self.seconds() > self.options.seconds)

    def stop(self, *_):
        self.stopped = True

    def ran(self, process, fault):
        self.runs += 1
        self.by_process[process] += 1
        if sys.stderr.isatty() and time.monotonic() - self.said > PROGRESS_S:
            self.said = time.monotonic()
            print(f"\r{self.runs} of {self.planned} runs, {self.violations} violations, "
                  f"{self.seconds():.0f} s, {fault}        ", end="", file=sys.stderr)

    def ended(self, fault, outcome, reached, said):
        with self.lock:
            self.ran(fault.process, fault)
            self.outcomes[outcome] += 1
            if reached:
                self.reached += 1
                self.pairs.add((fault.process, fault.syscall, fault.error))
            if outcome == "aborted":
                words = [line for line in said.splitlines() if " info " not in line] or ["nothing"]
                self.last_words[f"{fault.syscall} {fault.error}: {words[-1]}"] += 1
            if self.options.only:
                print(f"{fault}: {outcome}{'' if reached else ', not reached'}\n{said}")

    def violated(self, process, fault, violation):
        with self.lock:
            self.ran(process, fault)
            self.violations += 1
            program = f" --program {self.options.program}" if self.options.program else ""
            again = f"--only {fault}" if fault else f"--process {process}"
            print(f"VIOLATION {fault or process}: {violation}\nto see it again: {sys.argv[0]} "
                  f"{self.options.bin}{program} {again}", flush=True)

    def report(self):
        if sys.stderr.isatty():
            print(file=sys.stderr)
        print(f"{self.runs} runs of {self.planned} in {self.seconds():.0f} s, {self.reached} came "
              f"to pass over {len(self.pairs)} pairs: " +
              ", ".join(f"{count} {how}" for how, count in sorted(self.outcomes.items())) +
              f"; {self.violations} violations; " +
              ", ".join(f"{name} {count}" for name, count in sorted(self.by_process.items())))
        for words, count in self.last_words.most_common():
            print(f"  aborted {count} times: {words}")
        if self.options.json:
            print(json.dumps({
                "part": "syscall_faults", "seed": self.options.seed,
                "seconds": round(self.seconds(), 1), "violations": self.violations,
                "runs": self.runs, "planned": self.planned, "reached": self.reached,
                "pairs": len(self.pairs), **{how: self.outcomes[how] for how in OUTCOMES}}))


def strike(name, tally, options):
    """All that is planned for one process."""
    bench = None
    try:
        bench = Bench(options, name)
        faults = [fault for fault in options.only or () if fault.process == name]
        faults = faults or plan(name, bench.measure(), options)
        tally.planned += len(faults)
        for fault in faults:
            if tally.over():
                break
            try:
                tally.ended(fault, *bench.run(fault))
            except Violation as violation:
                tally.violated(name, fault, violation)
                bench.mend()
    except Violation as violation:
        tally.violated(name, None, violation)
    except Exception:  # a thread that breaks down has shown nothing
        tally.violated(name, None, traceback.format_exc())
    finally:
        if bench:
            bench.close()


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=Path, help="the directory of the programs")
    parser.add_argument("--process", action="append", choices=NAMES,
                        help="which process to hurt; repeatable; all by default")
    parser.add_argument("--syscall", action="append", choices=SYSCALLS,
                        help="which call to fail; repeatable; all by default")
    parser.add_argument("--each", type=int, default=4, metavar="K",
                        help="so many n of each pair of call and error, by the seed (4)")
    parser.add_argument("--count", type=int, default=0, metavar="N",
                        help="at most N runs of each process that is hurt among the others")
    parser.add_argument("--all", action="store_true", help="every n of every pair; a run that --seconds ends begins with some of "
                             "each pair, and runs of other seeds with others")
    parser.add_argument("--only", type=Fault.parse, action="append",
                        metavar="PROCESS:CALL:ERROR:N[+]", help="this fault alone; repeatable")
    parser.add_argument("--program", help="another program in the place of the process's own")
    parser.add_argument("--violations-max", type=int, default=20, metavar="N", help="then end (20)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0, help="begin no run after so many")
    parser.add_argument("--json", action="store_true", help="the last line is one object")
    try:
        return parser.parse_args()
    except SystemExit as end:
        sys.exit(USAGE if end.code else 0)


def main():
    options = parse()
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True,
                      check=False).returncode != 0:
        print("skipped: no process can be traced here")
        return SKIPPED
    tally = Tally(options)
    signal.signal(signal.SIGTERM, tally.stop)
    names = {fault.process for fault in options.only or ()} or options.process or NAMES
    threads = [threading.Thread(target=strike, args=(name, tally, options)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.report()
    return 1 if tally.violations or not tally.runs else 0


if __name__ == "__main__":
    sys.exit(main())
