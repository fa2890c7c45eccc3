"""The real processes that a year is played on: a fleet whose driven clock we move, its doors, its
streams, the stand-in of Robokassa, and the command line.

Everything said here is said as any program of a platform says it: by proto/PROTOCOL.md, or by
`kopeck`. Instants are microseconds of the driven clock, money is kopecks.
"""
import hashlib
import http.client
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/python"))

import msgpack  # noqa: E402
import zmq  # noqa: E402

import kopeck_wire as wire  # noqa: E402
from kopeck_client import Door, Feed, certificate_read  # noqa: E402
from kopeck_wire import Failure  # noqa: E402, F401

PRODUCER = 100
ITEMS_MAX = 500
KOPECK_S = 600  # then it hangs
REPLAY_BYTES = 983_040
GRID_US = 60_000_000
TYPES = {message.number: message for message in wire.EVENTS.values()}
NUMBERS = {message.name: number for number, message in wire.EVENTS.items()}


class Stuck(Exception):
    """The platform does not do what it must: the year ends here."""


class Tail:
    """A stream, read on from where it was read to. Rows are (sequence, elements of the event)."""

    def __init__(self, door):
        self.door, self.epoch, self.sequence, self.leaf = door, 0, 0, wire.ZERO_HASH

    def rows(self, last=None):
        """To the head, or to `last`; to be read to the end."""
        while last is None or self.sequence < last:
            answer = self.door.ask("replay", **{
                "epoch": self.epoch, "from": self.sequence + 1, "leaf": self.leaf,
                "bytes_max": REPLAY_BYTES}).fields
            events = [(sequence, raw) for sequence, raw in wire.records_read(answer["records"])
                      if sequence > self.sequence and (last is None or sequence <= last)]
            if not events:
                return
            for sequence, raw in events:
                yield sequence, msgpack.unpackb(raw)
            self.sequence, raw = events[-1]
            self.epoch, self.leaf = answer["epoch"], hashlib.sha256(b"\0" + raw).digest()
            if self.sequence >= answer["last"]:
                return

    def named(self, *names):
        """The new events of these types, each as (sequence, name, at, fields)."""
        wanted = {NUMBERS[name] for name in names}
        for sequence, elements in self.rows():
            if elements[0] in wanted:
                message = TYPES[elements[0]]
                fields = {field.name: elements[at] for at, field in enumerate(message.fields, 4)
                          if at < len(elements)}
                yield sequence, message.name, elements[1], fields


class Doors:
    """Where the processes of a fleet in `directory` are reached, by `places` as it printed them."""

    def __init__(self, directory, places):
        self.directory, self.places = Path(directory), places
        self.context, self.doors = zmq.Context(), {}

    def keys(self, name):
        return certificate_read(self.directory / "fleet/keys/secret" / f"{name}.cert_secret")

    def server(self, process):
        return certificate_read(self.directory / "fleet/keys/public" / f"{process}.cert").public

    def journal(self, process):
        return self.directory / "fleet/var" / process

    def door(self, process, door="command", name="operator"):
        key = process, door, name
        if key not in self.doors:
            self.doors[key] = Door(self.context, self.places[f"{process} {door}"], self.keys(name),
                                   self.server(process))
        return self.doors[key]

    def tail(self, process):
        return Tail(self.door(process, "replay", "auditor"))


class Stage(Doors):
    """A fleet in `directory`, from `begin` on."""

    def __init__(self, programs, directory, begin, segment_events, grid_us=GRID_US):
        super().__init__(directory, {})
        self.programs, self.now = Path(programs), begin
        self.asked, self.sent, self.spent = Counter(), 0, Counter()
        self.log = (self.directory / "fleet.log").open("w")
        self.fleet = subprocess.Popen(
            [self.programs / "kopeck-fleet", "up", "--importers", "--dir", self.directory / "fleet",
             "--clock", "driven", "--start", str(begin), "--drive", "--grid", str(grid_us),
             "--segment-events", str(segment_events)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self._read_places()
        self.stand_in = http.client.HTTPConnection(self.places["sim"])
        self.feed = Feed(self.context, self.places["metering feed"], self.keys("platform"),
                         self.server("metering"), PRODUCER)
        self.to(begin)

    def close(self):
        self.fleet.stdin.close()
        self.fleet.wait(60)
        self.log.close()
        self.context.destroy(linger=0)

    def _read_places(self):
        process = None
        for line in self.fleet.stdout:
            words = line.split()
            if not line[0].isspace():
                process = words.pop(0)
            if process:
                self.places[" ".join((process, *words[:-1]))] = words[-1].removeprefix("http://")
            if process == "sim":  # the last line
                return
        raise Stuck(f"kopeck-fleet did not start: {(self.directory / 'fleet.log').read_text()}")

    # --- time ---

    def _drive(self, words):
        self.fleet.stdin.write(words + "\n")
        self.fleet.stdin.flush()
        answer = self.fleet.stdout.readline().strip()
        if not answer or answer.startswith("failed"):
            raise Stuck(f"{words}: {answer or 'the fleet ended'}")
        return answer

    def to(self, instant):
        began = time.monotonic()
        self._drive(f"to {instant}")
        self.now = instant
        self.spent["driving"] += time.monotonic() - began

    def settle(self):
        began = time.monotonic()
        self._drive("settle")
        self.spent["driving"] += time.monotonic() - began

    def counters(self):
        words = self._drive("counters").split()
        return dict(zip(words[::2], map(int, words[1::2])))

    # --- doors ---

    def ask(self, process, request, certificate="operator", **fields):
        """The answer's fields. Failure is the caller's to judge."""
        command = wire.REQUESTS[request].kind == "COMMAND"
        self.asked[request] += 1
        return self.door(process, name=certificate).ask(
            request, wire.uuid7() if command else None, retry=False, **fields).fields

    def push(self, items, through):
        """The platform's events, and that nothing before `through` is missing."""
        refused = []
        for at in range(0, max(len(items), 1), ITEMS_MAX):
            part = items[at:at + ITEMS_MAX]
            last = at + ITEMS_MAX >= len(items)
            answer = self.feed.batch(self.sent + 1, part, through if last else 0, deadline_s=60)
            if answer.fail or answer.acknowledged != self.sent + len(part):
                raise Stuck(f"metering does not take usage: {answer}")
            refused += [(at + n, fail) for n, fail in enumerate(answer.results) if fail]
            self.sent += len(part)
        return refused

    # --- Robokassa ---

    def _http(self, method, path, body=None):
        self.stand_in.request(method, path, body)
        answer = self.stand_in.getresponse()
        return answer.status, answer.read()

    def open_page(self, link):
        status, body = self._http("GET", "/" + link.split("/", 3)[3])
        if status >= 400:
            raise Stuck(f"the pay page answers {status}: {body[:200]}")

    def pays(self, invoice, action="pay"):
        """What the payer does at the page of an invoice: pay, decline, abandon, revive, return."""
        status, body = self._http("POST", "/sim/pay",
                                  json.dumps({"invoice": invoice, "action": action}))
        if status != 200:
            raise Stuck(f"{action} {invoice}: {status} {body[:200]}")

    def went_back(self, invoice):
        """Kopecks, as Robokassa's cabinet shows it."""
        rows = json.loads(self._http("GET", "/sim/captures")[1])["captures"]
        return next((row["refunded_kopecks"] for row in rows if row["invoice"] == invoice), 0)

    def faults(self, seed, rules):
        status, body = self._http("POST", "/sim/faults", json.dumps({"seed": seed, "rules": rules}))
        if status != 200:
            raise Stuck(f"the stand-in's faults: {status} {body[:200]}")

    # --- the command line ---

    def kopeck(self, *words, config="kopeck", status=0, text=None, as_json=True):
        """What `kopeck` prints, read as JSON, or its text."""
        began = time.monotonic()
        done = subprocess.run(
            [self.programs / "kopeck", "--config", self.directory / f"fleet/etc/{config}.cfg",
             *(["--json"] if as_json else []), *map(str, words)],
            capture_output=True, text=True, input=text, check=False, timeout=KOPECK_S)
        self.spent["kopeck"] += time.monotonic() - began
        self.asked["kopeck"] += 1
        if status is not None and done.returncode != status:
            raise Stuck(f"kopeck {' '.join(map(str, words))}: {done.returncode}: "
                        f"{done.stdout[-500:]}{done.stderr[-500:]}")
        return json.loads(done.stdout) if as_json and done.stdout.strip() else done.stdout
