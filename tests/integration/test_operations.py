#!/usr/bin/python3
"""A section of docs/operations.md, followed through real processes.

usage: test_operations.py BIN_DIRECTORY SECTION
"""
import html
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from operations_bank import bank_statements, restore_documents
from operations_contacts import contacts
from operations_postgresql import journals_in_postgresql
from operations_promo import promo_codes
from operations_registry import registry_of_a_day
from operations_rig import Machine, titles_with_blocks
from operations_segments import older_segments
from operations_words import (ACCOUNT, GREEN, JOURNALS, RED, all_current, cash, check, green, is_light, lights,
                              lose, rows, status, stopped, violations_of)
from page_rig import Browser
from process_rig import SKIPPED, USAGE, clean_up_when_told, own_mounts, wire

HOUR_US = 3_600_000_000


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def invoice(machine, rubles):
    return rows(machine, "topup", ACCOUNT, rubles)


def pay(link):
    """At the stand-in's page, as a browser would."""
    with urllib.request.urlopen(link) as answer:
        page = re.search(r'name="page" value="([^"]*)"', answer.read().decode()).group(1)
    form = urllib.parse.urlencode({"page": html.unescape(page), "action": "pay"}).encode()
    opener = urllib.request.build_opener(NoRedirect)
    try:
        opener.open("/".join(link.split("/")[:3]) + "/Merchant/Pay", form)
    except urllib.error.HTTPError as error:
        check(error.code == 302, f"the stand-in's page answers {error.code}")


def top_up(machine, rubles):
    before, made = cash(machine), invoice(machine, rubles)
    pay(made["link"])
    machine.wait("the top-up", lambda: cash(machine) == before + 100 * rubles)
    return made["invoice"]


def post_to(machine, account):
    machine.kopeck("post-one", "promo expense", account, 1, "bonus", "--open")


def post(machine, rubles, *more):
    machine.kopeck("post-one", "bank", ACCOUNT, rubles, "correction", *more)


# --- the sections ---

def backup(machine):
    machine.start()
    post(machine, 100, "--open")
    machine.follow()
    post(machine, 200)
    machine.follow()
    printed = machine.follow()
    check("everything holds" in printed, printed)
    monday = machine.place.path("backups", "monday")
    refused = machine.kopeck("backup", monday, status=73)
    check("there already" in refused, refused)
    check(not machine.place.path("backups", "monday.unfinished").exists(), "nothing is left over")
    damage(machine)


def damage(machine):
    """A backup with a byte turned over is not restored, and it is said what is wrong."""
    tuesday = machine.place.path("backups", "tuesday")
    into = machine.place.path("backups", "into")
    file = tuesday / "ledger" / "data.mdb"
    content = bytearray(file.read_bytes())
    at = content.find(ACCOUNT_BYTES)
    check(at > 0, "the account stands in the copy")
    content[at + 15] ^= 1
    file.write_bytes(content)
    said = machine.kopeck("restore", tuesday, "--ledger", into, status=65)
    check("ledger" in said and "root" in said, f"what is wrong is said: {said}")
    check(not into.exists(), "nothing was written")


ACCOUNT_BYTES = uuid.UUID(ACCOUNT).bytes


def followers_stop(machine, stream, followers):
    machine.wait("followers stop", lambda: {row["process"] for row in lights(machine)
                                            if row["state"] == "needs reseed"} == followers)
    machine.kopeck("status", status=75)
    for name in followers:
        config = machine.place.path("etc", f"{name}.cfg")
        said = machine.kopeck("ping", config, status=75)
        check("another history" in said and stream in said, f"{name}: {said}")
        machine.wait("the log", lambda name=name: "alarm=HISTORY" in machine.said(name))


def new_journals(machine):
    for name in JOURNALS:
        config = machine.place.path("etc", f"{name}.cfg")
        config.write_text(config.read_text().replace("    create = 1\n", "", 1))
        process = machine.processes[name]
        process.start()
        machine.wait(f"{name} does not start without a journal", lambda p=process: not p.alive())
        check(process.status() == 78 and "kopeck init" in process.said(), process.said())
    machine.follow()
    machine.start()
    machine.wait("everybody is current", lambda: all_current(machine))
    post(machine, 100, "--open")
    # One whose volume is not mounted does not begin anew.
    machine.processes["ledger"].stop_whole()
    kept = machine.place.path("var", "ledger").rename(machine.place.path("var", "kept"))
    machine.place.path("var", "ledger").mkdir(mode=0o700)
    machine.processes["ledger"].start()
    machine.wait("it ends", lambda: not machine.processes["ledger"].alive())
    check(machine.processes["ledger"].status() == 78, machine.said("ledger"))
    machine.kopeck("status", status=69)
    machine.place.path("var", "ledger").rmdir()
    kept.rename(machine.place.path("var", "ledger"))
    machine.follow()
    machine.wait("everybody is current", lambda: all_current(machine))
    check(cash(machine) == 10000, "nothing is lost")


def restore_the_ledger(machine):
    machine.start()
    post(machine, 1000, "--open")
    top_up(machine, 500)
    machine.kopeck("backup", machine.place.path("backups", "monday"))
    post(machine, 7)  # lost
    top_up(machine, 300)  # payment still has it
    machine.processes["ledger"].kill()
    lose(machine, "ledger")
    machine.follow()
    machine.follow()
    followers_stop(machine, "ledger", {"payment", "autopay", "notify"})
    machine.follow()
    machine.wait("the payment since, again", lambda: cash(machine) == 180000)
    machine.wait("everybody is current", lambda: all_current(machine))
    top_up(machine, 10)
    found = {row["process"]: row for row in status(machine)}
    machine.kopeck("verify")
    check(found["ledger"]["epoch"] > found["payment"]["epoch"], "the history has another name")


def restore_payment(machine):
    machine.start()
    post(machine, 1000, "--open")
    first = top_up(machine, 500)
    machine.kopeck("backup", machine.place.path("backups", "monday"))
    lost = top_up(machine, 300)
    before = cash(machine)
    machine.processes["payment"].kill()
    lose(machine, "payment")
    machine.follow()
    followers_stop(machine, "payment", {"ledger", "autopay", "notify"})
    check(is_light(machine, "ledger", RED), "and a supervisor hears it")
    machine.follow()
    machine.wait("everybody is current", lambda: all_current(machine))
    check(cash(machine) == before, "nothing was credited again, nothing taken back")
    new = top_up(machine, 20)
    check(new not in (first, lost), "the lost invoice's number is not given again")
    check(cash(machine) == before + 2000, "and payments go on")
    violations = violations_of(machine.follow())
    check(len(violations) == 1 and "cause: exists and moves money" in violations[0] and
          violations[0].startswith("ledger"), f"the lost payment alone is named: {violations}")
    again = machine.kopeck("reseed", "ledger", "payment", "--at-most", 1, "--yes", status=65)
    check("already" in again, f"done twice it would apply events twice: {again}")


OTHER = str(uuid.UUID("22222222-2222-4333-8444-555555555555"))


def link_card(machine, account, rubles):
    made = rows(machine, "topup", account, rubles, "--autopay", 5)
    pay(made["link"])
    machine.wait("the top-up", lambda: cash(machine, account) == 100 * rubles)
    check(rows(machine, "mandate", account)["amount"] == 100 * rubles, "the box was ticked")
    return made["invoice"]


def use_up(machine, account, rubles):
    machine.kopeck("post-one", account, "revenue", rubles, "correction")


def charges(machine, account):
    return [row for row in rows(machine, "statement", account, "--all", "--no-usage")
            if row["kind"] == "autopay payment"]


def restore_autopay(machine):
    machine.start()
    for account in (ACCOUNT, OTHER):
        post_to(machine, account)
        link_card(machine, account, 500)
    machine.kopeck("backup", machine.place.path("backups", "monday"))
    use_up(machine, ACCOUNT, 460)
    machine.wait("a charge", lambda: len(charges(machine, ACCOUNT)) == 1)
    machine.wait("it is settled", lambda: all_current(machine))
    before = cash(machine)
    machine.processes["autopay"].kill()
    lose(machine, "autopay")
    machine.follow()
    machine.wait("its followers stop", lambda: stopped(machine) == {"notify", "payment"})
    use_up(machine, OTHER, 460)  # decided by the new history, carried out once it is accepted
    machine.follow()
    machine.wait("everybody is current", lambda: all_current(machine))
    machine.wait("the other is charged", lambda: len(charges(machine, OTHER)) == 1)
    check(cash(machine) == before and len(charges(machine, ACCOUNT)) == 1,
          "nobody is charged for a lost decision again")
    machine.wait("the light is green", lambda: green(machine))
    violations = violations_of(machine.follow())
    check(violations and all(re.match(r"payment \d+: payment: what is answered was requested", line)
                             for line in violations), f"the lost decision alone is named: {violations}")


def usage(feed, first, at, replica, ends=None):
    """A replica that runs since then, or ran until another instant; the platform has told all up to now.
    Late minutes of what is gone are charged at once, of what runs on with the hour."""
    now = time.time_ns() // 1000
    items = [wire.event_write("replica.started", at, {
        "resource": replica, "replica": replica, "account": uuid.UUID(ACCOUNT).bytes,
        "tariff": "ultra", "kind": 1})]
    items += [wire.event_write("resource.deleted", ends, {"resource": replica})] if ends else []
    answer = feed.batch(first, items, now)
    check(answer.fail == 0, f"metering takes it: {answer}")


def restore_metering_and_the_ledger(machine):
    machine.start()
    post(machine, 1000, "--open")
    feed = machine.processes["metering"].feed(150, "platform")
    hours = time.time_ns() // 1000 // HOUR_US * HOUR_US
    usage(feed, 1, hours - 3 * HOUR_US, b"1" * 16)
    machine.wait("it is charged", lambda: cash(machine) < 100000)
    one = settled_cash(machine)
    machine.kopeck("backup", machine.place.path("backups", "monday"))
    usage(feed, 2, hours - 2 * HOUR_US, b"2" * 16, hours)
    machine.wait("so is what is lost", lambda: cash(machine) < one)
    both = settled_cash(machine)
    for name in ("ledger", "metering"):
        machine.processes[name].kill()
        lose(machine, name)
    feed.close()
    machine.follow()
    machine.wait("followers stop", lambda: stopped(machine) ==
                 {"ledger", "payment", "autopay", "notify"})
    machine.follow()
    machine.wait("everybody is current", lambda: all_current(machine))
    check(cash(machine) == one, "what came since is not charged")
    feed = machine.processes["metering"].feed(150, "platform")
    check(feed.batch(2, []).acknowledged == 1, "metering says where it is")
    usage(feed, 2, hours - 2 * HOUR_US, b"2" * 16, hours)
    machine.wait("it is charged once", lambda: settled_cash(machine) == both)
    feed.close()
    machine.wait("the light is green", lambda: green(machine))
    check("everything holds" in machine.follow(), "and everything holds")


def settled_cash(machine):
    """Once the ledger has posted all that metering has said."""
    machine.wait("the ledger is current", lambda: all_current(machine) and
                 rows(machine, "status", "ledger")[0]["behind"].startswith("metering 0"))
    return cash(machine)


def health(machine):
    with urllib.request.urlopen(machine.place.endpoints[("web",)] + "/health", timeout=20) as answer:
        return answer.status == 200


def new_key_of_payment(machine):
    """As on the page, of payment: web goes on without a start of its own."""
    check(health(machine), "web is well")
    public, secret = machine.place.path("keys", "public"), machine.place.path("keys", "secret")
    machine.processes["payment"].stop_whole()
    (public / "payment.cert").unlink()
    (secret / "payment.cert_secret").unlink()
    machine.kopeck("keys", "make", "payment:payment", "--public", public, "--secret", secret)
    machine.start("payment")
    machine.wait("web takes the new key", lambda: "a peer has another key" in machine.said("web"))
    check(health(machine), "and is well with it")
    top_up(machine, 10)
    machine.wait("everybody else too", lambda: all_current(machine))
    machine.wait("the light is green", lambda: green(machine))


def key_rotation(machine):
    machine.start()
    post(machine, 5, "--open")
    machine.wait("everybody is current", lambda: all_current(machine))
    machine.follow()
    machine.wait("the new key is taken", lambda: "a peer has another key" in
                 machine.said("autopay"))
    post(machine, 5)
    machine.wait("and everybody is current", lambda: all_current(machine) and
                 status(machine, "autopay")[0]["behind"].startswith("ledger 0"))
    # The file is not copied to where it is read: the light says it.
    public = machine.place.path("keys/public", "ledger.cert")
    new, old = public.read_text(), machine.place.path("keys/old", "ledger.cert").read_text()
    public.write_text(old)
    machine.wait("the wrong key is seen", lambda: "nothing is heard of a peer" in
                 machine.said("autopay"), 60)
    machine.wait("the light says it", lambda: "silent for" in
                 status(machine, "autopay")[0]["behind"])
    check(not status(machine, "autopay")[0]["current"], "and that it is not current")
    check(is_light(machine, "autopay", RED), "and a supervisor hears it")
    public.write_text(new)
    machine.wait("it is heard again", lambda: all_current(machine))
    machine.wait("the log says so too", lambda: "over alarm=SILENT" in machine.said("autopay"))


def disk_full(machine):
    directory = machine.place.path("var", "ledger")
    directory.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m,mode=0700", "tmpfs", directory],
                   check=True)
    machine.start()
    post(machine, 5, "--open")
    with (directory / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, 108 << 20)
    machine.wait("the disk is seen", lambda: status(machine, "ledger")[0]["full"])
    check(is_light(machine, "ledger", RED), "and a supervisor hears it")
    check("yes" in machine.follow(), "the page shows it")
    machine.kopeck("post-one", "bank", ACCOUNT, 1, "correction", status=75)
    check(cash(machine) == 500, "reads go on")
    (directory / "ballast").unlink()
    machine.wait("the room is seen", lambda: not status(machine, "ledger")[0]["full"])
    machine.follow()
    post(machine, 1)
    said = machine.said("ledger")
    check("nearly full" in said and "over alarm=FULL" in said, "the log tells both")
    machine.processes["ledger"].stop_whole()
    subprocess.run(["umount", directory], check=True)


def clock_doubts(machine):
    machine.start()
    post(machine, 5, "--open")
    machine.preload[1].write_bytes((7200 * 1000000).to_bytes(8, "little"))
    doubts = lambda: [row["value"] for row in status(machine, "--counters")  # noqa: E731
                      if row["counter"] == "clock_doubted"]
    machine.wait("all doubt", lambda: doubts() == ["1"] * len(JOURNALS))
    check(is_light(machine, "payment", RED), "and a supervisor hears it")
    printed = machine.follow()
    check(printed.count("clock_doubted") == len(JOURNALS), printed)
    machine.follow()
    machine.wait("nobody doubts", lambda: doubts() == ["0"] * len(JOURNALS))
    machine.wait("all are green", lambda: all_current(machine))
    check(is_light(machine, "payment", GREEN), "for a supervisor too")
    post(machine, 1)


def upgrade(machine):
    machine.start()
    post(machine, 5, "--open")
    top_up(machine, 10)
    printed = machine.follow()
    check("everything holds" in printed, printed)
    check(all(machine.processes[name].program.parent.name == "new" and
              machine.processes[name].alive() for name in ("ledger", "payment", "web")),
          "the new programs run")
    top_up(machine, 10)


def snapshots(machine):
    for name in JOURNALS:
        config = machine.place.path("etc", f"{name}.cfg")
        config.write_text(config.read_text() + "snapshots\n    events = 1\n")
    machine.start()
    post(machine, 5, "--open")
    top_up(machine, 10)
    for name in JOURNALS:
        machine.wait(f"{name}'s snapshot", lambda: "a snapshot was made" in machine.said(name))
    printed = machine.follow()
    for name in JOURNALS:
        check(re.search(rf"(?m)^{name} +[1-9]\d* +\d+ +\d+ +same$", printed), f"{name}: {printed}")
    check('"process":"ledger"' in printed and '"same":true' in printed, printed)


def two_persons(machine):
    machine.start()
    said = machine.kopeck("post-one", "bank", ACCOUNT, 12345, "correction", "--open")
    check("another must agree" in said and "approve ledger" in said, f"the sender is told: {said}")
    check(machine.run("balance", ACCOUNT).returncode == 66, "nothing was posted")
    check("12345.00" in machine.follow(), "it waits")
    shown = machine.follow()
    check(cash(machine) == 1234500 and "approved" in shown, "two have agreed")
    machine.follow()
    machine.kopeck("post-one", "bank", ACCOUNT, 20000, "correction")
    check(cash(machine) == 3234500, "the new limit holds")
    machine.follow()
    said = machine.kopeck("tariff", "define", "two", "Two", 12, "--effective", "2099-01-01")
    check("pending" in said and "two" not in machine.kopeck("tariff", "list"), f"a price by two: {said}")
    command = rows(machine, "proposals", "metering")[0]["id"]
    machine.kopeck("--config", machine.place.path("etc", "deputy.cfg"), "approve", "metering", command)
    check("Two" in machine.kopeck("tariff", "list"), "another agreed")
    check("everything holds" in machine.kopeck("verify"), "and everything holds")


def a_desk_for_operators(machine):
    """At a port of its own, and on a kernel that may not have every wall."""
    machine.start()
    with socket.socket() as lent:
        lent.bind(("127.0.0.1", 0))
        port = lent.getsockname()[1]
    machine.blocks = [block.replace("kopeck-desk ", f"kopeck-desk --sandbox wanted --listen 127.0.0.1:{port} ")
                      for block in machine.blocks]
    machine.follow()
    links = machine.place.path("", "desk.link")
    machine.wait("the desk prints its link", lambda: links.read_text().strip())
    for link in (links.read_text().strip(), machine.follow().strip()):
        browser = Browser(f"127.0.0.1:{port}")
        opened = browser.look(link.removeprefix(f"http://127.0.0.1:{port}"))
        check((opened.status, opened.location) == (303, "/desk"), f"{link}: {opened.status}")
        check(browser.look("/desk/proposals").status == 200, "it is open")
    machine.follow()
    machine.wait("the desk ends", lambda: refuses(port))


def refuses(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0


def policies(machine):
    machine.start()
    post(machine, 1000, "--open")
    check(re.search(r"metering.policy +settle-minutes +2 +2 +2 ", machine.follow()), "as the journal began")
    said = machine.follow()
    check(re.search(r"settle-minutes +2 +60\n", said) and "operator" in said, f"what was and is: {said}")
    machine.processes["metering"].stop_whole()
    machine.start("metering")
    shown = next(row for row in rows(machine, "policy", "show", "metering") if row["name"] == "settle_us")
    check((shown["value"], shown["certificate"]) == (HOUR_US, "operator"), f"after a start too: {shown}")
    hour = time.time_ns() // 1000 // HOUR_US * HOUR_US - HOUR_US  # the last one that is over
    feed = machine.processes["metering"].feed(150, "platform")
    usage(feed, 1, hour + HOUR_US // 2, b"1" * 16)
    feed.close()
    machine.follow()
    waited = time.time_ns() // 1000 < hour + 2 * HOUR_US  # unless the next hour has ended meanwhile
    machine.wait("the hour is posted", lambda: cash(machine) < 100000, 200)
    back = next(row for row in rows(machine, "policy", "show", "metering") if row["name"] == "settle_us")
    closed = rows(machine, "events", "metering", "--type", "hour.closed")
    check(not waited or closed["sequence"] > back["sequence"] > shown["sequence"],
          f"not before it was to be: {closed} {back}")
    ladder(machine)
    check("everything holds" in machine.kopeck("verify"), "and everything holds")


def ladder(machine):
    """Its steps in real processes, with spans of seconds: stopped in time, and over with the money that comes."""
    def comes_to(step, kopecks):
        change = kopecks - cash(machine)
        sides = ("bank", ACCOUNT) if change > 0 else (ACCOUNT, "bank")
        machine.kopeck("post-one", *sides, f"{abs(change) / 100:.2f}", "correction")
        machine.wait(step, lambda: re.search(rf"rung +{step}\n", machine.kopeck("notices", ACCOUNT)))

    machine.kopeck("policy", "set", "notify", "stop-seconds=1", "grace-us=0")
    comes_to("(low|a day is left)", 5000)  # as long as the hour is the last one that was closed
    comes_to("stopped", -1)
    comes_to("nothing is short", 100000)
    history = rows(machine, "notices", ACCOUNT, "history")
    steps = [row["step"] for row in history]
    check(steps[:3] == ["nothing is short", "stopped", "exhausted: containers are about to be stopped"] and
          len(steps) == 4, f"each step once: {steps}")
    sequence = history[1]["sequence"]
    said = machine.kopeck("explain", "notify", sequence)
    check("by the balance of ledger" in said and "WRONG" not in said, said)


def back_fill(machine):
    configuration = machine.place.path("etc", "ledger.cfg")
    configuration.write_text(re.sub(r"(?m)^ *importers = .*\n", "", configuration.read_text()))
    machine.start()
    importer = machine.place.path("etc", "importer.cfg")
    (machine.place.directory / "backups" / "rows.csv").write_text(
        f"debit,credit,amount,kind\nRobokassa clearing,{ACCOUNT},1000000,top-up\n")
    row = ("post-one", "Robokassa clearing", ACCOUNT, 1, "top-up", "--open")
    machine.kopeck(*row, status=77)  # no person's
    machine.kopeck("--config", importer, *row, status=69)  # nobody lets him in
    check("everything holds" in machine.follow(), "and everything holds")
    check(cash(machine) == 100000000, "it is posted")
    machine.kopeck("--config", importer, *row, status=69)


def a_journal_that_is_not_what_it_was(machine):
    machine.start()
    post(machine, 100, "--open")
    machine.wait("everybody is current", lambda: all_current(machine))
    machine.follow()
    post(machine, 200)
    printed = machine.follow()
    check("everything holds" in printed and "a root that was kept" in printed, printed)
    roots = machine.place.path("backups", "roots")
    text = roots.read_text()
    digit = re.search(r"ledger:\d+:\d+:(.)", text)
    other = "b" if digit[1] == "a" else "a"
    forged = text[digit.start(1):digit.start(1) + 64].replace(digit[1], other, 1)
    kept = re.search(r"ledger:\d+:\d+:", text)[0]
    said = machine.kopeck("verify", "--since", kept + forged, status=1)
    check("NOT everything holds" in said, said)


SECTIONS = {"Journals in PostgreSQL": lambda machine: journals_in_postgresql(machine, post),
            "New journals": new_journals, "Backup": backup,
            "A journal that is not what it was": a_journal_that_is_not_what_it_was,
            "Restore the ledger": restore_the_ledger, "Restore payment": restore_payment,
            "Restore autopay": restore_autopay,
            "Restore documents": restore_documents,
            "Restore metering and the ledger": restore_metering_and_the_ledger,
            "Key rotation": key_rotation,
            "Two persons": two_persons, "A desk for operators": a_desk_for_operators, "Policies": policies, "Back-fill": back_fill,
            "Disk full": disk_full, "Clock doubts": clock_doubts, "Upgrade": upgrade,
            "Snapshots": snapshots, "Older segments": older_segments,
            "Bank statements": bank_statements, "Promo codes": promo_codes, "Contacts": contacts,
            "Registry of a day": lambda machine: registry_of_a_day(machine, top_up, pay)}


def main(bin_directory, name):
    title = next((title for title in SECTIONS if re.sub("[ -]", "_", title.lower()) == name), None)
    if title is None:
        print(__doc__, file=sys.stderr)
        return USAGE
    if title == "Disk full" and not own_mounts():
        print("skipped: no mount namespace of its own: not root?")
        return SKIPPED
    clean_up_when_told()
    untried = titles_with_blocks() - SECTIONS.keys()
    check(not untried, f"sections that no test follows: {untried}")
    machine = Machine(bin_directory, title)
    if title == "Clock doubts":
        leap = machine.place.path("run", "leap")
        leap.write_bytes(bytes(8))
        machine.preload = (machine.place.bin / "libclock_leap.so", leap)
    try:
        SECTIONS[title](machine)
        machine.finish()
    finally:
        machine.close()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    sys.exit(main(*sys.argv[1:]))
