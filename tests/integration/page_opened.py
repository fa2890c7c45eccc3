"""What the page opens of a demonstration that runs: autopay's decisions as `kopeck why-not` has them, and an
hour to its sixty minutes, as `kopeck minutes` has it, late ones too."""
import json
import re
import subprocess
import uuid
from datetime import datetime, timezone, timedelta

import zmq
from page_rig import check, equal, until, wire
from kopeck_client import Feed, certificate_read

MOSCOW = timezone(timedelta(hours=3))
HOUR_US, MINUTE_US = 3_600_000_000, 60_000_000
PRODUCER = 150  # the platform's, beside the one that the demonstration has
LINKS_MAX = 4


class Kopeck:
    """The command line of that run."""

    def __init__(self, program, directory):
        self.words = [program, "--config", f"{directory}/etc/kopeck.cfg", "--json"]
        self.directory = directory

    def json(self, *words):
        done = subprocess.run([*self.words, *words], capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None


def rubles(kopecks, whole=False):
    sign, kopecks = "\u2212" if kopecks < 0 else "", abs(kopecks)
    rest = "" if whole and kopecks % 100 == 0 else f".{kopecks % 100:02}"
    return f"{sign}{kopecks // 100:,}{rest} ₽"


def instant(microseconds):
    at = datetime.fromtimestamp(microseconds / 1e6, MOSCOW)
    return f"{at.day} {at:%b %Y, %H:%M} MSK"


def clock(microseconds):
    return f"{datetime.fromtimestamp(microseconds / 1e6, MOSCOW):%d.%m.%Y %H:%M}"


def expect_decision(english, said):
    """The page of a decision has every value of it."""
    decision, fields = said["decision"], said["decision"]["fields"]
    page = english.get(f"/autopay/why?decision={decision['sequence']}")
    equal("a decision", 200, page.status)
    verdict = (f"It decided to charge {rubles(fields['amount'], True)} to the card." if said["verdict"] == "CHARGE"
               else f"It decided not to charge: {said['because']}.")
    for words in (f"Decision no. {decision['sequence']} was made {instant(decision['at'])}", verdict,
                  f"Balance, record no. {fields['balance_sequence']} {rubles(fields['balance'])}",
                  f"Threshold {rubles(fields['threshold'])}", f"One payment {rubles(fields['amount'])}",
                  f"{fields['count']} of {fields['count_max']}",
                  f"{rubles(fields['sum'], True)} of {rubles(fields['sum_max'], True)}",
                  f"on end {fields['declines']}", f" {fields['attempts']} ",
                  f"to charge before {instant(fields['last']) if fields['last'] else 'never'}",
                  f"last decline {instant(fields['declined']) if fields['declined'] else 'never'}",
                  f"version {fields['rule']}"):
        check(words in page.shown, f"{words!r} is not in {page.shown}")
    check(f"decision={fields['previous']}\"" in page.text or not fields["previous"], "it leads to the one before")
    return fields["previous"]


def expect_decisions(russian, english, stranger, kopeck, account):
    said = until("autopay has decided", lambda: kopeck.json("why-not", account, "2199-01-01"), 60)
    check("/autopay/why" in russian.get("/autopay").text, "the card asks why")
    newest = said["decision"]["sequence"]
    for _ in range(LINKS_MAX):
        previous = expect_decision(english, said)
        if not previous:
            break
        said = kopeck.json("explain", str(previous))
    equal("another's decision", 404, stranger.get(f"/autopay/why?decision={newest}").status)
    check("was made" in english.get("/autopay/why").shown, "the last one needs no number")


def marked(page):
    return page.text.count('<td class="on">')


def expect_hour(english, kopeck, account, sequence):
    """Marked cells are the minutes that the lines charged, and each line is that of `kopeck minutes`."""
    posted = until("its line is told", lambda: kopeck.json("explain", "ledger", str(sequence)), 10)
    charged = next(step["event"] for step in posted if step["event"]["type"] == "usage.charged")["fields"]
    hour = datetime.fromtimestamp(charged["hour"] / 1e6, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    opened = kopeck.json("minutes", account, charged["resource"], hour)
    page = english.get(f"/balance/lines/{sequence}")
    equal("an hour", 200, page.status)
    rows = [row for row in opened["minutes"] if row["version"] == charged["version"]]
    lines = [line for line in opened["lines"] if line["version"] == charged["version"]]
    equal("marked cells", sum(line["minutes"] - line["minutes_back"] for line in lines), marked(page))
    equal("and as metering bills", sum(row["billed"] for row in rows), marked(page))
    for line in lines:
        check(f"Line no. {line['sequence']}, {instant(line['at'])}" in page.shown, f"{line} is not in {page.shown}")
        check(f"charged {rubles(line['amount'])}" in page.shown, f"its amount: {page.shown}")
    check(f"{instant(charged['hour'])}" in page.shown, "the hour has its time")
    return page, charged


def usage_rows(page):
    return re.findall(r'<a href="/balance/lines/(\d+)">usage</a><span class="second">([^<]*)</span>', page.text)


def expect_hours(english, stranger, kopeck, account):
    page = until("usage is charged", lambda: (p := english.get("/balance/lines")) and usage_rows(p) and p, 60)
    sequence, words = usage_rows(page)[0]
    _, charged = expect_hour(english, kopeck, account, int(sequence))
    wanted = f"{charged['tariff']}, {charged['minutes']} minute{'' if charged['minutes'] == 1 else 's'} of the hour " \
             f"{clock(charged['hour'])}"
    equal("what the row says", wanted, words.replace("\u00a0", " "))
    equal("another's line", 404, stranger.get(f"/balance/lines/{sequence}").status)
    return charged


def push_late(directory, account, tariff, hour):
    """Half of an hour that is closed, of a resource that nobody has heard of."""
    feed_at = re.search(r'feed = "([^"]+)"', (directory / "etc/metering.cfg").read_text())[1]
    feed = Feed(zmq.Context.instance(), feed_at, certificate_read(directory / "keys/secret/platform.cert_secret"),
                certificate_read(directory / "keys/public/metering.cert").public, PRODUCER)
    resource, replica = uuid.uuid4().bytes, uuid.uuid4().bytes
    of = {"resource": resource, "replica": replica, "account": uuid.UUID(account).bytes}
    started = wire.event_write("replica.started", hour + 10 * MINUTE_US, {**of, "tariff": tariff, "kind": 1})
    stopped = wire.event_write("replica.stopped", hour + 40 * MINUTE_US, {"resource": resource, "replica": replica})
    refused = feed.push([started, stopped], hour + 41 * MINUTE_US)
    feed.close()
    equal("refused of what came late", {}, refused)


def expect_late_minutes(english, kopeck, account, charged):
    push_late(kopeck.directory, account, charged["tariff"], charged["hour"])
    adjusted = f"Adjustment for the hour {clock(charged['hour'])}: {charged['tariff']}, 30 minutes"
    page = until("late minutes are billed", lambda: (p := english.get("/balance/lines")) and adjusted in p.shown and p, 60)
    sequence = next(sequence for sequence, words in usage_rows(page) if words.replace("\u00a0", " ") == adjusted)
    page, late = expect_hour(english, kopeck, account, int(sequence))
    equal("its minutes", (3, 30, 30), (late["reason"], late["minutes"], marked(page)))
    check(f"An adjustment for {instant(charged['hour'])}: these minutes became known later." in page.shown, page.shown)
    cells = re.findall('<td class="(on|waits|)">', page.text)
    equal("which they are", [10, 39], [cells.index("on"), 59 - cells[::-1].index("on")])
