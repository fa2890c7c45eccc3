#!/usr/bin/python3
"""Every process of a running fleet is inside its sandbox, in each of its threads, over ports and over
local sockets, and goes on working there.

usage: test_confinement.py KOPECK_FLEET KOPECK
"""

import ctypes
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from services_table import PROGRAMS  # noqa: E402

INSIDE = {"NoNewPrivs": "1", "Seccomp": "2", "CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapAmb": 0}
LANDLOCK_CREATE_RULESET, LANDLOCK_VERSION = 444, 1
WAIT_S = 20


def check(truth, what):
    if not truth:
        raise AssertionError(what)


def children(pid):
    """Program name -> pid of its children."""
    pids = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    # `comm` cuts a name off behind 15 characters.
    return {pathlib.Path(pathlib.Path(f"/proc/{p}/cmdline").read_text(errors="replace").split("\0")[0]).name: p for p in pids}


def status_of(task):
    pairs = (line.split(":\t", 1) for line in (task / "status").read_text().split("\n") if line)
    return {key: value.strip() for key, value in pairs}


def check_inside(name, pid, is_root):
    tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
    check(len(tasks) > 1, f"{name} has no thread but its first")
    for task in tasks:
        status = status_of(task)
        for key, expected in INSIDE.items():
            got = status[key] if isinstance(expected, str) else int(status[key], 16)
            check(got == expected, f"{name}: thread {status['Name']}: {key} is {got}")
        check(not is_root or int(status["CapBnd"], 16) == 0, f"{name}: CapBnd {status['CapBnd']}")
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    check(re.search(r"Max core file size +0 +0 ", limits), f"{name} may leave a core")
    check(re.search(r"Max data size +[0-9]+ +[0-9]+ ", limits), f"{name} may allocate all there is")
    files = re.search(r"Max open files +([0-9]+) +([0-9]+) ", limits)
    check(files and int(files[2]) <= 65536, f"{name}: open files {files and files[0]}")


def wait_ready(directory, names):
    end = time.monotonic() + WAIT_S
    while not all((directory / "run" / f"{name}.ready").exists() for name in names):
        check(time.monotonic() < end, "the fleet is not ready")
        time.sleep(0.05)


def run_fleet(program, kopeck, directory, options):
    with subprocess.Popen([program, "up", "--dir", directory, *options],
                          stdout=subprocess.DEVNULL) as fleet:
        try:
            names = [name.split("-")[1] for name in PROGRAMS]
            wait_ready(directory, [*names, "sim"])
            pids = children(fleet.pid)
            for name in PROGRAMS:
                check_inside(name, pids[name], os.geteuid() == 0)
            # A ready file says that the doors are open, not yet that the peers are reached.
            answer = subprocess.run([kopeck, "--config", directory / "etc" / "kopeck.cfg",
                                     "status", "--wait", str(WAIT_S)],
                                    capture_output=True, text=True, check=False,
                                    timeout=2 * WAIT_S)
            check(answer.returncode == 0, f"status: {answer.stdout}{answer.stderr}")
        finally:
            fleet.send_signal(signal.SIGTERM)
        check(fleet.wait(WAIT_S) == 0, "the fleet did not stop well")
    for name in names:
        log = (directory / "log" / f"{name}.log").read_text()
        check("sandboxed" in log, f"{name} does not say that it is in a sandbox")
        check("error" not in log, f"{name}: {log}")


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    if ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION) < 1:
        print("this kernel has no Landlock")
        return 77
    with tempfile.TemporaryDirectory(prefix="kopeck-") as directory:
        for number, options in enumerate([[], ["--tcp"]]):
            run_fleet(sys.argv[1], sys.argv[2], pathlib.Path(directory) / str(number), options)
    return 0


sys.exit(main())
