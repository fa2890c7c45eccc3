#!/usr/bin/python3
"""What is said to real processes, and in which order: words about one instant in every order and from
two producers, text that is not UTF-8, a carriage return inside a line, empty words, an output that
cannot be written, and a limit that is reached for good. None of them is a reason for an alarm: the
light is green throughout and no log has a line of one.

usage: test_order_and_words.py BIN_DIRECTORY TRIAL
"""
import itertools
import json
import re
import subprocess
import sys
import time

from light_rig import GREEN, Light, demand, expect
from process_rig import Place, USAGE, Violation, clean_up_when_told, wait_until, wire

JOURNALS = ("metering", "ledger", "payment", "autopay", "documents", "notify")
LINE, REFUSED, UNSAID, TRY_AGAIN = 64, 65, 71, 75
ACCOUNT = "11111111-2222-4333-8444-555555555555"
MINUTE_US, FIRST, WAIT_S = 60_000_000, 150, 60
CP1251, OVERLONG, SURROGATE, CONTROL = b"\xcf\xeb\xfe\xf1", b"a\xc0\xaf", b"\xed\xa0\x80", b"a\x01b"
NO_TEXT = (CP1251, OVERLONG, SURROGATE, CONTROL)
VERSIONS_MAX, SIX = 1024, 6


def still_green(light):
    """Nothing of this keeps anybody from his whole job."""
    light.green(*JOURNALS)
    expect("exit status of status", GREEN, light.kopeck("status").returncode)
    for name in JOURNALS:
        told = re.findall(r" warn .*alarm=.*", light.said(name))
        demand(not told, f"the log of {name} has alarms: {told}")


def events_of(light, name, kind):
    """[fields] of the events of that type, each of which must be JSON in UTF-8."""
    done = subprocess.run([light.place.bin / "kopeck", "--config", light.place.path("etc", "kopeck.cfg"),
                           "--json", "events", name, "--type", kind], capture_output=True, timeout=60)
    expect(f"events of {name}", (GREEN, b""), (done.returncode, done.stderr))
    return [json.loads(line.decode("utf-8"))["fields"] for line in done.stdout.splitlines()]


def minutes_of(light, account):
    """{tariff: minutes} of an account's statement."""
    done = light.kopeck("--json", "statement", wire.uid_text(account), "--all")
    sums = {}
    for row in json.loads(done.stdout or "[]"):
        if row["kind"] == "usage":
            sums[row["tariff"]] = sums.get(row["tariff"], 0) + row["minutes"]
    return sums


# --- the order of words ---

def told(replica, words, now):
    """The items of words about a replica: minutes ago, and the tariff of a start or None."""
    return [wire.event_write("replica.started" if tariff else "replica.stopped", now - ago * MINUTE_US,
                             {**replica, "tariff": tariff, "kind": 1} if tariff else
                             {key: replica[key] for key in ("resource", "replica")})
            for ago, tariff in words]


def instants(light):
    """A stop and a start at one instant are one value in each of 24 orders, from one producer and
    from two, which act for one owner."""
    certificate = light.place.path("keys/public", "platform.cert")
    text, count = re.subn(r"(?m)^( +)role = ", r'\1owner = "amvera"\n\1role = ', certificate.read_text())
    expect("a role", 1, count)
    certificate.write_text(text)
    light.start()
    light.green(*JOURNALS)
    feeds = [light.processes["metering"].feed(FIRST + i, "platform") for i in range(2)]
    now = time.time_ns() // 1000 // MINUTE_US * MINUTE_US
    runs = []
    for again, wanted in (("nachalny", {"nachalny": 40}), ("ultra", {"nachalny": 20, "ultra": 20})):
        words = [(60, "nachalny"), (40, None), (40, again), (20, None)]
        for order in itertools.permutations(words):
            for of_two in (False, True):
                replica = {key: wire.uid_random() for key in ("resource", "replica", "account")}
                runs.append((replica, order, of_two, wanted))
    created = [wire.event_write("resource.created", now - 61 * MINUTE_US,
                                {"resource": r["resource"], "account": r["account"], "kind": 1})
               for r, *_ in runs]
    expect("resources refused", {}, feeds[0].push(created, 0))
    for at in range(4):  # the n-th words of all, each heard before the next ones
        for i, feed in enumerate(feeds):
            items = [item for replica, order, of_two, _ in runs if (at % 2 if of_two else 0) == i
                     for item in told(replica, order[at:at + 1], now)]
            if items:
                expect("words refused", {}, feed.push(items, 0))
    gone = [wire.event_write("resource.deleted", now, {"resource": r["resource"]}) for r, *_ in runs]
    feeds[1].batch(feeds[1].acknowledged + 1, [], now)
    expect("deletions refused", {}, feeds[0].push(gone, now))
    for replica, order, of_two, wanted in runs:
        demand(wait_until(lambda: minutes_of(light, replica["account"]) == wanted, WAIT_S, 0.5),
               f"{order} from {1 + of_two}: {minutes_of(light, replica['account'])}, expected {wanted}")
    for feed in feeds:
        feed.close()
    still_green(light)


# --- what words may be made of ---

def text(light):
    """Nobody's bytes are stored that are no text: refused at a feed, at a command door and by the
    command line; and what is stored is JSON to the last event."""
    light.start()
    light.green(*JOURNALS)
    feed = light.processes["metering"].feed(FIRST, "platform")
    now, mark = time.time_ns() // 1000, "Z"
    for bad in NO_TEXT:
        item = wire.event_write("usage.ticked", now - 5 * MINUTE_US, {
            "resource": wire.uid_random(), "replica": wire.uid_random(), "account": wire.uid_random(),
            "tariff": mark * len(bad), "kind": 1}).replace(mark.encode() * len(bad), bad)
        answer = feed.batch(feed.acknowledged + 1, [item])
        demand("tariff: expected UTF-8" in answer.detail, f"a feed takes {bad!r}: {answer}")
    feed.close()
    door = light.processes["metering"].door()
    for n, bad in enumerate(NO_TEXT):
        frame = door.frame("tariff.define", wire.uuid7(), code=f"bad{n}", title=mark * len(bad), price=1,
                           effective=(now // MINUTE_US + 600) * MINUTE_US)
        answer = door.exchange(frame.replace(mark.encode() * len(bad), bad), door.number,
                               time.monotonic() + 10)
        try:
            wire.answer_read("tariff.define", answer)
            raise Violation(f"a door takes {bad!r} as a tariff's title")
        except wire.Failure as failure:
            demand("title: expected UTF-8" in str(failure), f"{bad!r}: {failure}")
    door.close()
    for bad in NO_TEXT:
        done = subprocess.run([light.place.bin / "kopeck", "--config", light.place.path("etc", "kopeck.cfg"),
                               "tariff", "define", bad, "title", "1", "--effective", "2099-01-01"],
                              capture_output=True, timeout=60)
        expect(f"exit status of tariff define {bad!r}", LINE, done.returncode)
        demand(b"expected UTF-8" in done.stderr, f"{bad!r}: {done.stderr}")
    expect("tariffs", SIX, len(events_of(light, "metering", "tariff.defined")))
    still_green(light)


def lines(light):
    """What stands behind a bare carriage return is not passed over: the line is refused."""
    light.start()
    light.green(*JOURNALS)
    file = light.place.path("run", "rows.csv")
    rows = [f"bank,{ACCOUNT},{n},correction" for n in (1, 2, 4)]
    file.write_bytes(f"debit,credit,amount,kind\n{rows[0]}\n{rows[1]}\r{rows[2]}\n".encode())
    done = light.kopeck("post", "--open", file)
    expect("exit status of a line with a carriage return", REFUSED, done.returncode)
    demand("line 3: field 4: a carriage return inside a line" in done.stderr, done.stderr)
    expect("postings", [], events_of(light, "ledger", "posted"))
    file.write_bytes("\r\n".join(["debit,credit,amount,kind", *rows, ""]).encode())
    expect("exit status of lines that end so", GREEN, light.kopeck("post", "--open", file).returncode)
    expect("postings", 3, len(events_of(light, "ledger", "posted")))
    still_green(light)


def empty(light):
    """An empty word stands for nothing, and nothing is done."""
    light.start()
    light.green(*JOURNALS)
    before = [light.processes[name].door().ask("status").fields["last"] for name in JOURNALS]
    for words in (("tail", ""), ("events", ""), ("clock", "confirm", ""), ("reseed", "ledger", ""),
                  ("reseed", "", "ledger"), ("status", ""), ("topup", "", "5"), ("balance", "")):
        done = light.kopeck(*words)
        expect(f"exit status of kopeck {words}", LINE, done.returncode)
        demand("that is not empty" in done.stderr and "(null)" not in done.stdout + done.stderr,
               f"kopeck {words}: {done.stdout}{done.stderr}")
    expect("last events", before,
           [light.processes[name].door().ask("status").fields["last"] for name in JOURNALS])
    still_green(light)


def unwritable(light):
    """What was done is said where the output cannot be, with an exit status of its own."""
    light.start()
    light.green(*JOURNALS)

    def full(*words):
        with open("/dev/full", "w") as out:
            return subprocess.run([light.place.bin / "kopeck", "--config",
                                   light.place.path("etc", "kopeck.cfg"), *words], stdout=out,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
    words = ("post-one", "bank", ACCOUNT, "5", "correction", "--open")
    done = full(*words)
    expect("exit status of post-one", UNSAID, done.returncode)
    said = re.search(r"do not do it again: post, --id (\S+), sequence (\d+)", done.stderr)
    demand(said, f"id and sequence are said: {done.stderr}")
    again = light.kopeck("--json", *words, "--id", said[1])
    expect("the same id", (GREEN, said[2]), (again.returncode, str(json.loads(again.stdout)["sequence"])))
    expect("postings", 1, len(events_of(light, "ledger", "posted")))
    done = full("topup", ACCOUNT, "50")
    expect("exit status of topup", UNSAID, done.returncode)
    demand(re.search(r"link \"?http", done.stderr), f"the link is said: {done.stderr}")
    still_green(light)


def limit(light):
    """The 1025th version of a tariff is refused for good, and no client tries again."""
    light.start()
    light.green(*JOURNALS)
    door = light.processes["metering"].door()
    effective = (time.time_ns() // 1000 // MINUTE_US + 600) * MINUTE_US
    for n in range(SIX, VERSIONS_MAX):
        expect("version", n + 1, door.ask("tariff.define", wire.uuid7(), code="many", title="Many", price=n,
                                          effective=effective).fields["version"])
    try:
        door.ask("tariff.define", wire.uuid7(), retry=False, code="many", title="Many", price=1,
                 effective=effective)
        raise Violation("a version too many is taken")
    except wire.Failure as failure:
        expect("failure", wire.FAIL["LIMIT"], failure.number)
        demand(not wire.FAILURES[failure.number][1], "it is final")
    door.close()
    done = light.kopeck("tariff", "define", "many", "Many", "1", "--effective", "2099-01-01")
    demand(done.returncode not in (GREEN, TRY_AGAIN) and "1024 tariff versions" in done.stderr,
           f"the command line: {done}")
    still_green(light)


TRIALS = {"instants": instants, "text": text, "lines": lines, "empty": empty, "unwritable": unwritable,
          "limit": limit}


def main(bin_directory, trial):
    clean_up_when_told()
    place = Place(bin_directory)
    light = Light(place)
    try:
        TRIALS[trial](light)
    finally:
        light.close()
        place.close()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in TRIALS:
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    try:
        sys.exit(main(*sys.argv[1:]))
    except Violation as violation:
        print(f"FAILED: {violation}")
        sys.exit(1)
