#!/usr/bin/python3
"""One producer against the others: a certificate of the platform's lowest role, `red`, says all it
can of what another producer, `blue`, opened; then it goes to each limit: replicas of one account,
invented meters and accounts, bytes of the journal, refused items, and a `through` that holds up the
closing of an hour. The operator moves a resource, and producers that share an owner act for each
other.

Demanded: every item of red's for what is blue's is refused with FAIL_OWNER and changes nothing but
the trace of its refusal; beyond a limit red waits or is refused, its light says so, and what waited
is taken once the limit is raised; within seconds all the while blue's usage is in the ledger to the
kopeck, Robokassa's notice of a payment is answered by web and credited, and the mandate that came
of it is revoked in payment and unknown to autopay; the journals verify.
"""
import re
import secrets
import time
import urllib.parse

from attack_callbacks import RUBLES, Shop
from attack_rig import CERTIFICATES, Fleet, demand, run, wait_until, wire
from light_rig import alarms_of

COUNTERS = ("items_refused", "items_taken", "moved", "replicas_of_an_account", "meters_invented",
            "refusals", "honest_usages", "honest_notices", "honest_revocations", "limits_met")
HONEST_S = 30.0  # on a busy machine; the longest is reported
USED = -(29_000 * 20 // 43_200)  # kopecks of 20 minutes
REVOKED, NO_REVOKED = 2, 4  # mandate_state, autopay_reason
UNHEARD_OF = (wire.FAIL["UNKNOWN_ACCOUNT"], wire.FAIL["MISSING"])  # what autopay has yet to hear
QUOTAS = ("replicas", "replicas_account", "meters", "meters_hour", "accounts_hour", "bytes_hour",
          "refusals_hour", "wait_us")
MINUTE_US = 60_000_000
BLUE, GREEN, RED = 100, 101, 102
OWNED = (*(c for c in CERTIFICATES if not c.startswith("platform:")),
         f"platform:platform:{BLUE}:amvera", f"green:platform:{GREEN}:amvera",
         f"red:platform:{RED}")


def item(name, at, **fields):
    return wire.event_write(name, at, fields)


class Resource:
    def __init__(self, account=None):
        self.id, self.account = wire.uid_random(), account or wire.uid_random()
        self.replica = wire.uid_random()

    def started(self, at, **other):
        return item("replica.started", at, **{
            "resource": self.id, "replica": self.replica, "account": self.account,
            "tariff": "nachalny", "kind": 1, **other})

    def stopped(self, at, **other):
        return item("replica.stopped", at, **{
            "resource": self.id, "replica": self.replica, **other})

    def ticked(self, at, **other):
        return item("usage.ticked", at, **{
            "resource": self.id, "replica": self.replica, "account": self.account,
            "tariff": "nachalny", "kind": 1, **other})

    def deleted(self, at):
        return item("resource.deleted", at, resource=self.id)

    def every_word(self, at):
        """All that the feed's table has for it, and its replica under another resource."""
        other = wire.uid_random()
        return [self.started(at), self.stopped(at), self.ticked(at), self.deleted(at),
                item("resource.created", at, resource=self.id, account=self.account, kind=1),
                item("resource.scaled", at, resource=self.id, replicas=9, tariff="ultra"),
                self.started(at, replica=other), self.ticked(at, replica=other),
                self.stopped(at, replica=other), self.started(at, resource=other),
                self.ticked(at, resource=other), self.stopped(at, resource=other)]


def take(feed, items, **named):
    answer = feed.batch(feed.acknowledged + 1, items, **named)
    demand(answer.fail == 0, f"a batch of {feed.producer} was answered {answer.fail} "
                             f"{answer.detail}")
    feed.acknowledged = answer.acknowledged
    return list(answer.results)


def now_us():
    return time.time_ns() // 1000


def steal(fleet, figures, blue, red):
    """Blue's replica ran 90 minutes; red says everything of it, then blue deletes it."""
    mine = Resource()
    began = now_us() // MINUTE_US * MINUTE_US - 90 * MINUTE_US
    demand(take(blue, [mine.started(began)]) == [0], "an honest start was refused")
    for at in (began - MINUTE_US, began + 30 * MINUTE_US, now_us()):
        results = take(red, mine.every_word(at))
        demand(results == [wire.FAIL["OWNER"]] * len(results),
               f"items for another's resource came to {results}")
        figures["items_refused"] += len(results)
    demand(take(blue, [mine.deleted(began + 90 * MINUTE_US)]) == [0], "an honest deletion")
    fleet.wait_cash(mine.account, -(29_000 * 90 // 43_200))


def move(fleet, figures, blue, red):
    """The operator gives red a resource: from then on it is red's, and blue's word is refused."""
    door, moved = fleet.door("metering"), Resource()
    at = now_us() - MINUTE_US
    demand(take(blue, [moved.started(at)]) == [0], "an honest start")
    said = door.ask("resource", resource=moved.id).fields
    demand((said["producer"], said["owner"]) == (BLUE, "amvera"), f"whose it is: {said}")
    door.ask("resource.move", wire.uuid7(), resource=moved.id, producer=RED, reason=0)
    demand(take(red, [moved.stopped(at + 1)]) == [0], "the new owner's word")
    demand(take(blue, [moved.deleted(at + 2)]) == [wire.FAIL["OWNER"]], "the old owner's word")
    figures["moved"] += 1


def share(fleet, figures, blue, green):
    """Two producers of one owner; and one that is taken out of it while it is connected."""
    ours, at = Resource(), now_us() - MINUTE_US
    demand(take(blue, [ours.started(at)]) == [0], "an honest start")
    demand(take(green, [ours.stopped(at + 1), ours.deleted(at + 2)]) == [0, 0],
           "a word of the same owner")
    figures["items_taken"] += 2
    other = Resource()
    demand(take(blue, [other.started(at)]) == [0], "an honest start")
    certificate = fleet.directory / "keys/public/green.cert"
    certificate.write_text(re.sub(r' *owner = .*\n', "", certificate.read_text()))
    wait_until("the certificate without an owner is read", lambda: take(
        green, [other.stopped(at + 1, replica=wire.uid_random())]) == [wire.FAIL["OWNER"]])


# --- at each limit -------------------------------------------------------------------------------

def set_quotas(fleet, **changed):
    """Sets those, and gives back what was in force."""
    before = {name: fleet.door("metering").ask("quotas").fields[name] for name in QUOTAS}
    fleet.door("metering").ask("quotas.change", wire.uuid7(), reason=0, **{**before, **changed})
    return before


def alarms(fleet):
    """[(name, about)] of metering's light."""
    return alarms_of(fleet.door("metering").ask("status"))


def timed(figures, what, action, *arguments):
    """Counts it, and keeps the longest."""
    began = time.monotonic()
    found = action(*arguments)
    key = f"honest_{what}_longest_ms"
    figures[key] = max(figures.get(key, 0), round((time.monotonic() - began) * 1000))
    figures[f"honest_{what}s"] += 1
    return found


def use(fleet, blue, used):
    at = now_us() // MINUTE_US * MINUTE_US - 30 * MINUTE_US
    demand(take(blue, [used.started(at), used.deleted(at + 20 * MINUTE_US)]) == [0, 0],
           "an honest producer's usage")
    fleet.wait_cash(used.account, USED, HONEST_S)


def pay(fleet, account):
    """The customer pays with the box ticked, and Robokassa tells web of it."""
    made = fleet.door("payment", name="backend").ask(
        "topup", wire.uuid7(), account=account, amount_rub=RUBLES, count_max=1,
        deadline_s=HONEST_S).fields
    link = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(made["link"]).query))
    answer = fleet.shop.send(fleet.shop.notice(made["invoice"], link["Shp_token"]))
    demand(answer == (200, f"OK{made['invoice']}".encode()), f"an honest notice: {answer}")
    fleet.wait_cash(account, USED + 100 * RUBLES, HONEST_S)


def revoke(fleet, account):
    """The customer's mandate ends: in payment at once, and autopay hears of it."""
    payer = fleet.door("payment", name="backend")
    payer.ask("mandate.revoke", wire.uuid7(), account=account, why=1, deadline_s=HONEST_S)
    state = payer.ask("mandate", account=account).fields["state"]
    demand(state == REVOKED, f"a mandate that was revoked is in state {state}")
    autopay = fleet.door("autopay", name="backend")

    def heard():
        try:
            return autopay.ask("autopay", account=account).fields["verdict"] == NO_REVOKED
        except wire.Failure as failure:
            demand(failure.number in UNHEARD_OF, f"autopay: {failure}")
            return False
    wait_until("autopay hears of a revocation", heard, HONEST_S)


def live_honestly(fleet, figures, blue):
    """Blue's usage comes to its account; it is topped up, with a mandate, which is revoked."""
    used = Resource()
    timed(figures, "usage", use, fleet, blue, used)
    timed(figures, "notice", pay, fleet, used.account)
    timed(figures, "revocation", revoke, fleet, used.account)


def push(feed, items):
    """One batch, answered or waiting: (failure, results, acknowledged)."""
    answer = feed.batch(feed.acknowledged + 1, items)
    if answer.fail == 0:
        feed.acknowledged = answer.acknowledged
    return answer.fail, list(answer.results)


def rob(fleet, figures, red):
    """6000 replicas invented for one account: it is charged for as many as an account may have."""
    victim, at = wire.uid_random(), now_us() - MINUTE_US
    results = take(red, [Resource(victim).started(at) for _ in range(6000)])
    taken = results.count(0)
    demand(taken == 200 and set(results) == {0, wire.FAIL["QUOTA"]},
           f"of 6000 replicas of one account {taken} were taken")
    figures["replicas_of_an_account"] += taken


def raises_quota(fleet, figures, feed, items, what, **raised):
    """The batch waits, the light says why, and once the quota is raised it is taken."""
    fail, _ = push(feed, items)
    demand(fail == wire.FAIL["LATER"], f"{what}: beyond the quota: {fail}")
    wait_until(f"{what}: the light says QUOTA", lambda: any(
        code == "QUOTA" and what in about for code, about in alarms(fleet)))
    set_quotas(fleet, **raised)
    demand(take(feed, items) == [0] * len(items), f"{what}: what waited was lost")
    wait_until(f"{what}: the light is green again", lambda: not any(
        what in about for _, about in alarms(fleet)))
    figures["limits_met"] += 1


def invent(fleet, figures, blue, red):
    """Meters and accounts that are not there, as many as the quotas of an hour, and beyond."""
    before = set_quotas(fleet, meters_hour=2000, accounts_hour=2500)
    at, waits = now_us() - MINUTE_US, False
    while not waits:
        batch = [Resource(wire.uid_random()).ticked(at) for _ in range(250)]
        fail, results = push(red, batch)
        figures["meters_invented"] += len(results)
        demand(figures["meters_invented"] <= 2000, "more meters than an hour's quota")
        waits = fail == wire.FAIL["LATER"] or len(results) < len(batch)
        live_honestly(fleet, figures, blue)
    raises_quota(fleet, figures, red, [Resource().ticked(at)], "meters an hour",
                 meters_hour=before["meters_hour"])
    set_quotas(fleet, accounts_hour=1)
    raises_quota(fleet, figures, red, [Resource().ticked(at)], "accounts an hour",
                 accounts_hour=before["accounts_hour"])


def fill(fleet, figures, blue, red):
    """Refused items by the hundred thousand: they are counted, and blue is not in their way."""
    before, last = set_quotas(fleet, refusals_hour=100), fleet.status("metering")["last"]
    used = fleet.counters("metering")["journal.used_bytes"]
    wrong = [Resource().ticked(now_us(), tariff="none") for _ in range(500)] * 16
    for _ in range(12):
        figures["refusals"] += len(take(red, wrong))
        live_honestly(fleet, figures, blue)
    moved = fleet.status("metering")["last"] - last
    grown = fleet.counters("metering")["journal.used_bytes"] - used
    demand(moved < 1000, f"{figures['refusals']} refusals left {moved} events")
    figures["refusals_bytes"] = max(grown, 0)
    set_quotas(fleet, bytes_hour=1)
    raises_quota(fleet, figures, red, [Resource().ticked(now_us() - MINUTE_US)],
                 "bytes of the journal", **before)


def waits_for(fleet, resource, end):
    """Whose word the minutes of a resource's hour wait for, and from when on; (0, 0) if they do not."""
    opened = fleet.door("metering").ask(
        "minutes", account=resource.account, resource=resource.id, hour=end - 120 * MINUTE_US,
        kind=0, version=0, skip=0).fields
    return opened["producer"], opened["vouched"]


def freeze(fleet, figures, blue, red):
    """Red says `through` once, of 1970; blue's hour is closed without it, the light says AWAITED, and
    what red runs waits for its word until red has caught up."""
    set_quotas(fleet, wait_us=0)
    running, hour = Resource(), now_us() // (60 * MINUTE_US) * 60 * MINUTE_US
    theirs = Resource()
    take(red, [Resource().ticked(hour - 90 * MINUTE_US),
               theirs.started(hour - 100 * MINUTE_US)], through=1)
    demand(waits_for(fleet, theirs, hour) == (0, 0), "no hour is closed without red")
    demand(take(blue, [running.started(hour - 120 * MINUTE_US),
                       running.stopped(hour - 60 * MINUTE_US)], through=hour) == [0, 0],
           "an honest hour")
    fleet.wait_cash(running.account, -(29_000 * 60 // 43_200), HONEST_S)
    wait_until("the light says AWAITED", lambda: any(
        code == "AWAITED" and str(RED) in about
        for code, about in alarms(fleet)))
    waits = waits_for(fleet, theirs, hour)
    demand(waits == (RED, hour - 120 * MINUTE_US), f"what red runs waits for its word: {waits}")
    take(red, [], through=hour)
    wait_until("nobody is waited for", lambda: "AWAITED" not in dict(alarms(fleet)))
    demand(waits_for(fleet, theirs, hour) == (0, 0), "what red ran is vouched for")
    figures["limits_met"] += 1


def attack(options, figures):
    figures.update(dict.fromkeys(COUNTERS, 0))
    passwords = {name: secrets.token_hex(16) for name in ("password1", "password2")}
    with Fleet(options.bin, certificates=OWNED, passwords=passwords) as fleet:
        fleet.shop = Shop(fleet, *passwords.values())
        blue, green, red = (fleet.feed("metering", producer, name) for producer, name in (
            (BLUE, "platform"), (GREEN, "green"), (RED, "red")))
        steal(fleet, figures, blue, red)
        move(fleet, figures, blue, red)
        rob(fleet, figures, red)
        invent(fleet, figures, blue, red)
        fill(fleet, figures, blue, red)
        share(fleet, figures, blue, green)
        freeze(fleet, figures, blue, red)
        fleet.stop()
        fleet.verify()


if __name__ == "__main__":
    run("attack_producers", __doc__, attack, 1.0)
