"""A producer's outbox that is followed instead of pushed, and the journey of one through metering, by
PROTOCOL.md §13 alone.

    kopeck_outbox.py DIR ENDPOINTS

DIR is the directory of `kopeck-fleet up --outbox 100 --dir DIR`, ENDPOINTS what it printed.
"""
import struct
import sys
import time

import zmq
import zmq.utils.z85

import kopeck_wire as wire
from examples import equal
from kopeck_audit import leaf_hash
from kopeck_client import CURVE_WRAPPING, replay_from_1
from kopeck_wire import FAIL
from traveller import MINUTE_US, PLATFORM, Traveller

HEARTBEAT_S = 1.0
ZAP_ENDPOINT = "inproc://zeromq.zap.01"
ZAP_DOMAIN = b"kopeck"


class Outbox:
    """Items from 1 on, published and replayed. One thread: `step` does what is due."""

    def __init__(self, context, publish, replay, keys, followers, stream, epoch=1, term=1):
        self.stream, self.epoch, self.term = stream, epoch, term
        self.items, self.records, self.through = [], [], 0
        self.followers = [zmq.utils.z85.decode(key) for key in followers]
        self.zap = context.socket(zmq.REP)
        self.zap.linger = 0
        self.zap.bind(ZAP_ENDPOINT)  # before the doors: who asks finds it
        self.pub = self._bind(context, zmq.PUB, publish, keys, 1000)
        self.router = self._bind(context, zmq.ROUTER, replay, keys, 16)
        self.beat = 0.0

    def _bind(self, context, kind, endpoint, keys, mark):
        socket = context.socket(kind)
        socket.curve_server = True
        socket.curve_publickey, socket.curve_secretkey = keys
        socket.zap_domain = ZAP_DOMAIN
        socket.maxmsgsize = wire.COMMAND_MAX + CURVE_WRAPPING
        socket.linger = 0
        socket.sndhwm = socket.rcvhwm = mark
        socket.bind(endpoint)
        return socket

    def close(self):
        for socket in (self.pub, self.router, self.zap):
            socket.close()

    def append(self, items, through, announce=True, whole=True):
        """One record; `announce` no: as if the publication had been lost; `whole` no: header only."""
        first = len(self.items) + 1
        self.items += items
        self.through = through
        record = wire.record_write(first, items)
        self.records.append((first, record))
        if announce:
            self.pub.send(wire.publication_write(self.stream, self.epoch, self.term, first,
                                                 len(items), through, record if whole else b""))

    def step(self, wait_s=0.02):
        poller = zmq.Poller()
        poller.register(self.router, zmq.POLLIN)
        poller.register(self.zap, zmq.POLLIN)
        ready = dict(poller.poll(wait_s * 1000))
        if self.zap in ready:
            self._admit(self.zap.recv_multipart())
        if self.router in ready:
            peer, *frames = self.router.recv_multipart()
            if len(frames) == 1:
                self.router.send_multipart([peer, self._answer(frames[0])])
        if time.monotonic() - self.beat >= HEARTBEAT_S:
            self.beat = time.monotonic()
            self.pub.send(wire.heartbeat_write(self.stream, self.epoch, self.term,
                                               len(self.items), self.through))

    def _admit(self, frames):
        """RFC 27: version, request id, domain, address, identity, mechanism, key."""
        good = frames[2] == ZAP_DOMAIN and frames[5] == b"CURVE" and frames[6] in self.followers
        code, text = (b"200", b"OK") if good else (b"400", b"unknown key")
        self.zap.send_multipart([frames[0], frames[1], code, text, b"", b""])

    def _answer(self, frame):
        number = 0

        def refuse(failure):
            return wire.pack([wire.VERSION, number, FAIL[failure], len(self.items), failure])

        try:
            version, kind, number, _, *values = wire.unpack_only(frame)
            asked = wire.fields_read(wire.REQUESTS["replay"].fields, values)
        except (wire.Malformed, TypeError, ValueError):
            return refuse("INVALID")
        if version != wire.VERSION or kind != wire.REQUESTS["replay"].number:
            return refuse("VERSION")
        before = asked["from"] - 1
        if before < 0:
            return refuse("INVALID")
        if asked["epoch"] not in (0, self.epoch) or before > len(self.items):
            return refuse("HISTORY")
        if before and asked["leaf"] not in (wire.ZERO_HASH, leaf_hash(self.items[before - 1])):
            return refuse("HISTORY")
        records = b""
        for first, record in self.records:
            count, = struct.unpack_from("<I", record, 8)
            full = records and len(records) + len(record) > asked["bytes_max"]
            if first + count > asked["from"] and not full:
                records += struct.pack("<I", len(record)) + record
            elif full:
                break
        last = len(self.items)
        return wire.pack([wire.VERSION, number, 0, last, "", self.stream, self.epoch, self.term,
                          last, records])


class OutboxJourney(Traveller):
    def until(self, what, expected, function, deadline_s=10):
        ends, found = time.monotonic() + deadline_s, None
        while time.monotonic() < ends:
            self.outbox.step()
            found = function()
            if found == expected:
                return
        equal(what, expected, found)

    def cursor(self):
        cursors = self.door("metering").ask("clock").fields["cursors"]
        return dict(wire.unpack_only(cursors)).get(PLATFORM)

    def cash(self):
        try:
            return self.balance(self.payer)["cash"]
        except wire.Failure as failure:
            return failure.name

    def step_outbox(self):
        """A life in four records: one heard, one header only, one lost, one refused in part."""
        run = self.directory / "run"
        self.outbox = Outbox(self.context, f"ipc://{run}/outbox.publish",
                             f"ipc://{run}/outbox.replay", self.keys("platform"),
                             [self.server("metering")], PLATFORM)
        base = (time.time_ns() // 1000 // MINUTE_US - 20) * MINUTE_US
        self.payer, resource, replica = (wire.uid_random() for _ in range(3))

        def item(name, minutes, **fields):
            return wire.event_write(name, base + minutes * MINUTE_US, fields)

        def tick(minutes, tariff):
            return item("usage.ticked", minutes, resource=resource, replica=replica,
                        account=self.payer, tariff=tariff, kind=1)

        append = self.outbox.append
        append([item("resource.created", 0, resource=resource, account=self.payer, kind=1)], 0)
        self.until("the first item is taken", 1, self.cursor)
        append([item("replica.started", 0, resource=resource, replica=replica,
                     account=self.payer, tariff="nachalny", kind=1)], 0, whole=False)
        self.until("a header alone is enough", 2, self.cursor)
        append([tick(3, "no-such-tariff"), tick(3, "nachalny"),
                item("replica.stopped", 12, resource=resource, replica=replica)], 0, announce=False)
        self.until("a heartbeat tells of what was lost", 5, self.cursor)
        append([item("resource.deleted", 13, resource=resource)], base + 13 * MINUTE_US)
        self.until("12 minutes of nachalny", -8, self.cash)
        events, _ = replay_from_1(self.door("metering", "replay", "auditor"))
        events = [wire.event_read(raw) for raw in events]
        equal("what was refused left its trace",
              [{"producer": PLATFORM, "sequence": 3, "failure": FAIL["TARIFF"],
                "item": wire.EVENTS_BY_NAME["usage.ticked"].number}],
              [event.fields for event in events if event.type == "usage.refused"])
        through = [e.fields["through"] for e in events if e.type == "usage.through"]
        equal("through", [base + 13 * MINUTE_US], through)
        feed = self.feed("metering", PLATFORM, "platform")
        equal("pushed as well", FAIL["CONFLICT"], feed.batch(1, []).fail)
        feed.close()
        self.outbox.close()
        return f"{len(self.outbox.items)} items in {len(self.outbox.records)} records are followed"

    STEPS = (step_outbox,)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(OutboxJourney(*sys.argv[1:]).run())
