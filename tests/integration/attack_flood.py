#!/usr/bin/python3
"""What attackers can cost: bombs, oversize frames, floods of requests and of handshakes, used-up
descriptors, clients that never read, hoards of answers and clients that never finish, against the
real processes over tcp, while honest clients go on.

Demanded: the honest are answered in every phase, no process ends, memory stays below a number,
nothing acknowledged is lost, and the journals verify. The latencies are measured and reported.
"""
import os
import random
import resource
import socket
import struct
import threading
import time
import urllib.request

import zmq

from attack_matrix import admitted
from attack_rig import (PROCESSES, Fleet, attack_step, curve_stranger, demand, peak_kib, rss_kib,
                        run, wait_until, wire)
from kopeck_audit import system_uid
from kopeck_client import Door, Feed, dealer_make, send_one

COUNTERS = ("bombs", "oversize", "flooded", "knockers", "half_handshakes", "posted_past_deaf",
            "hoarded", "hung_up_on", "crawled", "honest_posts")
ANSWER_S = 10.0  # an honest client's patience; what he really waited is reported
GROWTH_MAX_KIB = 192 * 1024
HOARD_MAX_KIB = 64 * 1024  # unread answers of one certificate are 32 MiB and one page
HOARDERS, PAGE_BYTES = 96, 983_040
POSTED_MIN = 15_000  # more than a page of them
ACCOUNT, CROWDED = wire.uid_random(), wire.uid_random()
BANK, TRANSFER, KOPECKS = system_uid(3), 4, 1_00
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(15) + bytes(32)
DESCRIPTORS = 160


class Honest(threading.Thread):
    """A bulk poster, a reader of balances on an old connection, and one who connects anew."""

    def __init__(self, fleet, patience_s=ANSWER_S):
        super().__init__(daemon=True)
        self.fleet, self.over, self.failure = fleet, threading.Event(), None
        self.patience_s = patience_s
        self.context = zmq.Context()
        self.waits = {"post": [], "balance": [], "connect": []}
        self.posted, self.connecting = 0, True

    def door(self, name="service"):
        return Door(self.context, self.fleet.endpoints["ledger", "command"],
                    self.fleet.keys(name), self.fleet.server("ledger"))

    def timed(self, what, action):
        began = time.monotonic()
        action()
        self.waits[what].append(time.monotonic() - began)

    def post(self, feed):
        item = wire.event_write("posting.requested", time.time_ns() // 1000, {
            "debit": BANK, "credit": ACCOUNT, "amount": KOPECKS, "kind": TRANSFER,
            "opens": True})
        answer = feed.batch(self.posted + 1, [item], deadline_s=self.patience_s)
        demand(answer.fail == 0, f"an honest batch was answered {answer.fail} {answer.detail}")
        self.posted = answer.acknowledged

    def connect(self):
        door = self.door()
        door.ask("status", deadline_s=self.patience_s)
        door.close()

    def run(self):
        try:
            feed = Feed(self.context, self.fleet.endpoints["ledger", "feed"],
                        self.fleet.keys("operator"), self.fleet.server("ledger"), 200)
            old = self.door()
            while not self.over.is_set():
                self.timed("post", lambda: self.post(feed))
                self.timed("balance", lambda: old.ask("balance", account=ACCOUNT,
                                                      deadline_s=self.patience_s))
                if self.connecting and self.posted % 8 == 0:
                    self.timed("connect", self.connect)
                time.sleep(0.005)
        except Exception as error:  # told by `check`
            self.failure = error

    def check(self, phase):
        demand(self.failure is None, f"{phase}: an honest client was not served: {self.failure!r}")

    def longest(self):
        waits = {what: max(times, default=0) for what, times in self.waits.items()}
        for times in self.waits.values():
            times.clear()
        return waits


# --- bombs ---------------------------------------------------------------------------------------

def bombs():
    """Frames up to 64 KiB that declare what is not there, or nest what nobody reads."""
    for head in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff",
                 b"\xc6\xff\xff\xff\xff", b"\xc9\xff\xff\xff\xff\x01", b"\xdd\x10\x00\x00\x00",
                 b"\xdc\xff\xff", b"\xde\xff\xff", b"\x9f", b"\x8f", b"\xc1"):
        yield head
        yield head + bytes(1000)
        for name in ("status", "post", "callback"):
            message = wire.REQUESTS[name]
            yield b"\x96\x01" + wire.pack(message.number) + b"\x01" + wire.pack(wire.uuid7()) + head
    for unit in (b"\x91", b"\x81\x01", b"\xdc\x00\x01", b"\xdd\x00\x00\x00\x01"):
        yield unit * (60_000 // len(unit)) + b"\xc0"
        yield b"\x95\x01\x0a\x01\xc0" + unit * (60_000 // len(unit))
    yield b"\xdc\xff\xff" + b"\xc0" * 65_000
    yield b"\x9f" + b"\x9f" * 60_000
    yield b"\x92\x01\x0a" * 20_000
    yield b""


def feed_bombs(producer):
    """Batches up to 1 MiB: nested items, and more of them than anybody may send."""
    def head(count):
        return wire.pack([1, 0, 1, producer, 1, 1, count, 0, False])

    yield head(1) + b"\x91" * 1_000_000
    yield head(1) + b"\xdd\x00\x0f\x00\x00" + b"\xc0" * 1_000_000
    yield head(8189) + b"\xc0" * 1_000_000
    yield head(2**32 - 1) + b"\xc0" * 1_000_000
    yield head(2**64 - 1)
    yield head(8189) + (b"\xdd\xff\xff\xff\xff") * 8189
    yield head(8189) + b"\x9f" * 8189


def drop_bombs(fleet, options, figures):
    for process in PROCESSES:
        for role in ("platform", "operator"):
            for door in ("command", "replay", "feed"):
                if (process, door) not in fleet.endpoints or role not in admitted(process, door):
                    continue
                victim = dealer_make(fleet.context, fleet.endpoints[process, door],
                                     fleet.keys(role), fleet.server(process))
                sent = list(bombs()) + (list(feed_bombs(150 if role == "platform" else 250))
                                        if door == "feed" else [])
                for bomb in sent:
                    demand(send_one(victim, bomb, 5), f"{process}.{door}: takes no message")
                    demand(victim.poll(5000), f"{process}.{door}: no answer to {bomb[:20].hex()}")
                    demand(wire.unpack_only(victim.recv())[2] != 0,
                           f"{process}.{door}: took {bomb[:20].hex()}")
                    figures["bombs"] += 1
                victim.close()


def drop_raw_bombs(fleet, options, figures):
    """A size of 4 GiB before any handshake, on many connections."""
    bomb = GREETING + b"\x06" + struct.pack(">Q", 2**32 - 1)
    for process, door in fleet.endpoints:
        connections = [raw_connect(fleet, process, door) for _ in range(8)]
        for connection in connections:
            connection.sendall(bomb)
        figures["bombs"] += len(connections)
        for connection in connections:
            connection.close()


def send_oversize(fleet, options, figures):
    """Over the door's limit by little and by much, in one frame and in thousands."""
    for process in PROCESSES:
        for door, size in (("command", 65_536), ("replay", 1_048_576), ("feed", 1_048_576)):
            if (process, door) not in fleet.endpoints:
                continue
            for frames in ([bytes(size + 100)], [bytes(4 * size)], [b"x" * 100] * 5000):
                victim = dealer_make(fleet.context, fleet.endpoints[process, door],
                                     fleet.keys(min(admitted(process, door))), fleet.server(process))
                demand(victim.poll(5000, zmq.POLLOUT), f"{process}.{door}: no connection")
                victim.send_multipart(frames)
                figures["oversize"] += 1
                demand(not victim.poll(20), f"{process}.{door}: an oversize message was answered")
                victim.close()


# --- floods --------------------------------------------------------------------------------------

def flood_requests(fleet, options, figures):
    """Certified clients that ask as fast as they can and never read an answer."""
    floods = []
    for process, door in fleet.endpoints:
        if door != "publish":
            victim = dealer_make(fleet.context, fleet.endpoints[process, door],
                                 fleet.keys(min(admitted(process, door))), fleet.server(process))
            victim.rcvhwm = 1
            floods.append((victim, wire.request_write("status", 1, {}, None)))
    ends = time.monotonic() + options.seconds
    while time.monotonic() < ends:
        for victim, frame in floods:
            for _ in range(50):
                figures["flooded"] += send_one(victim, frame)
    for victim, _ in floods:
        victim.close()


def flood_handshakes(fleet, options, figures):
    """Keys that nobody knows, knocking as often as they can."""
    context = zmq.Context()
    sockets = []
    for process, door in fleet.endpoints:
        for _ in range(4):
            knocking = context.socket(zmq.DEALER)
            knocking.linger = 0
            knocking.curve_publickey, knocking.curve_secretkey = curve_stranger()
            knocking.curve_serverkey = fleet.server(process)
            knocking.reconnect_ivl = 5
            knocking.reconnect_ivl_max = 5
            knocking.connect(fleet.endpoints[process, door])
            sockets.append(knocking)
    time.sleep(options.seconds)
    for knocking in sockets:
        knocking.close()
    context.destroy(linger=0)
    figures["knockers"] += len(sockets)
    for process in PROCESSES:
        wait_until(f"{process} has counted unknown keys",
                   lambda: fleet.counters(process)["shell.unknown_keys"] > 0)


def raw_connect(fleet, process, door):
    host, port = fleet.endpoints[process, door].removeprefix("tcp://").split(":")
    return socket.create_connection((host, int(port)), timeout=5)


def hold_handshakes(fleet, options, figures):
    """Half handshakes: a greeting and then nothing; nobody may hold a connection by that."""
    held = []
    for process, door in fleet.endpoints:
        for _ in range(20):
            connection = raw_connect(fleet, process, door)
            connection.sendall(GREETING[:random.randrange(1, len(GREETING) + 1)])
            held.append(connection)
    ends = time.monotonic() + 8
    for connection in held:
        connection.settimeout(max(0.1, ends - time.monotonic()))
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            demand(False, "half a handshake holds its connection for over 8 s")
        connection.close()
        figures["half_handshakes"] += 1
    for process in PROCESSES:
        doors = sum(name == process for name, _ in fleet.endpoints)
        wait_until(f"{process} has counted half handshakes", lambda: fleet.counters(process)[
            "shell.handshakes_unfinished"] >= 20 * doors)
    wait_until("the log tells of refused connections",
               lambda: '"connections were refused" unknown_key=' in fleet.log("ledger"), 15)


def exhaust_descriptors(fleet, options, figures, honest):
    """As many connections as a process has descriptors: who is connected stays served, and who
    comes is let in again once the attacker has gone."""
    honest.connecting = False
    pids = [fleet.pid(process) for process in ("ledger", "payment")]
    before = [resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in pids]
    for pid, (_, most_ever) in zip(pids, before):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, most_ever))
    held, most = [], 0
    ends = time.monotonic() + options.seconds
    while time.monotonic() < ends or (time.monotonic() < ends + ANSWER_S and
                                      "descriptors are used up" not in fleet.log("ledger")):
        for process in ("ledger", "payment"):
            try:
                held.append(raw_connect(fleet, process, "command"))
            except OSError:
                pass
        if len(held) > 600:
            held.pop(0).close()
        most = max(most, len(os.listdir(f"/proc/{pids[0]}/fd")))
    honest.check("descriptors used up")
    for connection in held:
        connection.close()
    for pid, limit in zip(pids, before):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
    demand("descriptors are used up" in fleet.log("ledger"), "nobody told of used-up descriptors")
    wait_until("the log tells that there are descriptors again",
               lambda: "over alarm=DESCRIPTORS" in fleet.log("ledger"))
    demand(most >= DESCRIPTORS - 8, f"only {most} of {DESCRIPTORS} descriptors were used up")
    figures["descriptors"] = most
    began = time.monotonic()
    door = honest_door(fleet)
    door.ask("status", deadline_s=ANSWER_S)
    figures["let_in_again_ms"] = round((time.monotonic() - began) * 1000)
    door.close()
    honest.connecting = True


def honest_door(fleet):
    return Door(fleet.context, fleet.endpoints["ledger", "command"], fleet.keys("service"),
                fleet.server("ledger"))


# --- slow ones -----------------------------------------------------------------------------------

def never_read(fleet, options, figures):
    """Subscribers and replayers that never read, while megabytes are posted."""
    sockets = []
    for _ in range(12):
        deaf = fleet.context.socket(zmq.SUB)
        deaf.linger, deaf.rcvhwm, deaf.rcvbuf = 0, 1, 4096
        deaf.curve_publickey, deaf.curve_secretkey = fleet.keys("auditor")
        deaf.curve_serverkey = fleet.server("ledger")
        deaf.subscribe(b"")
        deaf.connect(fleet.endpoints["ledger", "publish"])
        sockets.append(deaf)
        greedy = dealer_make(fleet.context, fleet.endpoints["ledger", "replay"],
                             fleet.keys("auditor"), fleet.server("ledger"), mark=1)
        sockets.append(greedy)
    bulk = fleet.feed("ledger", 201, "importer")
    items = [wire.event_write("posting.requested", 1, {
        "debit": BANK, "credit": CROWDED, "amount": 1, "kind": TRANSFER, "opens": True})] * 500
    ends, batches = time.monotonic() + options.seconds, 0
    ask = wire.request_write("replay", 1, {"from": 1, "bytes_max": PAGE_BYTES})
    while time.monotonic() < ends or batches * 500 < POSTED_MIN:
        answer = bulk.batch(batches * 500 + 1, items)
        demand(answer.fail == 0, f"bulk: {answer.fail} {answer.detail}")
        batches += 1
        for greedy in sockets[1::2]:
            send_one(greedy, ask)
    demand(fleet.balance(CROWDED)["cash"] == batches * 500, "a posting is lost or there twice")
    figures["posted_past_deaf"] += batches * 500
    for one in (*sockets, bulk):
        one.close()


def hoard(fleet, options, figures):
    """One certificate on many connections asks for pages of the journal and reads none: it holds no
    more than its share, and nobody else waits for that."""
    pid = fleet.pid("ledger")
    before, refused = rss_kib(pid), fleet.counters("ledger")["shell.replay_unread"]
    hoarders = [dealer_make(fleet.context, fleet.endpoints["ledger", "replay"],
                            fleet.keys("auditor"), fleet.server("ledger"), mark=1)
                for _ in range(HOARDERS)]
    for one in hoarders:
        demand(one.poll(5000, zmq.POLLOUT), "ledger.replay: no connection")
    ask = wire.request_write("replay", 1, {"from": 1, "bytes_max": PAGE_BYTES})
    follower = Door(fleet.context, fleet.endpoints["ledger", "replay"], fleet.keys("autopay"),
                    fleet.server("ledger"))
    ends, longest = time.monotonic() + 3 * options.seconds, 0.0
    while time.monotonic() < ends:
        for one in hoarders:
            for _ in range(20):
                figures["hoarded"] += send_one(one, ask)
        began = time.monotonic()
        page = follower.ask("replay", deadline_s=ANSWER_S, **{"from": 1, "bytes_max": PAGE_BYTES})
        demand(len(page.fields["records"]) > PAGE_BYTES // 2, "a follower's page is short")
        longest = max(longest, time.monotonic() - began)
        growth = rss_kib(pid) - before
        figures["hoard_kib"] = max(figures.get("hoard_kib", 0), growth)
        demand(growth < HOARD_MAX_KIB, f"a hoard of {growth} KiB is kept for one certificate")
    figures["hoard_follower_ms"] = round(longest * 1000)
    demand(fleet.counters("ledger")["shell.replay_unread"] > refused, "nobody was refused")
    for one in (*hoarders, follower):
        one.close()


def hang_up(fleet, options, figures):
    """Auditors that ask for whole statements and hang up while their questions still wait (what
    libzmq makes of that, attack_abort.py tries)."""
    sockets = [dealer_make(fleet.context, fleet.endpoints["ledger", "replay"],
                           fleet.keys("auditor"), fleet.server("ledger")) for _ in range(60)]
    for one in sockets:
        demand(one.poll(5000, zmq.POLLOUT), "ledger.replay: no connection")
    ask = wire.request_write("statement", 1, {
        "account": CROWDED, "head": fleet.balance(CROWDED)["head"], "limit": 500})
    for one in sockets:
        for _ in range(400):
            figures["hung_up_on"] += send_one(one, ask)
    time.sleep(0.3)
    for one in sockets:
        one.close()
    time.sleep(2.5)


def crawl_web(fleet, options, figures):
    """Headers and bodies that come a byte at a time, from three neighbours, 64 connections each;
    the honest comes from a fourth address."""
    host, port = fleet.urls["web"].removeprefix("http://").split(":")
    crawlers = []
    for neighbour in ("127.0.0.2", "127.0.0.3", "127.0.0.4"):
        for number in range(64):
            crawler = socket.create_connection((host, int(port)), 5, (neighbour, 0))
            crawler.sendall(b"POST /robokassa/result HTTP/1.1\r\nHost: a\r\n"
                            + (b"Content-Length: 9999\r\n\r\nOutSum=" if number % 2 else b"X"))
            crawlers.append(crawler)
    longest, ends = 0.0, time.monotonic() + options.seconds
    while time.monotonic() < ends:
        for crawler in crawlers:
            try:
                crawler.send(b"1")
            except OSError:
                pass
        began = time.monotonic()
        with urllib.request.urlopen(fleet.urls["web"] + "/health", timeout=ANSWER_S) as answer:
            demand(answer.status == 200, f"web: {answer.status}")
        longest = max(longest, time.monotonic() - began)
        figures["crawled"] += 1
    figures["web_longest_ms"] = round(longest * 1000)
    for crawler in crawlers:
        crawler.close()


PHASES = (drop_bombs, drop_raw_bombs, send_oversize, flood_requests, flood_handshakes,
          hold_handshakes, exhaust_descriptors, never_read, hoard, hang_up, crawl_web)


def attack(options, figures):
    figures.update(dict.fromkeys(COUNTERS, 0))
    with Fleet(options.bin, "--tcp") as fleet:
        pids = fleet.pids()
        begin = {name: rss_kib(pid) for name, pid in pids.items()}
        honest = Honest(fleet)
        honest.start()
        wait_until("the honest have begun", lambda: honest.posted > 10 or honest.failure)
        honest.longest()
        for phase in PHASES:
            attack_step(phase.__name__)
            more = (honest,) if phase is exhaust_descriptors else ()
            phase(fleet, options, figures, *more)
            honest.check(phase.__name__)
            for what, seconds in honest.longest().items():
                figures[f"{phase.__name__}_{what}_ms"] = round(seconds * 1000)
            now = fleet.pids()
            demand(now == pids, f"{phase.__name__}: a process has ended: {pids} are {now}\n" +
                   "".join(fleet.log(name)[-600:] for name in now if now[name] != pids[name]))
            growth = max(peak_kib(pid) - begin[name] for name, pid in pids.items())
            figures["growth_kib"] = max(figures.get("growth_kib", 0), growth)
            demand(growth < GROWTH_MAX_KIB, f"{phase.__name__}: a process grew by {growth} KiB")
        honest.over.set()
        honest.join()
        honest.check("the end")
        figures["honest_posts"] = honest.posted
        cash = fleet.balance(ACCOUNT)["cash"]
        demand(cash == honest.posted * KOPECKS, f"posted {honest.posted} rubles, there are {cash}")
        figures["malformed_counted"] = fleet.counters("ledger").get("shell.malformed", 0)
        fleet.stop()
        fleet.verify()


if __name__ == "__main__":
    run("attack_flood", __doc__, attack, 1.5)
