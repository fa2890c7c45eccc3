"""A client of KOPECK/1 over its sockets: doors that are asked, feeds that are pushed, streams that
are followed. Written from proto/PROTOCOL.md alone, with Debian's python3-zmq and python3-msgpack.
"""
import hashlib
import re
import time
from collections import namedtuple
from pathlib import Path

import zmq

import kopeck_wire as wire
from kopeck_wire import FAIL, Failure, Malformed

CURVE_WRAPPING = 64
RETRY_FIRST_S, RETRY_MAX_S = 0.25, 5.0

Keys = namedtuple("Keys", "public secret")
Cursor = namedtuple("Cursor", "epoch sequence leaf")
BEGINNING = Cursor(0, 0, wire.ZERO_HASH)


class Unanswered(Exception):
    """The deadline passed: what became of a command is unknown (§6.1)."""


class AnotherHistory(Exception):
    """The producer does not hold the event that our cursor names (§11.1, step 6)."""


def certificate_read(path):
    """Both halves of NAME.cert_secret, or the public half of NAME.cert (§3.3)."""
    found = dict(re.findall(r'^\s*(public-key|secret-key)\s*=\s*"(.{40})"', Path(path).read_text(),
                            re.MULTILINE))
    return Keys(found["public-key"].encode(), found.get("secret-key", "").encode())


def socket_make(context, kind, endpoint, keys, server, message_max, mark):
    """A connected socket with the options of §3.2."""
    socket = context.socket(kind)
    socket.curve_publickey, socket.curve_secretkey = keys
    socket.curve_serverkey = server
    socket.maxmsgsize = message_max + CURVE_WRAPPING
    socket.linger = 0
    socket.sndhwm = socket.rcvhwm = mark
    socket.tcp_keepalive, socket.tcp_keepalive_cnt = 1, 3
    socket.tcp_keepalive_idle = socket.tcp_keepalive_intvl = 2
    socket.tcp_maxrt = 6000
    socket.handshake_ivl = 2000
    socket.reconnect_ivl, socket.reconnect_ivl_max = 100, 5000
    if kind == zmq.DEALER:
        socket.immediate = 1
    else:
        socket.subscribe(b"")
    socket.connect(endpoint)
    return socket


def dealer_make(context, endpoint, keys, server, mark=512):
    return socket_make(context, zmq.DEALER, endpoint, keys, server, wire.BULK_MAX, mark)


def send_one(socket, frame, wait_s=0.0):
    """False if there is no connection or no room: the same as a message that was lost."""
    try:
        socket.poll(wait_s * 1000, zmq.POLLOUT)
        socket.send(frame, zmq.DONTWAIT)
        return True
    except zmq.Again:
        return False


class Door:
    """Requests and answers at one ROUTER. Repeats the same bytes until the deadline (§6.1)."""

    def __init__(self, context, endpoint, keys, server, mark=512):
        self.socket = dealer_make(context, endpoint, keys, server, mark)
        self.number = 0

    def close(self):
        self.socket.close()

    def frame(self, name, command_id=None, /, **fields):
        self.number += 1
        return wire.request_write(name, self.number, fields, command_id)

    def ask(self, name, /, command_id=None, deadline_s=10.0, retry=True, **fields):
        """An Answer; Failure if it was refused, Unanswered after the deadline. Failures that may
        pass are asked again with the same bytes if `retry`."""
        frame = self.frame(name, command_id, **fields)
        ends, pause = time.monotonic() + deadline_s, RETRY_FIRST_S
        while True:
            reply = self.exchange(frame, self.number, ends)
            try:
                return wire.answer_read(name, reply)
            except Failure as failure:
                may_pass = wire.FAILURES.get(failure.number, ("", False))[1]
                if not (retry and may_pass and time.monotonic() + pause < ends):
                    raise
            time.sleep(pause)
            pause = min(pause * 2, RETRY_MAX_S)

    def exchange(self, frame, number, ends):
        """The frame of the answer with that number."""
        pause = RETRY_FIRST_S
        while time.monotonic() < ends:
            send_one(self.socket, frame, pause)
            again = min(ends, time.monotonic() + pause)
            while (left := again - time.monotonic()) > 0 and self.socket.poll(left * 1000):
                reply = self.socket.recv()
                if wire.answer_split(reply)[0] == number:
                    return reply
            pause = min(pause * 2, RETRY_MAX_S)
        raise Unanswered(f"number {number}")

    def raw(self, frames, wait_s):
        """Sends what no client should; the answer's frame, None if there was none."""
        self.socket.send_multipart(frames)
        return self.socket.recv() if self.socket.poll(wait_s * 1000) else None


class Feed:
    """A producer's numbered items, pushed in batches with several under way (§8)."""

    ITEMS_MAX = 500
    WINDOW = 16

    def __init__(self, context, endpoint, keys, server, producer, epoch=1):
        self.socket = dealer_make(context, endpoint, keys, server)
        self.producer, self.epoch = producer, epoch
        self.number = 0
        self.acknowledged = 0

    def close(self):
        self.socket.close()

    def batch(self, first, items, through=0, atomic=False, deadline_s=10.0):
        """One batch, one FeedAnswer; repeated as it is until it is answered."""
        self.number += 1
        frame = wire.batch_write(self.number, self.producer, self.epoch, first, items, through,
                                 atomic)
        return self.raw(frame, self.number, deadline_s)

    def raw(self, frame, number, deadline_s=10.0):
        ends, pause = time.monotonic() + deadline_s, 1.0
        while time.monotonic() < ends:
            send_one(self.socket, frame, pause)
            answer = self._answer(number, min(pause, max(0, ends - time.monotonic())))
            if answer:
                return answer
            pause = min(pause * 2, RETRY_MAX_S)
        raise Unanswered(f"batch {number}")

    def _answer(self, number, wait_s):
        until = time.monotonic() + wait_s
        while (left := until - time.monotonic()) > 0 and self.socket.poll(left * 1000):
            answer = wire.feed_answer_read(self.socket.recv())
            if number in (None, answer.number):
                return answer
        return None

    def push(self, items, through, deadline_s=30.0):
        """Pushes the items after `acknowledged`; {sequence: failure} of those refused for good.
        Go-back-N: after a hole or silence all that is not acknowledged is sent again."""
        base, last = self.acknowledged, self.acknowledged + len(items)
        refused, known, ends = {}, set(), time.monotonic() + deadline_s
        sent, under_way, pause = base, {}, 1.0
        while self.acknowledged < last:
            while sent < last and len(under_way) < self.WINDOW:
                part = items[sent - base:sent - base + self.ITEMS_MAX]
                self.number += 1
                closing = through if sent + len(part) == last else 0
                if not send_one(self.socket, wire.batch_write(
                        self.number, self.producer, self.epoch, sent + 1, part, closing)):
                    break
                under_way[self.number] = sent + 1, sent + len(part)
                sent += len(part)
            answer = self._answer(None, pause)
            if time.monotonic() > ends:
                raise Unanswered("feed")
            if answer is None:
                sent, under_way, pause = self.acknowledged, {}, min(pause * 2, RETRY_MAX_S)
                continue
            first, end = under_way.pop(answer.number, (None, None))
            if first is None:
                continue
            if answer.fail == FAIL["GAP"] or wire.FAILURES.get(answer.fail, ("", False))[1]:
                sent, under_way = self.acknowledged, {}
                continue
            if answer.fail:
                raise Failure(answer.fail, answer.detail)
            pause = 1.0
            for sequence, result in enumerate(answer.results, first):
                if result and sequence not in known:
                    refused[sequence] = result
                known.add(sequence)
            self.acknowledged = max(self.acknowledged, answer.acknowledged)
            if answer.acknowledged < end:  # taken in part
                sent, under_way = self.acknowledged, {}
        return refused


class Follower:
    """Follows one stream by §11.1: SUB is the fast path, the replay door is the truth. `take` gets
    every event once, in order, as (sequence, bytes). `drop` is for tests: publications for which it
    says yes are thrown away as if they had been lost."""

    QUIET_S, DEAF_S, ANSWER_S, FAILED_S, CURRENT_S = 1.5, 3.0, 2.0, 2.0, 5.0

    def __init__(self, context, publish, replay, keys, server, stream, take, cursor=BEGINNING,
                 live=True, drop=lambda publication: False):
        self.context, self.publish = context, publish
        self.keys, self.server = keys, server
        self.stream, self.take, self.cursor, self.drop = stream, take, cursor, drop
        self.announced, self.doubt = 0, True  # at start the replay door is asked, always
        self.asked, self.asked_at, self.number = None, 0.0, 0
        self.heard, self.heard_sub, self.not_before = None, 0.0, 0.0
        self.subscriptions, self.questions, self.dropped = 0, 0, 0
        self.sub = None
        self.live = live
        if live:
            self.resubscribe()
        self.door = dealer_make(context, replay, keys, server, mark=16)
        self._ask()

    def close(self):
        self.door.close()
        if self.sub:
            self.sub.close()

    def resubscribe(self):
        if self.sub:
            self.sub.close()
        self.sub = socket_make(self.context, zmq.SUB, self.publish, self.keys, self.server,
                               wire.COMMAND_MAX, 1000)
        self.heard_sub = time.monotonic()
        self.subscriptions += 1

    @property
    def current(self):
        now = time.monotonic()
        return (self.heard is not None and now - self.heard < self.CURRENT_S
                and self.announced <= self.cursor.sequence)

    def step(self, wait_s=0.05):
        """Waits a moment, takes what came, asks what is due."""
        poller = zmq.Poller()
        for socket in filter(None, (self.sub, self.door)):
            poller.register(socket, zmq.POLLIN)
        ready = dict(poller.poll(wait_s * 1000))
        if self.sub in ready:
            self._heard(self.sub.recv())
        if self.door in ready:
            self._answered(self.door.recv())
        now = time.monotonic()
        if self.asked is not None and now - self.asked_at >= self.ANSWER_S:
            self.asked = None
            self._ask()
        behind = self.announced > self.cursor.sequence or self.doubt
        quiet = self.heard is None or now - self.heard > (self.QUIET_S if self.live else 1.0)
        if behind or quiet:
            self._ask()
        if self.live and now - self.heard_sub > self.DEAF_S:
            self.resubscribe()

    def until(self, sequence, deadline_s):
        ends = time.monotonic() + deadline_s
        while self.cursor.sequence < sequence:
            if time.monotonic() > ends:
                raise Unanswered(f"stream {self.stream}: at {self.cursor.sequence}, not {sequence}")
            self.step()

    def _heard(self, frame):
        publication = wire.publication_read(frame)
        if publication.stream != self.stream:
            return
        self.heard_sub = time.monotonic()
        if self.drop(publication):
            self.dropped += 1
            return
        if self.cursor.epoch == 0:
            self.cursor = self.cursor._replace(epoch=publication.epoch)
        elif self.cursor.epoch != publication.epoch:
            raise AnotherHistory(f"epoch {publication.epoch}, followed {self.cursor.epoch}")
        self.heard = self.heard_sub
        self.announced = max(self.announced, publication.last)
        if publication.last < self.cursor.sequence:
            self.doubt = True
        elif (publication.record and publication.first <= self.cursor.sequence + 1
              and publication.last > self.cursor.sequence):
            self._take(wire.record_read(publication.record))

    def _take(self, events):
        for sequence, raw in events:
            if sequence <= self.cursor.sequence:
                continue
            if sequence != self.cursor.sequence + 1:
                raise Malformed(f"event {sequence} after {self.cursor.sequence}")
            self.take(sequence, raw)
            self.cursor = Cursor(self.cursor.epoch, sequence,
                                 hashlib.sha256(b"\0" + raw).digest())

    def _ask(self):
        now = time.monotonic()
        if self.asked is not None or now < self.not_before:
            return
        self.number += 1
        frame = wire.request_write("replay", self.number, {
            "epoch": self.cursor.epoch, "from": self.cursor.sequence + 1, "leaf": self.cursor.leaf,
            "bytes_max": 983_040})
        if send_one(self.door, frame):  # else there is no connection yet: nothing is out
            self.asked, self.asked_at = self.number, now
            self.questions += 1

    def _answered(self, frame):
        if wire.answer_split(frame)[0] != self.asked:
            return
        self.asked, self.doubt = None, False
        try:
            answer = wire.answer_read("replay", frame).fields
        except Failure as failure:
            if failure.number == FAIL["HISTORY"]:
                raise AnotherHistory(failure.detail) from failure
            self.not_before = time.monotonic() + self.FAILED_S
            return
        if self.cursor.epoch == 0:
            self.cursor = self.cursor._replace(epoch=answer["epoch"])
        if answer["epoch"] != self.cursor.epoch:
            raise AnotherHistory(f"epoch {answer['epoch']}, followed {self.cursor.epoch}")
        self.heard = time.monotonic()
        self.announced = max(self.announced, answer["last"])
        self._take(wire.records_read(answer["records"]))


def replay_from_1(door, last=None):
    """[event bytes] of sequences 1 to `last`, or to the head, and what the last answer said."""
    events, leaf, epoch = [], wire.ZERO_HASH, 0
    while True:
        answer = door.ask("replay", **{"epoch": epoch, "from": len(events) + 1, "leaf": leaf,
                                       "bytes_max": 983_040}).fields
        for sequence, raw in wire.records_read(answer["records"]):
            if sequence > len(events):
                if sequence != len(events) + 1:
                    raise Malformed(f"event {sequence} after {len(events)}")
                events.append(raw)
        if not answer["records"] or (last is not None and len(events) >= last):
            return (events if last is None else events[:last]), answer
        epoch, leaf = answer["epoch"], hashlib.sha256(b"\0" + events[-1]).digest()
