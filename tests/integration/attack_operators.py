#!/usr/bin/python3
"""One operator's certificate is stolen: what it can do alone, tried on real processes.

The thief posts to accounts of his own whatever the ledger takes: 10^14 kopecks, sums just below the
limit, items one by one and all or nothing, from several connections at once, under new numberings
and after a crash. He settles an invoice of 1 ruble with 10^14. He approves his own proposals over
every door, changes the limits, says that he is somebody else, fills the places of proposals, and
posts what only streams say. Whatever is his in the end is at most a day's sum of one person in each
process; the journals name him alone; and a second operator beside him goes on working.

KOPECK_INSTEAD: a program with a planted fault that takes the place of that of its name.
"""
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

from attack_rig import Fleet, Found, Unanswered, attack_step, bin_of, demand, in_trials, run, wait_until, wire
from kopeck_audit import system_uid
from kopeck_client import Door, Feed, replay_from_1

BONUS, CORRECTION, USAGE, TOPUP, AUTOPAY = 5, 8, 1, 2, 3
REVENUE, CLEARING, PROMO = system_uid(1), system_uid(2), system_uid(5)
ALONE, DAY, MOST = 10_000_00, 30_000_00, 10**14
OWN_MAX = 32
DECLINED = ("SECOND", "OWN", "MISMATCH", "DENIED", "STATE", "FULL", "MISSING", "INVALID")
DAY_S, MOSCOW_S, MARGIN_S = 86_400, 10_800, 150


class Thief:
    def __init__(self, fleet, draw):
        self.fleet, self.draw = fleet, draw
        self.accounts = [wire.uid_random() for _ in range(3)]
        self.proposed, self.tried = [], 0

    def door(self, process="ledger", door="command"):
        fleet = self.fleet
        return Door(fleet.context, fleet.endpoints[process, door], fleet.keys("operator"),
                    fleet.server(process))

    def ask(self, name, process="ledger", command_id=None, door="command", **fields):
        """The answer's fields, or the failure's name."""
        command_id = command_id or wire.uuid7()
        connection = self.door(process, door)
        self.tried += 1
        try:
            found = connection.ask(name, command_id, retry=False, **fields).fields
            if found.get("pending"):
                self.proposed.append((process, command_id))
            return found
        except wire.Failure as failure:
            return failure.name
        finally:
            connection.close()

    def post(self, amount, kind=CORRECTION, debit=REVENUE, **more):
        return self.ask("post", debit=debit, credit=self.draw.choice(self.accounts), amount=amount,
                        kind=kind, opens=True, **more)

    def push(self, amounts, epoch, producer, atomic=False):
        feed = Feed(self.fleet.context, self.fleet.endpoints["ledger", "feed"],
                    self.fleet.keys("operator"), self.fleet.server("ledger"), producer, epoch)
        items = [wire.event_write("posting.requested", 0, {
            "debit": PROMO, "credit": self.draw.choice(self.accounts), "amount": amount,
            "kind": BONUS, "opens": True}) for amount in amounts]
        self.tried += len(items)
        try:
            return feed.batch(1, items, atomic=atomic)
        finally:
            feed.close()

    def loot(self):
        """What stands on his accounts."""
        total = 0
        for account in self.accounts:
            try:
                found = self.fleet.balance(account)
                total += found["cash"] + found["bonus"]
            except wire.Failure as failure:
                demand(failure.name == "FAIL_UNKNOWN_ACCOUNT", f"{failure}")
        return total


def waits(answer):
    """Was it proposed, and nothing done?"""
    return isinstance(answer, dict) and answer.get("pending") is True


def within_a_day(thief, when):
    loot = thief.loot()
    demand(loot <= DAY, f"{when}: one certificate alone has moved {loot} kopecks, more than {DAY}")
    return loot


def move_what_goes(thief, draw):
    """Sums of every size, from several connections at once, until nothing goes any more."""
    answer = thief.post(MOST)
    demand(waits(answer), f"10^14 kopecks at once: {answer}")
    demand(thief.loot() == 0, "a proposal has moved money")
    with ThreadPoolExecutor(6) as pool:
        for _ in range(3):
            amounts = [draw.choice((ALONE, ALONE - 1, ALONE // 3, 1)) for _ in range(10)]
            list(pool.map(thief.post, amounts))
    within_a_day(thief, "posting beside himself")
    for turn in range(1, 6):
        answer = thief.push([ALONE, ALONE - 1, 1, MOST, ALONE // 2], turn, 200 + turn % 3,
                            atomic=turn % 2 == 0)
        demand(answer.results, f"a push was not looked at: {answer}")
    within_a_day(thief, "pushing under new numberings")
    for _ in range(40):  # what is left of the day, in small coin
        thief.post(DAY // 40)
    loot = within_a_day(thief, "posting small sums")
    demand(loot >= DAY - ALONE, f"he could move {loot} alone: less than a person may")


def speak_for_streams(thief):
    for kind, debit in ((TOPUP, CLEARING), (AUTOPAY, CLEARING)):
        answer = thief.post(1, kind, debit)
        demand(answer == "FAIL_DENIED", f"a posting of kind {kind} by hand: {answer}")
    answer = thief.ask("post", debit=thief.accounts[0], credit=REVENUE, amount=1, kind=USAGE,
                       opens=True)
    demand(answer == "FAIL_DENIED", f"usage by hand: {answer}")
    importer = Door(thief.fleet.context, thief.fleet.endpoints["ledger", "command"],
                    thief.fleet.keys("importer"), thief.fleet.server("ledger"))
    try:
        importer.ask("status", deadline_s=1.0)
        raise Found("an importer is let in, and the configuration does not say so")
    except Unanswered:
        importer.close()


def settle_what_nobody_paid(thief):
    """Invoices of his own, settled by his word: by their own sums, and a day's of them."""
    topup = lambda rubles: thief.ask("topup", "payment", account=thief.accounts[0],  # noqa: E731
                                     amount_rub=rubles)
    one = topup(1)["invoice"]
    for amount in (MOST, 101, 99, ALONE + 1):
        answer = thief.ask("payment.resolve", "payment", invoice=one, outcome=1, amount=amount)
        demand(answer == "FAIL_MISMATCH", f"1 ruble settled with {amount} kopecks: {answer}")
    settled = 0
    for rubles in (9_000, 9_000, 9_000, 9_000, 15_000, 1):
        invoice = topup(rubles)["invoice"]
        answer = thief.ask("payment.resolve", "payment", invoice=invoice, outcome=1,
                           amount=100 * rubles)
        settled += 0 if waits(answer) else 100 * rubles
    demand(0 < settled <= DAY, f"he settled {settled} kopecks alone")
    return settled


def approve_his_own(thief):
    for process, command in list(thief.proposed):
        for door in ("command", "feed") if process == "ledger" else ("command",):
            answer = thief.ask("approve", process, door=door, command=command)
            demand(answer == "FAIL_OWN", f"he approved his own proposal at the {door} door: {answer}")
    answer = thief.ask("approve", command=wire.uuid7())
    demand(answer == "FAIL_MISSING", f"a proposal that is none: {answer}")


def change_the_limits(thief):
    for process in ("ledger", "payment", "metering", "autopay", "documents", "notify"):
        answer = thief.ask("operators.policy", process, alone_max=MOST, day_max=MOST)
        demand(waits(answer), f"{process}: the limits changed alone: {answer}")


def say_another_name(thief):
    """By the handshake's own metadata, by a routing id, by an access token, by surplus fields."""
    fleet = thief.fleet
    command, now = thief.proposed[0][1], wire.uuid7()
    door = thief.door()
    frames = [wire.request_write("approve", 900, {"command": command}, now, "deputy"),
              wire.pack([1, 8, 901, now, command, "deputy", True]),
              wire.pack([1, 8, 902, [now, "deputy"], command])]
    for frame in frames:
        number = wire.unpack_only(frame)[2]
        reply = wire.answer_split(door.exchange(frame, number, time.monotonic() + 5))
        demand(reply[1] in {wire.FAIL[name] for name in DECLINED}, f"a name in the frame: {reply}")
    door.close()
    socket = fleet.context.socket(5)  # DEALER
    socket.linger = 0
    socket.curve_publickey, socket.curve_secretkey = fleet.keys("operator")
    socket.curve_serverkey = fleet.server("ledger")
    socket.routing_id = b"deputy"
    for name in (b"X-name:deputy", b"X-role:operator"):
        socket.metadata = name
    socket.connect(fleet.endpoints["ledger", "command"])
    socket.send(wire.request_write("approve", 903, {"command": command}, wire.uuid7()))
    demand(socket.poll(5000), "his named connection is not answered")
    reply = wire.answer_split(socket.recv())
    demand(reply[1] == wire.FAIL["OWN"], f"a name in the handshake: {reply}")
    socket.close()


def crash(thief):
    fleet = thief.fleet
    before = fleet.pid("ledger")
    os.kill(before, 9)

    def is_back():
        try:
            return fleet.pid("ledger") != before and fleet.door("ledger").ask("status")
        except Exception:  # noqa: BLE001  while it starts there is no such process
            return False
    wait_until("the ledger is back", is_back, 30)


def crowd_out(thief):
    """He fills his places; then the honest one works beside him."""
    waiting = sum(process == "ledger" for process, _ in thief.proposed)
    while waiting <= OWN_MAX:
        answer = thief.post(MOST)
        if answer == "FAIL_FULL":
            break
        demand(waits(answer), f"a proposal: {answer}")
        waiting += 1
    demand(thief.post(MOST) == "FAIL_FULL", f"{waiting} proposals of one certificate wait")


def honest_goes_on(thief):
    fleet, account = thief.fleet, wire.uid_random()
    deputy = fleet.door("ledger", name="deputy")
    post = lambda amount, command: deputy.ask("post", command, debit=REVENUE,  # noqa: E731
                                              credit=account, amount=amount, kind=CORRECTION,
                                              opens=True).fields
    demand(not waits(post(ALONE, wire.uuid7())), "the honest one's posting waits")
    mine = wire.uuid7()
    demand(waits(post(MOST, mine)), "and his proposal does not")
    deputy.ask("reject", wire.uuid7(), command=mine)
    listed = deputy.ask("proposals").fields["count"]
    demand(listed > 0, "nothing of the thief's is listed")
    for process, command in thief.proposed:  # what he proposed is thrown out
        fleet.door(process, name="deputy").ask("reject", wire.uuid7(), command=command)
    for process in ("ledger", "payment", "metering", "autopay", "documents", "notify"):
        left = fleet.door(process, name="deputy").ask("proposals").fields["count"]
        demand(left == 0, f"{process}: {left} proposals are left")
    fails = {thief.ask("approve", process, command=command) for process, command in thief.proposed}
    demand(fails == {"FAIL_REJECTED"}, f"what was rejected is approved: {fails}")


def read_names(fleet):
    """Whom the journals name: nobody approved, and nobody spoke for the deputy."""
    senders = {}
    for process in ("ledger", "payment"):
        events, _ = replay_from_1(fleet.door(process, "replay", "auditor"))
        for event in map(wire.event_read, events):
            if event and event.type == "command.sent_by":
                demand(not event.fields["approver"], f"{process}: approved: {event}")
                name = event.fields["certificate"]
                senders[name] = senders.get(name, 0) + event.fields["amount"]
    demand(set(senders) == {"operator", "deputy"}, f"senders: {senders}")
    demand(senders["deputy"] == ALONE, f"in the deputy's name: {senders}")


def stay_in_one_day():
    """A trial that crosses Moscow's midnight would see two days' sums."""
    left = DAY_S - (time.time() + MOSCOW_S) % DAY_S
    if left < MARGIN_S:
        time.sleep(left + 1)


def attack(options, figures):
    draw = __import__("random").Random(options.seed)
    directory, made = bin_of(options)
    stay_in_one_day()
    try:
        with Fleet(directory, importers=False) as fleet:
            thief = Thief(fleet, draw)
            change_the_limits(thief)
            attack_step("moving what goes")
            move_what_goes(thief, draw)
            speak_for_streams(thief)
            attack_step("approving, naming")
            approve_his_own(thief)
            say_another_name(thief)
            crash(thief)
            for _ in range(3):
                thief.post(ALONE)
            within_a_day(thief, "after a crash")
            approve_his_own(thief)
            crowd_out(thief)
            loot = within_a_day(thief, "at the end")
            attack_step("settling")
            settled = settle_what_nobody_paid(thief)
            wait_until("the ledger has it", lambda: thief.loot() == loot + settled)
            approve_his_own(thief)
            honest_goes_on(thief)
            demand(thief.loot() == loot + settled, "something moved at the end")
            read_names(fleet)
            figures.update(tried=thief.tried, moved_alone=loot, settled_alone=settled,
                           proposals=len(thief.proposed))
            fleet.stop()
            fleet.verify()
    finally:
        if made:
            shutil.rmtree(made)


if __name__ == "__main__":
    run("attack_operators", __doc__, in_trials(attack), 1)
