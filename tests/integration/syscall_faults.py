#!/usr/bin/python3
"""Every n-th system call fails: a process under a small load is run again and again, each time with
one call of one kind failed by strace, and must either go on or end cleanly; what was acknowledged is
there after a start without faults, once, and `kopeck verify` finds nothing.

How many calls there are is measured first. strace counts them in each thread by itself, so one run
fails the n-th of every thread. With "n+" the n-th and all after it fail: a disk that is gone.
A run ends in one of these ways:

  served   it went on, answered at every door and ended with 0 when it was told to
  deaf     "n+" only: it lives, nobody reaches it, it ends when it is told to
  stopped  it ended by itself, not with 0, and said why
  aborted  libzmq, czmq or an assertion of ours ended it and said why
  killed   by the SIGKILL that was asked for

Everything else is a violation, and so are an acknowledgement lost, a fact twice, a start that fails.
"""
import argparse
import json
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict, namedtuple
from pathlib import Path

from process_rig import USAGE, Place, Process, SKIPPED, Unanswered, Violation, wait_until, wire
from syscall_loads import LOADS

SYSCALLS = ("fdatasync", "fsync", "pwrite64", "writev", "sendto", "sendmsg", "recvfrom", "recvmsg",
            "openat", "mmap", "read", "write", "poll", "epoll_wait", "epoll_ctl", "accept4",
            "socket", "connect", "bind", "clone3")
ERRORS = ("EIO", "ENOSPC", "EINTR", "ENOMEM", "KILL")
LASTING = ("EIO", "ENOSPC", "ENOMEM")  # what may fail for good
READY_S, ANSWER_S, PROBE_S, DEAF_S, END_S, TRACER_S = 12, 8, 8, 0.7, 12, 1
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
        if process not in LOADS or syscall not in SYSCALLS or error not in ERRORS:
            raise ValueError(text)
        return cls(process, syscall, error, int(when.rstrip("+")), when.endswith("+"))

    def wrapper(self, trace):
        what = "signal=KILL" if self.error == "KILL" else f"error={self.error}"
        when = f"{self.when}{'+' if self.lasting else ''}"
        return [*STRACE, trace, *([] if self.error == "KILL" else [FILTER]),
                "-e", f"trace={self.syscall}", "-e", f"inject={self.syscall}:{what}:when={when}"]


class Bench:
    """One place and one process in it that is hurt."""

    def __init__(self, bin_directory, name, program=None):
        self.load = LOADS[name]
        self.place = Place(bin_directory)
        self.process = Process(self.place, name, program)
        self.trace = self.place.directory / "trace"

    def close(self):
        self.process.kill()
        self.place.close()

    def begin(self, wrapper):
        self.place.forget_journals()
        self.process.start(wrapper)
        return self.process.wait_ready(READY_S)

    def measure(self):
        """What calls a run without faults makes: {syscall: Calls}."""
        if not self.begin([*STRACE, self.trace, FILTER, "-ttt", "-e", "trace=" + ",".join(SYSCALLS)]):
            raise Violation(f"{self.load.NAME} does not start: {self.process.said()}")
        ready = time.time()
        load = self.load()
        load.play(self.process, ANSWER_S, whole=True)
        load.audit(self.process, whole=True)
        self.process.stop_whole()
        counts = defaultdict(lambda: Calls(Counter(), Counter(), Counter()))
        linking = True
        for thread, at, syscall, rest in re.findall(r"^(\d+) +([\d.]+) (\w+)\((.*)",
                                                    self.said_by_strace(), re.MULTILINE):
            linking = linking and f"/etc/{self.load.NAME}.cfg" not in rest
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
        load = self.load()
        if self.begin(fault.wrapper(self.trace)):
            load.play(self.process, DEAF_S if fault.lasting else ANSWER_S)
        outcome = self.end(fault)
        said, reached = self.process.said(), "(INJECTED)" in self.said_by_strace()
        self.process.start_whole()
        load.audit(self.process)
        load.play(self.process, ANSWER_S, whole=True)
        load.audit(self.process, whole=True)
        self.process.stop_whole()
        self.place.verify(self.load.NAME)
        return outcome, reached or outcome == "killed", said

    def end(self, fault):
        """Classifies what the fault made of the process, and ends it."""
        alive, served = self.process.alive(), False
        if alive:
            served = self.process.is_ready() and self.answers(DEAF_S if fault.lasting else PROBE_S)
            alive = self.process.alive()
        if alive and not served and not fault.lasting:
            raise Violation(f"neither serves nor ends: {self.process.said()}")
        status, said = self.process.stop(END_S), self.process.said()
        if status is None:
            raise Violation(f"does not end when told to: {said}")
        if status == 0 and alive:
            return "served" if served else "deaf"
        if status == -signal.SIGKILL and fault.error == "KILL":
            return "killed"
        explained = (any(" info " not in line for line in said.splitlines())
                     or fault.syscall == "write" and fault.lasting)  # which is how it would say it
        if status == -signal.SIGABRT and explained:
            return "aborted"
        if status > 0 and explained:
            return "stopped"
        raise Violation(f"ends with {status}: {said}")

    def answers(self, seconds):
        """Does every door answer?"""
        door, replay = self.process.door(), self.process.door("replay", "auditor")
        try:
            door.ask("status", deadline_s=seconds)
            replay.ask("replay", deadline_s=seconds, **{"from": 1, "bytes_max": 1})
            return True
        except (Unanswered, wire.Failure):
            return False
        finally:
            door.close()
            replay.close()


# --- which faults --------------------------------------------------------------------------------

def positions(calls):
    """(of the load, of the start): every n that some thread reaches in that phase."""
    load = {n for thread, end in calls.end.items()
            for n in range(calls.start[thread] + 1, end + 1)}
    start = {n for thread, end in calls.start.items()
             for n in range(calls.linker[thread] + 1, end + 1)}
    return sorted(load), sorted(start - load)


def plan(name, measured, draws, options):
    """Every n of every pair, or a few by the seed."""
    faults = []
    for syscall, calls in measured.items():
        for error in ERRORS:
            for lasting in (False, True) if error in LASTING else (False,):
                load, start = positions(calls)
                if options.all:
                    chosen = sorted(load + start)
                else:
                    wanted = max(1, options.each // 4) if lasting else options.each
                    chosen = draws.sample(load, min(wanted, len(load)))
                    chosen += draws.sample(start, min(max(1, wanted // 4), len(start)))
                faults += [Fault(name, syscall, error, n, lasting) for n in chosen]
    draws.shuffle(faults)
    return faults


# --- the run -------------------------------------------------------------------------------------

class Tally:
    def __init__(self, options):
        self.options = options
        self.began = self.said = time.monotonic()
        self.outcomes, self.last_words = Counter(), Counter()
        self.runs = self.reached = self.violations = self.planned = 0
        self.pairs = set()

    def seconds(self):
        return time.monotonic() - self.began

    def over(self):
        return self.options.seconds and self.seconds() > self.options.seconds

    def note(self, fault, outcome, reached, said):
        self.runs += 1
        self.outcomes[outcome] += 1
        if reached:
            self.reached += 1
            self.pairs.add((fault.process, fault.syscall, fault.error))
        if outcome == "aborted":
            self.last_words[f"{fault.syscall} {fault.error}: {said.strip().splitlines()[-1]}"] += 1
        if sys.stderr.isatty() and time.monotonic() - self.said > PROGRESS_S:
            self.said = time.monotonic()
            print(f"\r{self.runs} of {self.planned} runs, {self.violations} violations, "
                  f"{self.seconds():.0f} s, {fault}        ", end="", file=sys.stderr)

    def report(self):
        if sys.stderr.isatty():
            print(file=sys.stderr)
        print(f"{self.runs} runs of {self.planned} in {self.seconds():.0f} s, {self.reached} came "
              f"to pass over {len(self.pairs)} pairs: " +
              ", ".join(f"{count} {how}" for how, count in sorted(self.outcomes.items())) +
              f"; {self.violations} violations")
        for words, count in self.last_words.most_common():
            print(f"  aborted {count} times: {words}")
        if self.options.json:
            print(json.dumps({
                "part": "syscall_faults", "seed": self.options.seed,
                "seconds": round(self.seconds(), 1), "violations": self.violations,
                "runs": self.runs, "planned": self.planned, "reached": self.reached,
                "pairs": len(self.pairs),
                **{how: self.outcomes[how] for how in ("served", "deaf", "stopped", "aborted",
                                                       "killed")}}))


def hurt(bench, fault, tally):
    try:
        outcome, reached, said = bench.run(fault)
    except Violation as violation:
        tally.runs += 1
        tally.violations += 1
        bench.process.kill()
        program = f" --program {tally.options.program}" if tally.options.program else ""
        print(f"VIOLATION {fault}: {violation}\nto see it again: {sys.argv[0]} "
              f"{tally.options.bin}{program} --only {fault}", flush=True)
    else:
        tally.note(fault, outcome, reached, said)
        if tally.options.only:
            print(f"{fault}: {outcome}{'' if reached else ', not reached'}\n{said}")


def strike(name, tally, options, draws):
    bench = Bench(options.bin, name, options.program)
    try:
        faults = options.only or plan(name, bench.measure(), draws, options)
        tally.planned += len(faults)
        for fault in faults:
            if tally.over() or tally.violations >= options.violations_max:
                break
            hurt(bench, fault, tally)
    finally:
        bench.close()


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=Path, help="the directory of the programs")
    parser.add_argument("--process", action="append", choices=sorted(LOADS),
                        help="which process to hurt; repeatable; all by default")
    parser.add_argument("--each", type=int, default=4, metavar="K",
                        help="so many n of each pair of call and error, by the seed (4)")
    parser.add_argument("--all", action="store_true", help="every n of every pair")
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
    draws, tally = random.Random(options.seed), Tally(options)
    names = {fault.process for fault in options.only} if options.only else options.process or LOADS
    for name in names:
        strike(name, tally, options, draws)
    tally.report()
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
