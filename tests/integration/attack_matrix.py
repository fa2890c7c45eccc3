#!/usr/bin/python3
"""Who gets in: {no key, unknown key, wrong server key, revoked certificate, authenticator dead,
wrong role, another producer} x {tcp, ipc} x every message at every door of the real processes.

The messages are every row of docs/requests.md with fields that the right sender's would be taken
with, a batch of a feed, and every publication. A stranger must hear nothing and finish no
handshake; a wrong role must be answered FAIL_DENIED; no journal may move. The control: the right
sender is answered at every door, and every journal moves by what he sends. The seed draws in which
order strangers and wrong roles say it all.
"""
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import zmq
from zmq.utils.monitor import recv_monitor_message

from attack_rig import (CERTIFICATES, PROCESSES, ROLES, Fleet, Found, attack_step, curve_stranger,
                        demand, in_trials, preloaded, run, wait_until, wire)
import services_table
from kopeck_audit import system_uid
from kopeck_client import Door, send_one

COUNTERS = ("doors_that_speak", "handshakes_refused", "messages_unheard", "messages_denied",
            "producers_denied", "doors_shut", "connections_revoked",
            "subscriptions_cut", "messages_answered", "requests_taken", "plants_found")
SILENCE_S = 2.5  # longer than a handshake may take, and two heartbeats of a publication
REVOKED_WITHIN_S = 5.0  # a tenth of one on an idle machine
FEEDS = {"metering": (("platform",), 100), "ledger": (("operator", "importer"), 200)}  # and as whom
REPLAY = ("replay", "event", "events", "statement", "as_of", "as_of_many", "witness")
PEOPLE = {"operator", "auditor"}
HOUR_US = 3_600_000_000
ACCOUNT, RESOURCE = wire.uid_random(), wire.uid_random()
DEFAULTS = {"u64": 1, "id64": 1, "code": 1, "i64": 1, "money": 100_00, "flag": True, "uid": ACCOUNT,
            "text": "attack", "secret": "attack", "hash": wire.ZERO_HASH, "bytes": b"\x90"}
FIELDS = {
    "reseed": {"stream": 99},  # of no stream that anybody follows: else verify would name it for good
    "post": {"debit": system_uid(3), "credit": ACCOUNT, "kind": 4, "lot": 0},
    "topup": {"amount_rub": 500, "count_max": 0, "sum_max": 0, "method": 0},
    "mandate": {"account": ACCOUNT},
    "metering.policy": {"settle_us": 120_000_000, "late_us": 72 * HOUR_US, "ahead_us": 300_000_000,
                        "notice_us": 0, "seen": 0},
    "ledger.policy": {"seen": 0}, "operators.policy": {"seen": 0},
    "autopay.policy": {"threshold": 100_00, "interval_us": HOUR_US, "backoff_first_us": HOUR_US,
                       "backoff_second_us": HOUR_US, "declines_max": 3, "attempts_max": 10,
                       "pacing_us": 900_000_000, "crowd": 50, "prenotice_us": 0, "seen": 0},
    "producer.retire": {"producer": 150}, "resource": {"resource": RESOURCE},
    "quotas.change": {name: 2**40 for name in (
        "replicas", "replicas_account", "meters", "meters_hour", "accounts_hour", "bytes_hour",
        "refusals_hour")} | {"wait_us": HOUR_US, "reason": 0, "seen": 0},
    "resource.move": {"resource": RESOURCE, "producer": 100, "reason": 0},
    "requisites.register": {"inn": "9999123456", "kpp": "999901001", "name": "ООО Ромашка"},
    "transfer.receive": {"own_account": "40702810700000000101", "day": 18000, "payer_inn": "9999123456",
                         "payer_account": "40702810000000000001", "purpose": "услуги"},
    "transfer.assign": {"reason": 0, "invoice": 0},
    "transfer.settle": {"reason": 0, "fee": 0},
    "replay": {"epoch": 0, "bytes_max": 4096}, "events": {"sequences": b"\x91\x01"}}


# --- what is sent --------------------------------------------------------------------------------

def request_frame(name, number):
    """The request with fields that the right sender's would be taken with."""
    message = wire.REQUESTS[name]
    now = time.time_ns() // 1000
    values = {field.name: DEFAULTS.get(field.type, now // HOUR_US * HOUR_US + HOUR_US)
              for field in message.fields}
    values.update(FIELDS.get(name, {}))
    return wire.request_write(name, number, values,
                              wire.uuid7() if message.kind == "COMMAND" else None)


def batch_frame(process, number, producer, first=1):
    now = time.time_ns() // 1000
    if process == "ledger":
        item = wire.event_write("posting.requested", now, {
            "debit": system_uid(3), "credit": ACCOUNT, "amount": 1_00, "kind": 4,
            "opens": True})
    else:
        item = wire.event_write("replica.started", now - 60_000_000, {
            "resource": RESOURCE, "replica": wire.uid_random(), "account": ACCOUNT,
            "tariff": "nachalny", "kind": 1})
    return wire.batch_write(number, producer, 1, first, [item])


def messages(process):
    """Every message type as (name, number, frame); `feed` is a batch."""
    named = [(name, request_frame(name, number))
             for number, name in enumerate(wire.REQUESTS, 1)]
    named.append(("feed", batch_frame(process, len(named) + 1, FEEDS.get(process, ((), 100))[1])))
    return [(name, number, frame) for number, (name, frame) in enumerate(named, 1)]


def messages_drawn(fleet, process):
    """The same in any order."""
    drawn = messages(process)
    fleet.draw.shuffle(drawn)
    return drawn


def doors(fleet, kinds):
    return [(process, door) for process, door in fleet.endpoints if door in kinds]


def admitted(process, door):
    """The roles that a door is for, by the table of services: all others end at the handshake."""
    followers = PEOPLE | {service.name for service in services_table.SERVICES
                          if process in service.peers and service.stream}
    # `api` reads whole streams; `web` is let in at a replay door that answers of single accounts alone.
    faces = {service.name for service in services_table.SERVICES
             if process in service.peers and not service.stream}
    pushers = set(FEEDS[process][0]) if process in FEEDS else set()
    importers = {"importer"} if process == "documents" else set()  # who pushes nothing there
    return {"command": followers | faces | pushers | importers | {"service", "backend", process},
            "replay": followers | (faces if process in ("ledger", "autopay", "metering") else faces & {"api"}) |
            {"service", "backend"} | pushers & {"importer"},
            "publish": followers,
            "feed": pushers}[door]


# --- strangers: silence --------------------------------------------------------------------------

class Stranger:
    """A socket as hostile as it likes, that says everything at one door and watches."""

    MONITORED = (zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
                 | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
                 | zmq.EVENT_DISCONNECTED)

    def __init__(self, fleet, who, keys, server, process, door):
        self.name = f"{who} at {process}.{door}"
        self.socket = fleet.context.socket(zmq.SUB if door == "publish" else zmq.DEALER)
        self.socket.linger = 0
        if keys:
            self.socket.curve_publickey, self.socket.curve_secretkey = keys
            self.socket.curve_serverkey = server
        self.monitor = self.socket.get_monitor_socket(self.MONITORED)
        self.sent = 0
        if door == "publish":
            self.socket.subscribe(b"")
        self.socket.connect(fleet.endpoints[process, door])
        for _, _, frame in messages_drawn(fleet, process) if door != "publish" else ():
            self.sent += send_one(self.socket, frame)  # waits in the queue for the handshake

    def close(self):
        self.socket.disable_monitor()
        self.monitor.close()
        self.socket.close()

    def events(self):
        while self.monitor.poll(0):
            yield recv_monitor_message(self.monitor)["event"]


def strangers_of(fleet, who, keys, server=None):
    return [Stranger(fleet, who, keys, server or fleet.server(process), process, door)
            for process, door in fleet.endpoints]


def expect_silence(strangers, figures):
    """Nobody of them hears anything or finishes a handshake."""
    poller = zmq.Poller()
    for stranger in strangers:
        poller.register(stranger.socket, zmq.POLLIN)
    heard = poller.poll(SILENCE_S * 1000)
    demand(not heard, "answered: " + ", ".join(
        f"{s.name}: {s.socket.recv()[:40].hex()}" for s in strangers if (s.socket, 1) in heard))
    for stranger in strangers:
        events = list(stranger.events())
        demand(zmq.EVENT_HANDSHAKE_SUCCEEDED not in events, f"{stranger.name}: was let in")
        demand(events, f"{stranger.name}: nothing was even tried")
        figures["messages_unheard"] += stranger.sent
        figures["handshakes_refused"] += len(events)
        stranger.close()


def expect_speech(fleet, figures):
    """The control of the strangers' own code: with the right key every door speaks."""
    welcome = [Stranger(fleet, role, fleet.keys(role), fleet.server(process), process, door)
               for process, door in fleet.endpoints
               for role in sorted(admitted(process, door))[:1]]
    for stranger in welcome:
        demand(stranger.socket.poll(5000), f"{stranger.name}: silent to the right key")
        demand(zmq.EVENT_HANDSHAKE_SUCCEEDED in stranger.events(), f"{stranger.name}: no handshake")
        stranger.close()
        figures["doors_that_speak"] += 1


# --- wrong roles: FAIL_DENIED --------------------------------------------------------------------

def may(process, role, name):
    return (role in FEEDS.get(process, ((),))[0] if name == "feed"
            else role in wire.ROLES[name])


def answers(fleet, process, door, role, wanted, said):
    """(name, fail) for each message of `said` that `wanted` says yes to, under that role."""
    speaker = Door(fleet.context, fleet.endpoints[process, door], fleet.keys(role),
                   fleet.server(process))
    for name, number, frame in said:
        if wanted(process, role, name):
            answer = speaker.exchange(frame, number, time.monotonic() + 10)
            yield name, wire.answer_split(answer)[1]
    speaker.close()


def expect_denial(fleet, figures):
    for process, door in doors(fleet, ("command", "feed", "replay")):
        for role in admitted(process, door):
            for name, fail in answers(fleet, process, door, role,
                                      lambda *what: not may(*what),
                                      messages_drawn(fleet, process)):
                wanted = ("VERSION",) if name == "feed" and door == "replay" else (
                    "DENIED",)
                demand(fail in [wire.FAIL[word] for word in wanted],
                       f"{role} sends {name} to {process}.{door}: answered {fail}, not DENIED")
                figures["messages_denied"] += 1


def expect_other_producers_denied(fleet, figures):
    """Who may push may not as anybody else: nobody's numbering can be taken away by its epoch."""
    for process, door in doors(fleet, ("command", "feed")):
        roles, own = FEEDS.get(process, ((), 0))
        for role in roles:
            push_as_others(fleet, figures, process, door, role, own)


def push_as_others(fleet, figures, process, door, role, own):
    speaker = Door(fleet.context, fleet.endpoints[process, door], fleet.keys(role),
                   fleet.server(process))
    for number, producer in enumerate((0, 1, 4, own - 1, own + 100, 2**32, 2**64 - 1), 1):
        answer = speaker.exchange(batch_frame(process, number, producer), number,
                                  time.monotonic() + 10)
        fail = wire.feed_answer_read(answer).fail
        denied = ("DENIED",) if producer >= 100 else ("DENIED", "INVALID")
        demand(fail in [wire.FAIL[word] for word in denied],
               f"{role} pushes to {process}.{door} as {producer}: answered {fail}")
        figures["producers_denied"] += 1
    speaker.close()


def expect_welcome(fleet, figures):
    """The control: nobody is denied what his role may do, and commands do move every journal."""
    before, taken = fleet.heads(), set()
    for process, door in doors(fleet, ("command", "feed", "replay")):
        for role in admitted(process, door):
            for name, fail in answers(fleet, process, door, role, may, messages(process)):
                if name == "feed" and door == "replay":
                    continue
                demand(fail != wire.FAIL["DENIED"],
                       f"{role} may send {name} to {process}.{door}, and was denied")
                taken.update([name] if fail == 0 else [])
                figures["messages_answered"] += 1
    moved = {name: last - before[name] for name, last in fleet.heads().items()}
    demand(min(moved.values()) > 0, f"commands of the right roles moved too little: {moved}")
    for name in ("feed", "post", "topup", "tariff.define", "autopay.policy", "balance", "replay",
                 "transfer.receive"):
        demand(name in taken, f"{name}: not even the right role's was taken")
    figures["requests_taken"] += len(taken)


def check_table():
    """What PROTOCOL.md §2 promises of roles, whatever rows the table may get."""
    commands = {name for name, message in wire.REQUESTS.items() if message.kind == "COMMAND"}
    for name, roles in wire.ROLES.items():
        demand("operator" in roles or name in ("callback", "success", "transfer.receive"),
               f"{name}: no operator")
        demand("platform" not in roles or name == "status", f"{name}: a platform may ask it")
        demand(name not in commands or name == "callback" or
               roles <= {"customer", "backend", "api", "operator"} or
               name in ("post", "advance.issue", "act.issue", "document.render") and
               roles == {"operator", "importer"} or name == "transfer.receive" and
               roles == {"importer"}, f"{name}: {roles} may command")
        demand("web" not in roles or name in ("status", "callback", "success"),
               f"{name}: a face may ask it without a customer")


# --- revocation and the authenticator's death ----------------------------------------------------

def is_answered(fleet, process, name):
    door = Door(fleet.context, fleet.endpoints[process, "command"], fleet.keys(name),
                fleet.server(process))
    answered = send_one(door.socket, door.frame("status"), 0.7) and bool(door.socket.poll(700))
    door.close()
    return answered


def status_of(door):
    """How `status` is answered on an open connection."""
    frame = door.frame("status")
    return wire.answer_split(door.exchange(frame, door.number, time.monotonic() + 5))[1]


def revoke(fleet, figures):
    """Removes a certificate and waits until every process refuses a new connection under it."""
    for process in PROCESSES:
        demand(is_answered(fleet, process, "leaver"), f"{process}: refuses a certificate it has")
    old = {process: fleet.door(process, name="leaver") for process in PROCESSES}
    for door in old.values():
        door.ask("status")
    hearers = [Stranger(fleet, "leaver", fleet.keys("leaver"), fleet.server(process), process,
                        "publish") for process in PROCESSES]
    for hearer in hearers:
        demand(hearer.socket.poll(5000), f"{hearer.name}: hears nothing")
    (fleet.directory / "keys/public/leaver.cert").unlink()
    began = time.monotonic()
    for process, door in old.items():
        while (fail := status_of(door)) != wire.FAIL["DENIED"]:
            demand(time.monotonic() - began < REVOKED_WITHIN_S,
                   f"{process}: a revoked certificate's open connection is answered {fail}")
        figures["connections_revoked"] += 1
    for process in PROCESSES:
        while is_answered(fleet, process, "leaver"):
            demand(time.monotonic() - began < REVOKED_WITHIN_S,
                   f"{process}: a revoked certificate still gets in after {REVOKED_WITHIN_S} s")
    for hearer in hearers:
        while hearer.socket.poll(0):
            hearer.socket.recv()
    time.sleep(SILENCE_S)
    for hearer in hearers:
        demand(not hearer.socket.poll(0), f"{hearer.name}: a revoked subscription still hears")
        hearer.close()
        figures["subscriptions_cut"] += 1


def kill_authenticators(fleet):
    for process in PROCESSES:
        os.kill(fleet.pid(process), signal.SIGUSR1)
    for process in PROCESSES:
        wait_until(f"{process}'s authenticator is dead",
                   lambda: "the authenticator has ended" in fleet.log(process))


def refuse_strangers(fleet, figures):
    revoke(fleet, figures)
    misplaced = [Stranger(fleet, f"{role}, whom the door is not for,", fleet.keys(role),
                          fleet.server(process), process, door)
                 for process, door in fleet.endpoints for role in ROLES
                 if role not in admitted(process, door)]
    expect_silence(misplaced, figures)
    figures["doors_shut"] += len(misplaced)
    crowd = strangers_of(fleet, "no key", None)
    crowd += strangers_of(fleet, "unknown key", curve_stranger())
    crowd += strangers_of(fleet, "wrong server key", fleet.keys("operator"),
                          fleet.server("web"))
    crowd += strangers_of(fleet, "revoked", fleet.keys("leaver"))
    expect_silence(crowd, figures)


def refuse_everybody(fleet, figures):
    """Nobody new comes in any more once the authenticator is dead, the right keys included."""
    kill_authenticators(fleet)
    crowd = strangers_of(fleet, "no key", None)
    crowd += strangers_of(fleet, "unknown key", curve_stranger())
    for role in ("operator", "platform", "web"):
        crowd += strangers_of(fleet, f"{role}, authenticator dead", fleet.keys(role))
    expect_silence(crowd, figures)


def fleet_of(options, transport, plant=None):
    fleet = Fleet(options.bin, *(["--tcp"] if transport == "tcp" else []),
                  certificates=(*CERTIFICATES, "leaver:operator"),
                  environment=preloaded(options, plant))
    fleet.draw = random.Random(f"{options.seed} {transport} {plant}")  # for fleets run beside others
    return fleet


def attack_transport(options, transport):
    figures = dict.fromkeys(COUNTERS, 0)
    with fleet_of(options, transport) as fleet:
        attack_step(f"{transport}: strangers")
        expect_speech(fleet, figures)
        before = fleet.settled_heads()
        refuse_strangers(fleet, figures)
        attack_step(f"{transport}: wrong roles")
        expect_denial(fleet, figures)
        expect_other_producers_denied(fleet, figures)
        demand(fleet.heads() == before, f"{transport}: a journal moved: {before} {fleet.heads()}")
        attack_step(f"{transport}: right roles")
        expect_welcome(fleet, figures)
        before = fleet.settled_heads()
        attack_step(f"{transport}: dead authenticators")
        refuse_everybody(fleet, figures)
        demand(fleet.heads() == before, f"{transport}: a journal moved: {before} {fleet.heads()}")
        fleet.stop()
        fleet.verify()
    return figures


def find_plants(options):
    """The negative controls: the same questions to processes with a planted fault must find it."""
    figures = dict.fromkeys(COUNTERS, 0)
    for plant, question in (("role", expect_denial), ("zap", refuse_everybody)):
        with fleet_of(options, "ipc", plant) as fleet:
            try:
                question(fleet, dict(figures))
            except Found:
                figures["plants_found"] += 1
                continue
        raise Found(f"the planted fault `{plant}` was not found")
    return figures


def attack(options, figures):
    check_table()
    figures.update(dict.fromkeys(COUNTERS, 0))
    with ThreadPoolExecutor() as pool:
        parts = [pool.submit(attack_transport, options, transport) for transport in ("ipc", "tcp")]
        parts.append(pool.submit(find_plants, options))
        for part in parts:
            for name, count in part.result().items():
                figures[name] += count


if __name__ == "__main__":
    run("attack_matrix", __doc__, in_trials(attack), 1)
