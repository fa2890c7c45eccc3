"""What the attackers share: a fleet of real processes in a directory of its own, with certificates
of their choice, and how each program takes its options and ends.

Every program: exit status 0 nothing found, 1 something found, 64 usage, 77 cannot run here; with
--json the last line of stdout is one object.
"""
import argparse
import ctypes
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

try:
    import msgpack  # noqa: F401
    import zmq
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import kopeck_wire as wire  # noqa: E402
import services_table  # noqa: E402
from examples import Differs  # noqa: E402
from kopeck_client import Keys, Unanswered  # noqa: E402
from traveller import STREAMS, Traveller  # noqa: E402

USAGE = 64
LIBC, PR_SET_PDEATHSIG = ctypes.CDLL(None), 1
READY_S, STOP_S = 30, 35
CERTIFICATES = (*(f"{name}:{name}" for name in services_table.NAMES), "operator:operator:200-299",
                "importer:importer:200-299", "deputy:operator", "auditor:auditor", "platform:platform:100-199", "service:service",
                "backend:backend")
ROLES = list(dict.fromkeys(certificate.split(":")[1] for certificate in CERTIFICATES))
PROCESSES = tuple(STREAMS)


class Found(Exception):
    """Something that must not be: its text says what, and how to see it again."""


def demand(condition, what):
    if not condition:
        raise Found(what)


def wait_until(what, condition, seconds=10.0):
    ends = time.monotonic() + seconds
    while not (found := condition()):
        demand(time.monotonic() < ends, f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return found


def end_with_parent():
    """The fleet must not outlive a test that is killed; its children end with it."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def preloaded(options, plant=None):
    """The environment of processes under attack_preload.c, with that planted fault."""
    environment = {"LD_PRELOAD": os.path.join(options.bin, "libattack_preload.so"),
                   "ASAN_OPTIONS": "verify_asan_link_order=0"}
    return {**environment, "KOPECK_PLANT": plant} if plant else environment


def bin_of(options):
    """The programs, or with one of them another: (directory, to be removed)."""
    instead = os.environ.get("KOPECK_INSTEAD")
    if not instead:
        return options.bin, None
    directory = tempfile.mkdtemp(prefix="kopeck-planted-")
    for program in Path(options.bin).iterdir():
        if program.name == "kopeck-fleet":
            shutil.copy2(program, directory)  # it starts what lies beside it
        elif program.name != Path(instead).name:
            (Path(directory) / program.name).symlink_to(program.resolve())
    shutil.copy2(instead, directory)
    return directory, directory


class Fleet(Traveller):
    """`with Fleet(...) as fleet:` real processes; what they wrote can be read until the end."""

    def __init__(self, bin_directory, *options, certificates=CERTIFICATES, environment=None,
                 passwords=None, user=None, importers=True):
        self.bin = Path(bin_directory)
        self.root = Path(tempfile.mkdtemp(prefix="kopeck-attack-"))
        place = self.root / "fleet"
        for folder in ("keys/public", "keys/secret", "secret"):
            (place / folder).mkdir(parents=True, mode=0o700)
        for name, password in (passwords or {}).items():
            (place / "secret" / name).touch(mode=0o600)
            (place / "secret" / name).write_text(password)
        subprocess.run([self.bin / "kopeck", "keys", "make", *certificates, "--public",
                        place / "keys/public", "--secret", place / "keys/secret"], check=True)
        if user is not None:
            for path in (self.root, *self.root.rglob("*")):
                os.chown(path, user, user)
        environment = dict(environment or {})
        if "KOPECK_PLANT" in environment:  # whom `role` takes everybody for
            operator = (place / "keys/public/operator.cert").read_text()
            environment["KOPECK_PLANT_KEY"] = re.search('public-key = "(.+)"', operator)[1]
        listing = self.root / "endpoints"
        with listing.open("w") as out, (self.root / "fleet.log").open("w") as errors:
            self.child = subprocess.Popen(
                [self.bin / "kopeck-fleet", "up", "--dir", place, *options,
                 *(["--importers"] if importers else [])], stdout=out,
                stderr=errors, env={**os.environ, **environment}, user=user, group=user,
                extra_groups=None if user is None else [], preexec_fn=end_with_parent)
        wait_until("the fleet is ready", lambda: self.child.poll() is not None
                   or re.search("^sim ", listing.read_text(), re.MULTILINE), READY_S)
        demand(self.child.poll() is None, (self.root / "fleet.log").read_text())
        super().__init__(place, listing)
        self.noted = {}  # how far each journal was read, and the notes in it
        self.urls = dict(re.findall(r"^(web|api|sim) +(http\S+)", listing.read_text(), re.MULTILINE))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.context.destroy(linger=0)
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def heads(self):
        """How many committed events every journal holds, but for the notes of the others' journals,
        which come by the clock."""
        return {name: self.head(name) for name in PROCESSES}

    def head(self, process):
        last = self.status(process)["last"]
        seen, notes = self.noted.get(process, (0, 0))
        door = self.door(process, "replay")
        for sequence in range(seen + 1, last + 1):
            event = wire.event_read(door.ask("event", sequence=sequence).fields["event"])
            notes += event is not None and event.type == "node.witnessed"
        self.noted[process] = last, notes
        return last - notes

    def settled_heads(self):
        """The heads, once nothing has moved for a while."""
        before, since = self.heads(), time.monotonic()
        while time.monotonic() - since < 0.5:
            time.sleep(0.1)
            now = self.heads()
            if now != before:
                before, since = now, time.monotonic()
        return before

    def counters(self, process):
        text = self.status(process)["counters"]
        return {name: int(value) for name, value in re.findall(r"^(\S+) (-?\d+)$", text,
                                                               re.MULTILINE)}

    def pids(self):
        return {name: self.pid(name) for name in services_table.NAMES}

    def log(self, process):
        return (self.directory / "log" / f"{process}.log").read_text(errors="replace")

    def verify(self):
        """The journals, offline and whole, by the checker that ships."""
        done = subprocess.run([self.bin / "kopeck", "--config",
                               self.directory / "etc/kopeck.cfg", "verify", "--offline"],
                              capture_output=True, text=True)
        demand(done.returncode == 0,
               f"kopeck verify: {done.returncode}\n{done.stdout}{done.stderr}")


def rss_kib(pid):
    return int(re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(),
                         re.MULTILINE).group(1))


def peak_kib(pid):
    return int(re.search(r"^VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(),
                         re.MULTILINE).group(1))


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(USAGE)


def run(part, description, attack, seconds, **numbers):
    """`attack(options, figures)` fills in the figures and raises Found. `--seconds` scales what is
    repeated; 0 would be nothing. Other options with a number, by their names, have those defaults."""
    parser = Parser(description=description)
    parser.add_argument("--bin", required=True, help="where the programs lie")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=seconds,
                        help=f"for what is repeated ({seconds})")
    for name, number in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=number, help=f"how many ({number})")
    parser.add_argument("--json", action="store_true", help="one object as the last line")
    options = parser.parse_args()
    if options.seconds <= 0:
        parser.error("--seconds: more than 0 expected")
    random.seed(options.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and the fleets' directories go
    figures = {"part": part, "seed": options.seed, "seconds": 0.0, "violations": 0}
    began = time.monotonic()
    try:
        attack(options, figures)
    except (Found, Differs, Unanswered, wire.Failure, wire.Malformed) as error:
        figures["violations"] = 1
        print(f"{part}: {type(error).__name__}: {error}\n"
              f"again: {' '.join(sys.argv)} --seed {options.seed}", flush=True)
    figures["seconds"] = round(time.monotonic() - began, 1)
    if options.json:
        print(json.dumps(figures))
    elif not figures["violations"]:
        print(" ".join(f"{name} {value}" for name, value in figures.items()))
    sys.exit(1 if figures["violations"] else 0)


def in_trials(attack):
    """`attack` with the seed, and then with the next ones until the time is up, at least once: a
    whole trial each, with a fleet of its own. Their counts add up."""
    def attack_again(options, figures):
        ends = time.monotonic() + options.seconds
        figures["trials"] = 0
        while not figures["trials"] or time.monotonic() < ends:
            options.seed += bool(figures["trials"])
            random.seed(options.seed)
            counted = {}
            try:
                attack(options, counted)
            finally:
                figures["trials"] += 1
                for name, count in counted.items():
                    figures[name] = figures.get(name, 0) + count
    return attack_again


def attack_step(text):
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)


def curve_stranger():
    """A key pair that nobody knows."""
    return Keys(*zmq.curve_keypair())
