"""What both runs of fire share: processes that die with us, the platform, the calm after the
faults, and the judgement at the end.
"""
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import evidence
import history
import kit  # noqa: F401  first: it finds tests/python
import kopeck_wire as wire
from check_history import report
from checker import Checker
from services_table import SERVICES
from evidence import STREAMS, door_open, http_get, places_read
from kopeck_client import Unanswered

OUTBOX_PRODUCER = 100
SUCCEEDED = 5  # proto/codes.def
STATE_100 = 2  # evidence, proto/codes.def
CAPPED = (13, 14)  # proto/codes.def: NO_COUNT_CAP, NO_SUM_CAP
READY_S, STOP_S = 60, 20
CALM_S = 240  # a charge without a notice is asked about after 30 s, then after 2 minutes
ASK_S = 2.0
VIOLATIONS_SAID, VERIFY_SAID = 5, 20
FOLLOWS = {row.name: [STREAMS[peer] for peer in row.peers]
           for row in SERVICES if row.stream and row.peers}
PR_SET_PDEATHSIG = 1
# What Robokassa does wrong while things burn; all of it is mended by itself within the calm.
FAULTS = ["drop probability_ppm=30000", "server_error probability_ppm=20000",
          "timeout_after_accept probability_ppm=80000 delay_ms=50",
          "slow_answer probability_ppm=50000 delay_ms=500",
          "callback_first on=recurring probability_ppm=100000",
          "callback_duplicate probability_ppm=100000 times=2",
          "callback_late probability_ppm=100000 delay_ms=2000",
          "callback_never on=recurring probability_ppm=10000",
          "callback_wrong_signature probability_ppm=50000 times=1",
          "decline on=recurring probability_ppm=50000", "refuse on=recurring probability_ppm=20000"]
SIM_LINES = ["payer = pay", "redirect = no", "decision_delay_ms = 50",
             "delivery_gaps_ms = 300,600,1000,2000,3000,4000,5000,5000,5000,5000,5000,5000,5000",
             "delivery_timeout_ms = 2000", *(f"fault = {rule}" for rule in FAULTS)]

COMPLAINT = re.compile(r"^\S+ error |[Aa]ssert|Sanitizer|runtime error:")

libc = ctypes.CDLL(None, use_errno=True)


class Trouble(Exception):
    """The run itself cannot go on."""


TROUBLES = (Trouble, Unanswered, wire.Failure, OSError)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(arguments, log, **more):
    prepare = more.pop("prepare", die_with_parent)
    return subprocess.Popen([str(word) for word in arguments], stdin=subprocess.DEVNULL,
                            stdout=more.pop("stdout", log), stderr=log, preexec_fn=prepare, **more)


def signal_send(pid, number):
    """False if there is no such process any more."""
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


def end(process, how=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def wait_for(what, condition, seconds):
    ends = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > ends:
            raise Trouble(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return found


# --- the platform that metering follows ---

def outbox_doors(directory):
    """(publish, replay) of the outbox, from metering's own configuration."""
    lines = (Path(directory) / "etc/metering.cfg").read_text().splitlines()
    at = lines.index(f"    {OUTBOX_PRODUCER}")
    return tuple(lines[at + n].split('"')[1] for n in (1, 2))


def platform_configure(directory, seed):
    """Writes the configuration of a platform-sim whose lives pass 10 000 times as fast."""
    publish, replay = outbox_doors(directory)
    path = Path(directory) / "etc/platform.cfg"
    path.write_text(f"""platform
    producer = {OUTBOX_PRODUCER}
    speed = 10000
    accounts = 20
    replicas = 40
    seed = {seed % 2**32}
    ready_file = "{directory}/run/platform.ready"
outbox
    directory = "{directory}/var/platform"
    publish = "{publish}"
    replay = "{replay}"
certificates
    secret = "{directory}/keys/secret/platform.cert_secret"
    directory = "{directory}/keys/public"
""")
    return path


# --- the stand-in ---

def faults_end(url, seconds=READY_S):
    """Robokassa is well from now on, unless it is started again."""
    def told():
        try:
            with urllib.request.urlopen(url + "/sim/faults", b'{"rules": []}',
                                        timeout=ASK_S) as answer:
                return answer.status == 200
        except OSError:
            return False

    wait_for("the stand-in takes that there are no faults", told, seconds)


# --- the calm ---

class Calm:
    """Waits until nothing is left to do that can be done now."""

    def __init__(self, context, directory):
        self.places = places_read(directory)
        self.doors = {name: door_open(context, directory, name, "command", "operator")
                      for name in STREAMS}
        self.settled = set()  # invoices

    def close(self):
        for door in self.doors.values():
            door.close()

    def no_more_autopay(self):
        """Whoever was charged before is not charged again, so that things come to rest."""
        self.doors["autopay"].ask(
            "autopay.policy", wire.uuid7(), threshold=0, interval_us=31 * 86_400_000_000,
            backoff_first_us=0, backoff_second_us=0, declines_max=1000, attempts_max=1000,
            pacing_us=0, crowd=1000, deadline_s=READY_S)

    def wait_for_outbox(self, last, seconds=CALM_S):
        """Until metering has taken that many of its items."""
        def taken():
            try:
                cursors = self.doors["metering"].ask("clock", deadline_s=ASK_S).fields["cursors"]
            except (Unanswered, wire.Failure):
                return False
            return dict(wire.unpack_only(cursors)).get(OUTBOX_PRODUCER, 0) >= last

        wait_for(f"metering takes {last} items of the outbox", taken, seconds)

    def wait(self, seconds=CALM_S):
        """Trouble names what does not come to rest."""
        ends, before = time.monotonic() + seconds, None
        while time.monotonic() < ends:
            last, why = self._look()
            if why is None and last == before:
                return
            before = last if why is None else None
            time.sleep(0.3)
        raise Trouble(f"no rest within {seconds} s: {why or 'the journals still grow'}")

    def _look(self):
        try:
            clocks = {name: door.ask("clock", deadline_s=ASK_S).fields
                      for name, door in self.doors.items()}
            captured = http_get(self.places["robokassa_sim"]["url"] + "/sim/captures")["captures"]
            for capture in captured:
                if capture["invoice"] not in self.settled:
                    answer = self.doors["payment"].ask("payment", deadline_s=ASK_S,
                                                       invoice=capture["invoice"])
                    if answer.fields["state"] != SUCCEEDED:
                        return None, (f"invoice {capture['invoice']} is captured and in state "
                                      f"{answer.fields['state']}")
                    self.settled.add(capture["invoice"])
        except (Unanswered, wire.Failure, OSError) as error:
            return None, f"{type(error).__name__}: {error}"
        last = {STREAMS[name]: clock["last"] for name, clock in clocks.items()}
        for name, streams in FOLLOWS.items():
            cursors = dict(wire.unpack_only(clocks[name]["cursors"]))
            for stream in streams:
                if cursors.get(stream, 0) < last[stream]:
                    return None, f"{name} is at {cursors.get(stream)} of {last[stream]} of {stream}"
        return last, None


# --- the judgement ---

def judge(load, directory, records, settled=True):
    """(violations, what was counted) once all is calm, or, not settled, as it is."""
    found = evidence.read_fleet(load.context, directory, records)
    checker = Checker(history.read([load.record.path]), found, settled)
    checker.check()
    report(checker, VIOLATIONS_SAID)
    print("operations: " + ", ".join(f"{what} {phase} {count}" for (what, phase), count
                                     in sorted(load.record.counts.items())))
    for error in load.errors:
        print(f"LOAD: {error}")
    return (len(checker.violations) + len(load.errors),
            dict(checker.checked) | reached(found.journals))


def reached(journals):
    """How often the situations came about that the run is there for."""
    events = Counter(event.type for journal in journals.values() for event in journal)
    capped = sum(event.type == "autopay.withheld" and event.fields["reason"] in CAPPED
                 for event in journals["autopay"])
    asked = sum(event.type == "payment.succeeded" and event.fields["evidence"] == STATE_100
                for event in journals["payment"])
    return {"boots": events["node.booted"], "limits_reached": capped, "found_by_asking": asked,
            "unknown_payments": events["payment.unknown"],
            "declined_payments": events["payment.declined"],
            "revocations": events["mandate.revoked"], "lives_told": events["resource.deleted"]}


def verify(binaries, directory, *options, **more):
    """Does `kopeck verify` find everything as it should be?"""
    done = subprocess.run([str(binaries / "kopeck"), "--config", f"{directory}/etc/kopeck.cfg",
                           "verify", *options], capture_output=True, text=True, **more)
    if done.returncode:
        said = (done.stdout + done.stderr).splitlines()
        print(f"kopeck verify {' '.join(options)}: exit {done.returncode}",
              *said[:VERIFY_SAID], sep="\n")
    return done.returncode == 0


def complaints(paths):
    """Lines of logs that no kill and no network explains: errors, assertions, sanitizers' finds."""
    return [f"{path.stem}: {line}" for path in paths
            for line in path.read_text(errors="replace").splitlines() if COMPLAINT.search(line)]


def children(pid):
    """{name of the program: pid} of a process's children."""
    found = {}
    try:
        pids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return found
    for child in pids:
        try:
            words = Path(f"/proc/{child}/cmdline").read_text(errors="replace").split("\0")
        except OSError:
            continue  # it ended while we looked
        if words[0]:
            found[os.path.basename(words[0])] = int(child)
    return found


def say(text):
    if sys.stderr.isatty():
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)
