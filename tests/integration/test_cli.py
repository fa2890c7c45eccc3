#!/usr/bin/python3
"""The command line against a platform of real processes: every command once, what it prints and
how it ends; then the same journals offline, whole and damaged."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import msgpack
import zmq

import cli_origins
import export_checks
import minutes_checks
import policy_checks
import promo_checks
import refund_checks

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from services_table import JOURNALS, NAMES  # noqa: E402

FLEET, KOPECK = sys.argv[1:3]
ACCOUNT = "11111111-2222-4333-8444-555555555555"
STRANGER = "99999999-2222-4333-8444-555555555555"
USAGE, REFUSED, MISSING, NO_ANSWER, UNSAID, DENIED, CONFIG = 64, 65, 66, 69, 71, 77, 78


class Failure(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failure(what)


def config_of(directory, role, **changes):
    """Writes the command line's configuration for a run of the fleet."""
    lines = ["certificate", f'    secret = "{directory}/keys/secret/{role}.cert_secret"']
    for name in JOURNALS:
        lines.append(name)
        for door in ("command", "replay", "publish", "feed"):
            if door != "feed" or name == "ledger":
                lines.append(f'    {door} = "ipc://{directory}/run/{name}.{door}"')
        certificate = changes.get("certificate", name)
        lines.append(f'    certificate = "{directory}/keys/public/{certificate}.cert"')
        lines.append(f'    journal = "{directory}/var/{name}"')
    lines.append(f"timeout_ms = {changes.get('timeout_ms', 5000)}")
    lines += changes.get("lines", [])
    path = f"{directory}/cli-{role}-{len(os.listdir(directory))}.cfg"
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


class Cli:
    def __init__(self, config):
        self.config = config

    def run(self, *words, status=0, text=None):
        """Output and errors of a run that must end with that exit status."""
        done = subprocess.run([KOPECK, "--config", self.config, *words], input=text,
                              capture_output=True, text=True, timeout=60)
        check(done.returncode == status,
              f"kopeck {' '.join(words)}: exit {done.returncode}, expected {status}\n"
              f"{done.stdout}{done.stderr}")
        check(status == 0 or done.stderr or "verify" in words, f"{words}: an error says why")
        return done.stdout, done.stderr

    def text(self, *words, **rest):
        return self.run(*words, **rest)[0]

    def json(self, *words, **rest):
        return json.loads(self.run("--json", *words, **rest)[0])

    def json_lines(self, *words, **rest):
        return [json.loads(line) for line in self.run("--json", *words, **rest)[0].splitlines()]


def wait_until(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, f"{what}: not within {seconds} s")
        time.sleep(0.05)


def pay(link):
    promo_checks.pay(check, link)


def keys_of(path):
    """The keys of a certificate file."""
    with open(path) as file:
        return dict(re.findall(r'(\S+) = "([^"]*)"', file.read()))


def use(directory, account):
    """The platform says that a replica of the account ran for 30 minutes, until now or a little earlier."""
    resource, replica, payer = (part.bytes for part in
                                (uuid.uuid4(), uuid.uuid4(), uuid.UUID(account)))
    minute_us = 60 * 1000000
    now = time.time_ns() // 1000
    if not 5 <= now // minute_us % 30 < 25:  # else one hour has too few of them for a kopeck, and no line
        now -= 10 * minute_us
    began = now - 30 * minute_us
    events = [[10, began, 0, 0, resource, payer, 1],
              [13, began, 0, 0, resource, replica, payer, "nachalny", 1],
              [12, now, 0, 0, resource]]
    head = [1, 0, 1, 150, 1, 1, len(events), now, False]
    own = keys_of(f"{directory}/keys/secret/platform.cert_secret")
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.linger = 0
    socket.curve_publickey = own["public-key"].encode()
    socket.curve_secretkey = own["secret-key"].encode()
    socket.curve_serverkey = keys_of(f"{directory}/keys/public/metering.cert")[
        "public-key"].encode()
    socket.connect(f"ipc://{directory}/run/metering.feed")
    socket.send(b"".join(msgpack.packb(part) for part in [head] + events))
    check(socket.poll(10000), "metering answers a batch")
    answer = msgpack.unpackb(socket.recv())
    check(answer[2] == 0 and answer[5] == 3, f"the batch is taken: {answer}")
    socket.close()
    return str(uuid.UUID(bytes=resource))


# --- what the commands say ---

def test_help(cli):
    listed = cli.text("--help")
    for name in ("balance", "statement", "post", "verify", "why-not", "reseed"):
        check(f"  {name}" in listed, f"--help lists {name}")
        check(cli.text(name, "--help").startswith(f"usage: kopeck {name}"), f"{name} --help")
    cli.run("ballance", status=USAGE)
    cli.run("balance", status=USAGE)
    cli.run("balance", "me", status=USAGE)
    cli.run("balance", ACCOUNT, "--nonsense", status=USAGE)
    cli.run("statement", ACCOUNT, "--debits", "--credits", status=USAGE)
    cli.run("topup", ACCOUNT, "12.5", status=USAGE)
    cli.run("post-one", "bank", ACCOUNT, "1.234", "correction", status=USAGE)
    cli.run("tail", "lodger", status=USAGE)


def test_status(cli):
    cli.run("status", "--wait", "30")
    rows = cli.json("status")
    check([row["process"] for row in rows] == JOURNALS,
          "status names the processes")
    check(all(row["state"] == "ready" for row in rows), "all are ready")
    check(all(row["light"] == "green" and not row["why"] for row in cli.json("status")),
          "nothing keeps anybody from his whole job")
    check(cli.json("status", "--alarms") == [], "and no alarm stands")
    cli.run("status", "--wait", "soon", status=USAGE)
    check(cli.json("status", "ledger")[0]["last"] >= 2, "one process alone")
    counters = {row["counter"]: row["value"] for row in cli.json("status", "ledger", "--counters")}
    check("postings" in counters and "events" in counters, "counters are told")


def test_tariffs(cli):
    cli.text("tariff", "define", "nb", "Новый боевой", "123.45", "--effective", "2099-01-01")
    last = cli.json("tariff", "list")[-1]
    check((last["title"], last["price"]) == ("Новый боевой", 12345), "a tariff is defined")
    lines = cli.text("tariff", "list").splitlines()
    ends = {line.index(":00:00.000000+03:00") for line in lines[1:]}
    check(len(ends) == 1, "columns align after Cyrillic")
    check("2099-01-01T00:00:00.000000+03:00" in lines[-1], "people read Moscow's time")
    check(last["effective"] == 4070898000000000, "a date begins at midnight in Moscow")


def test_postings(cli, directory):
    cli.run("balance", ACCOUNT, status=MISSING)
    cli.run("statement", ACCOUNT, status=MISSING)
    words = ["post-one", "Robokassa clearing", ACCOUNT, "1000", "correction"]
    _, error = cli.run(*words, status=MISSING)
    check(ACCOUNT in error and "--open" in error, f"a mistyped UUID takes no money: {error}")
    cli.run("balance", ACCOUNT, status=MISSING)
    _, error = cli.run(*words, "--open", "--reason", "whim", status=USAGE)
    check("1 mistake, 2 goodwill, 3 dispute, 4 migration, 5 test, 6 other" in error, error)
    sequence = cli.json(*words, "--open", "--reason", "migration")["sequence"]
    check(cli.json("balance", ACCOUNT)["cash"] == 100000, "a posting moves a balance")
    row = cli.json("statement", ACCOUNT)[0]
    check((row["by"], row["reason"]) == ("operator", "migration"), f"who did it, and why: {row}")
    event = cli.json_lines("events", "ledger", "--from", str(sequence + 1),
                           "--to", str(sequence + 1))[0]
    check(event["type"] == "command.sent_by" and event["fields"]["certificate"] == "operator",
          f"the posting is followed by who sent it: {event}")
    table = f"debit,credit,amount,kind,reference\n{ACCOUNT},revenue,12.34,correction,\n" \
            f"bank,{ACCOUNT},1,correction,{STRANGER}\n"
    path = f"{directory}/postings.csv"
    with open(path, "w") as file:
        file.write(table)
    out, said = cli.run("--json", "post", path)
    check([row["result"] for row in json.loads(out)] == ["ok", "ok"], "one result each")
    again = re.search(r"--id (\S+)", said).group(1)
    cli.run("post", path, "--id", again)
    senders = cli.json_lines("events", "ledger", "--type", "feed.sent_by")
    check([row["fields"]["certificate"] for row in senders] == ["operator"],
          f"who pushed the run stands in the journal once: {senders}")
    check(cli.json("balance", ACCOUNT)["cash"] == 98866, "the same file again posts nothing")
    with open(path, "a") as file:
        file.write("bank,bank,1,fee,\n")
    rows = cli.json("post", path, "--atomic", status=REFUSED)
    check(all(row["result"] != "ok" for row in rows), "all or nothing")
    check(cli.json("balance", ACCOUNT)["cash"] == 98866, "nothing was posted")
    rows = cli.json("post", path, status=REFUSED)
    check([row["result"] for row in rows] == ["ok", "ok", "FAIL_INVALID"], "a result for each")
    known = cli.json("status", "ledger")[0]["last"]
    for text in (f"{ACCOUNT},revenue,1,correction\n{STRANGER},revenue,1,correction\n",
                 f"bank,{STRANGER},1,correction\n",
                 "".join(f"bank,{uuid.uuid4()},1,correction\n" for _ in range(700))):
        _, error = cli.run("post", "-", text="debit,credit,amount,kind\n" + text, status=MISSING)
        check("--open" in error and "nothing was sent" in error, f"nor in bulk: {error}")
    _, error = cli.run("post-one", ACCOUNT, "refunds", "1000000", "refund", status=REFUSED)
    check("less than that" in error, f"a refund is no more than is there: {error}")
    _, error = cli.run("post-one", "bank", ACCOUNT, "1", "bonus", status=REFUSED)
    check("other accounts" in error, f"the bank pays no bonus: {error}")
    check(cli.json("status", "ledger")[0]["last"] == known, "and nothing was posted of these")
    line = json.dumps({"debit": "promo expense", "credit": ACCOUNT, "amount": 5, "kind": "bonus"})
    cli.text("post", "-", text=line + "\n")
    check(cli.json("balance", ACCOUNT)["bonus"] == 5, "JSON lines are kopecks")
    for bad in ("debit,credit\n", "debit,credit,amount,kind\nx,y,1,fee\n",
                "debit,credit,amount,kind\nbank,revenue,1.234,fee\n", '{"debit":1}\n',
                "debit,credit,amount,kind\nbank,revenue\n", "{}\n", "{\n"):
        _, error = cli.run("post", "-", text=bad, status=REFUSED)
        check("line" in error, f"{bad!r}: the line is named")
    return sequence


def test_lots(cli, rows):
    """What is left of each credit comes to the balance, and each posting names what it took."""
    cli.run("lots", "00000000-2222-4333-8444-555555555555", status=MISSING)
    lots = cli.json("lots", ACCOUNT)
    left = sum(lot["left"] + lot["held"] for lot in lots)
    check(left == rows[0]["balance"], f"lots less debts are the balance: {left}")
    sequences = {row["sequence"] for row in rows if row["amount"] > 0}
    check({lot["number"] for lot in lots if lot["left"] > 0} <= sequences, "each is a credit")
    check("number" in cli.text("lots", ACCOUNT).splitlines()[0], "a table for people")
    for row in rows:
        own = row["lots"] == str(row["sequence"])
        check(own == (row["amount"] > 0), f"a credit is a lot, a debit takes of others: {row}")
        if row["amount"] < 0:
            check(row["lots"] is not None, f"a debit that was covered names a lot: {row}")


def test_reading(cli, first):
    rows = cli.json("statement", ACCOUNT)
    check(rows[-1]["balance"] == 100000 and rows[-1]["sequence"] == first, "the oldest is last")
    for newer, older in zip(rows, rows[1:]):
        check(newer["balance"] - newer["amount"] == older["balance"], "running balances follow")
    check(all(row["amount"] < 0 for row in cli.json("statement", ACCOUNT, "--debits")), "debits")
    check(all(row["amount"] > 0 for row in cli.json("statement", ACCOUNT, "--credits")), "credits")
    check(len(cli.json("statement", ACCOUNT, "--limit", "2")) == 2, "a limit")
    check(cli.json("statement", ACCOUNT, "--to", "2020-01-01") == [], "a period")
    test_moscow(cli, first)
    check(cli.json("balance", ACCOUNT, "--as-of", str(first))["cash"] == 100000, "as of a sequence")
    check(cli.json("balance", ACCOUNT, "--as-of", "2020-01-01")["cash"] == 0, "as of a time")
    cli.run("balance", ACCOUNT, "--min-sequence", "999999", status=75)
    accounts = {row["account"]: row["balance"] for row in cli.json("accounts")}
    check(accounts[ACCOUNT] == cli.json("balance", ACCOUNT)["cash"] + cli.json(
        "balance", ACCOUNT)["bonus"], f"the list of accounts: {accounts}")
    check(cli.json("accounts", "--below", "-100") == [], "none owes a hundred")
    check(cli.json("totals")[-1]["balance"] == 0, "the sum over all accounts is zero")
    test_lots(cli, rows)
    events = cli.json_lines("events", "ledger", "--from", "3", "--to", "5")
    check([event["sequence"] for event in events] == [3, 4, 5], "a range of events")
    posted = cli.json_lines("events", "ledger", "--type", "posted")
    check(posted and all(event["type"] == "posted" for event in posted), "one type of events")
    cli.run("events", "ledger", "--type", "postd", status=USAGE)


def test_moscow(cli, first):
    """What names no zone is Moscow's, in every word that takes a time."""
    def clock(minutes, hours=3, zone=""):
        return time.strftime("%Y-%m-%dT%H:%M:%S",
                             time.gmtime(time.time() + minutes * 60 + hours * 3600)) + zone
    everything = len(cli.json("statement", ACCOUNT, "--all"))
    now = cli.json("balance", ACCOUNT)["cash"]
    for before, after in ((clock(-30), clock(30)), (clock(-30, 0, "Z"), clock(30, 0, "Z")),
                          (clock(-30, 5, "+05:00"), clock(30, 5, "+05:00"))):
        check(len(cli.json("statement", ACCOUNT, "--all", "--from", before)) == everything,
              f"--from {before} leaves all rows")
        check(cli.json("statement", ACCOUNT, "--from", after) == [], f"--from {after}")
        check(len(cli.json("statement", ACCOUNT, "--all", "--to", after)) == everything,
              f"--to {after} leaves all rows")
        check(cli.json("statement", ACCOUNT, "--to", before) == [], f"--to {before}")
        check(cli.json("balance", ACCOUNT, "--as-of", before)["cash"] == 0, f"--as-of {before}")
        check(cli.json("balance", ACCOUNT, "--as-of", after)["cash"] == now, f"--as-of {after}")
    oldest = cli.text("statement", ACCOUNT, "--all").splitlines()[-1]
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 3 * 3600 - 60))
    check(str(first) in oldest and day in oldest and "+03:00" in oldest, f"Moscow's day: {oldest}")
    check("Moscow" in cli.text("--help") and "Moscow" in cli.text("statement", "--help"),
          "--help says so")


def test_usage(cli, directory):
    """A charge stands in the statement with what it was for."""
    resource = use(directory, STRANGER)
    def lines():
        return [row for row in cli.json("statement", STRANGER) if row["kind"] == "usage"]
    # Minutes of two hours are two lines, and the second may come later.
    wait_until("the charge of all minutes", lambda: sum(row["minutes"] for row in lines()) == 30)
    check(all(row["minutes"] is None for row in
              cli.json("statement", STRANGER, "--no-usage")), "unless it is not wanted")
    cli_origins.check_usage(cli, check, STRANGER)
    found = cli.json("meters", STRANGER)
    check(found["meters"] == 0 and found["burn"] == 0, f"nothing runs now: {found}")
    cli.run("meters", ACCOUNT, status=MISSING)
    for account in (STRANGER, ACCOUNT):  # what is foretold where something runs: the models
        told = cli.json("forecast", account)
        check(told["burn_hour"] == 0 and told["stops"] is None and told["payments"] == 0, told)
    cli.run("producer", "retire", "151", status=MISSING)
    cli.text("producer", "retire", "150")
    test_quotas(cli)
    return minutes_checks.live(check, cli, STRANGER, resource, lines())


def test_quotas(cli):
    def quotas():
        return {row["quota"]: row["value"] for row in cli.json("quotas")}
    before = quotas()
    check(before["account-replicas"] == 200 and before["wait-minutes"] == 60, f"quotas: {before}")
    cli.text("quotas", "set", "--account-replicas", "300", "--wait-minutes", "0", "--reason", "test")
    check(quotas() == {**before, "account-replicas": 300, "wait-minutes": 0},
          "what is not named stays")
    cli.run("quotas", "set", "--meters", "0", status=REFUSED)
    cli.run("quotas", "set", "--nonsense", "1", status=USAGE)
    producers = cli.json("quotas", "producers")
    check(all(row["meters"] <= row["meters_hour"] for row in producers) and producers,
          f"what they have taken: {producers}")
    cli.run("resource", ACCOUNT, status=MISSING)
    cli.run("resource", ACCOUNT, "move", "100", status=MISSING)


def test_tail(cli):
    """Everything from 1 on, and what is posted meanwhile, once and in order."""
    count = cli.json("status", "ledger")[0]["last"] + 40
    tail = subprocess.Popen([KOPECK, "--config", cli.config, "--json", "tail", "ledger", "--from",
                             "1", "--count", str(count)], stdout=subprocess.PIPE, text=True)
    for _ in range(40):
        cli.text("post-one", "bank", "revenue", "1", "settlement")
    out, _ = tail.communicate(timeout=30)
    sequences = [json.loads(line)["sequence"] for line in out.splitlines()]
    check(sequences == list(range(1, count + 1)), "a tail has no gap")


def closed_pipe():
    """What is written to goes nowhere, and says so."""
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "wb")


def unsaid(cli, *words, reads=False):
    """The errors of a run whose output cannot be written, whichever way."""
    errors = []
    for stdout in (open("/dev/full", "wb"), closed_pipe(), None):
        with stdout or open("/dev/null", "rb"):
            line = [KOPECK, "--config", cli.config, *words]
            if not stdout:
                line = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *line]
            done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=stdout or subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        gone = reads and done.returncode == -signal.SIGPIPE
        check(gone or done.returncode == UNSAID, f"{words}: exit {done.returncode}, expected {UNSAID}: {done.stderr}")
        errors.append(done.stderr)
    return errors


def test_unwritable_output(cli, directory):
    """What was done is said on stderr, so that nobody does it twice."""
    words = ["post-one", "bank", "revenue", "1", "settlement"]
    for error in unsaid(cli, *words):
        done = re.search(r"do not do it again: post, --id (\S+), sequence (\d+)", error)
        check(done, f"id and sequence are said: {error}")
        again = cli.json(*words, "--id", done[1])
        check(str(again["sequence"]) == done[2], "the same id is the same posting")
        posted = [event for event in cli.json_lines("events", "ledger", "--from", "1", "--type", "posted")
                  if event.get("cause", {}).get("command") == done[1]]
        check(len(posted) == 1, f"posted once: {len(posted)}")
    for error in unsaid(cli, "topup", ACCOUNT, "50"):
        link = re.search(r"link (\S+)", error)
        check("invoice " in error and link and link[1].strip('"').startswith("http"),
              f"invoice and link are said: {error}")
    file = f"{directory}/unsaid.csv"
    Path(file).write_text("debit,credit,amount,kind\nbank,revenue,1,settlement\n")
    for error in unsaid(cli, "post", file):
        check("1 of 1 postings are durable" in error and "--id" in error, f"the run is said: {error}")
    for error in unsaid(cli, "balance", ACCOUNT, reads=True)[::2]:  # who only reads ends with the pipe
        check("cannot be written" in error and "again" not in error, f"nothing was changed: {error}")


def test_payments(cli):
    link = cli.json("topup", ACCOUNT, "500", "--autopay", "3", "--sum-max", "1500")["link"]
    cli.run("mandate", ACCOUNT, status=MISSING)
    before = cli.json("balance", ACCOUNT)["cash"]
    pay(link)
    wait_until("the top-up", lambda: cli.json("balance", ACCOUNT)["cash"] == before + 50000)
    mandate = cli.json("mandate", ACCOUNT)
    check((mandate["state"], mandate["sum_max"]) == (1, 150000), "the consent stands")
    check(cli.json("payment", mandate["parent"])["state"] == 5, "the payment succeeded")
    wait_until("the first decision", lambda: cli.json("autopay", ACCOUNT)["mandate"] ==
               mandate["mandate"])
    cli.text("post-one", ACCOUNT, "revenue", str((before + 50000) // 100), "correction")
    wait_until("an autopay payment", lambda: cli.json("autopay", ACCOUNT)["count"] == 1)
    wait_until("the decision after it", lambda: cli.json("autopay", ACCOUNT)["request"] == 0)
    requested = cli.json_lines("events", "autopay", "--type", "autopay.payment_requested")
    check(len(requested) == 1, "charged once")
    check(cli.json("explain", str(requested[0]["sequence"]))["verdict"] == "CHARGE", "explained")
    check("decided to charge" in cli.text("explain", str(requested[0]["sequence"])), "in words")
    cli_origins.check_autopay(cli, check, ACCOUNT)
    wait_until("NO_ABOVE_THRESHOLD", lambda: cli.json("why-not", ACCOUNT, "2099-01-01")["verdict"]
               == "NO_ABOVE_THRESHOLD")
    cli.run("why-not", ACCOUNT, "2020-01-01", status=MISSING)
    cli.run("explain", "1", status=MISSING)
    cli.run("mandate", ACCOUNT, "change", "--count", "9", "--sum", "9000", status=REFUSED)
    cli.text("mandate", ACCOUNT, "change", "--count", "2", "--sum", "1000")
    cli.text("autopay", ACCOUNT, "hold")
    wait_until("the hold", lambda: cli.json("autopay", ACCOUNT)["held"])
    cli.text("autopay", ACCOUNT, "release")
    cli.text("mandate", ACCOUNT, "revoke")
    check(cli.json("mandate", ACCOUNT)["state"] == 2, "revoked")
    invoice = cli.json("topup", ACCOUNT, "77")["invoice"]
    check(isinstance(invoice, str) and 13 <= len(invoice) <= 15 and mandate["parent"].isdigit(), f"digits: {invoice}")
    cli.run("payment", invoice, "resolve", status=USAGE)
    cli.text("payment", invoice, "resolve", "declined")
    check(cli.json("payment", invoice)["state"] == 6, "closed by an operator")
    listed = cli.json("payments", ACCOUNT)
    check([row["invoice"] for row in listed][0] == invoice and
          [row["state"] for row in listed][:3] == ["declined", "succeeded", "succeeded"],
          f"the account's payments, newest first: {listed}")
    check(len(cli.json("payments", ACCOUNT, "--state", "succeeded", "--limit", "1")) == 1, "one")
    cli.run("payments", STRANGER, status=MISSING)
    cli.run("payments", ACCOUNT, "--state", "paid", status=USAGE)
    created = cli.json_lines("events", "payment", "--type", "payment.created")
    check(created[-1]["fields"]["invoice"] == invoice, "and in events")


def test_processes(cli, directory):
    _, said = cli.run("reseed", "ledger", "payment")
    check("Nothing was done" in said and "leaf" in said, "a reseed is shown first")
    cli.run("reseed", "ledger", "autopay", "--yes", status=MISSING)
    cli.run("reseed", "ledger", "payment", "--sequence", "999999", status=REFUSED)
    cli.text("clock", "confirm", "autopay")
    for name in ("public", "secret"):
        os.mkdir(f"{directory}/made-{name}")
    where = ["--public", f"{directory}/made-public", "--secret", f"{directory}/made-secret"]
    cli.run("keys", "make", "one:auditor", "two:operator", *where)
    cli.run("keys", "check", f"{directory}/made-public")
    cli.run("keys", "make", "three:nobody", *where, status=73)
    shutil.copy(f"{directory}/made-public/one.cert", f"{directory}/made-public/three.cert")
    cli.run("keys", "check", f"{directory}/made-public", status=REFUSED)


def test_ping(directory):
    """A health check speaks with the process's own certificate, by its own config file."""
    def ping(config, status):
        done = subprocess.run([KOPECK, "ping", config], capture_output=True, text=True, timeout=60)
        check(done.returncode == status, f"ping {config}: exit {done.returncode}\n{done.stderr}")
        check(status == 0 or done.stderr.startswith("kopeck: "), "it says why")

    for name in NAMES:
        ping(f"{directory}/etc/{name}.cfg", 0)
    with open(f"{directory}/etc/ledger.cfg") as file:
        ledger = file.read()
    with open(f"{directory}/etc/web.cfg") as file:
        web = file.read()
    secret, door = "/secret/ledger.cert_secret", re.search(r"command = (.*)", ledger).group(1)
    for number, (text, old, new, status) in enumerate([
            (ledger, door, "tcp://*:1", NO_ANSWER), (ledger, door, "tcp://0.0.0.0:1", NO_ANSWER),
            (ledger, door, "carrier://pigeon", NO_ANSWER),
            (ledger, secret, "/secret/nobody.cert_secret", CONFIG),
            (ledger, secret, "/public/ledger.cert", CONFIG),
            (ledger, "directory =", "folder =", CONFIG), (ledger, "name =", "called =", CONFIG),
            (ledger, "/public", "/nowhere", CONFIG), (ledger, "secret =", "key =", CONFIG),
            (web, "certificate =", "paper =", CONFIG), (web, "command =", "door =", CONFIG)]):
        check(old in text, f"{old} is in the config file")
        path = f"{directory}/ping-{number}.cfg"
        with open(path, "w") as file:
            file.write(text.replace(old, new))
        ping(path, status)
    ping(f"{directory}/nowhere.cfg", CONFIG)
    check(subprocess.run([KOPECK, "ping"], capture_output=True, check=False).returncode == USAGE,
          "ping of nothing")


def test_roles(directory):
    auditor = Cli(config_of(directory, "auditor"))
    check(auditor.json("verify")["holds"], "an auditor verifies")
    auditor.run("post-one", "bank", "revenue", "1", "settlement", status=DENIED)
    service = Cli(config_of(directory, "service"))
    check(service.json("balance", ACCOUNT)["number"] >= 64, "a service reads balances")
    service.run("events", "ledger", status=DENIED)
    wrong = Cli(config_of(directory, "operator", certificate="web", timeout_ms=700))
    wrong.run("balance", ACCOUNT, status=NO_ANSWER)
    broken = Cli(config_of(directory, "operator", lines=["timeout = 5"]))
    broken.run("balance", ACCOUNT, status=CONFIG)
    Cli("/nowhere/kopeck.cfg").run("balance", ACCOUNT, status=CONFIG)


# --- the journals themselves ---

def damage(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0xFF]))


def test_offline(cli, directory):
    whole = cli.json("verify", "--offline")
    check(whole["holds"] and whole["complete"] and not whole["violations"], "all holds offline")
    named = cli.json("verify", "--ledger", f"{directory}/var/ledger")
    check(named["holds"] and named["events"] < whole["events"], "one journal alone")
    cli.run("verify", "--ledger", f"{directory}/var/nowhere", status=MISSING)
    # Every event's bytes are under the root: one byte of a posting's reference is enough.
    copy = f"{directory}/damaged"
    with open(f"{directory}/var/ledger/data.mdb", "rb") as file:
        bytes_ = file.read()
    reference = bytes.fromhex(STRANGER.replace("-", ""))
    check(bytes_.rfind(reference) > 0, "the reference is in the file")
    shutil.copytree(f"{directory}/var/ledger", copy)
    for place in [m.start() for m in re.finditer(re.escape(reference), bytes_)]:
        damage(f"{copy}/data.mdb", place)
    found = cli.json("verify", "--ledger", copy, status=1)
    check(not found["holds"] and found["violations"][0]["rule"] == "stream: tree root",
          "a changed byte is found by the root")
    text = cli.text("verify", "--ledger", copy, status=1)
    check("NOT everything holds" in text and "tree root: expected" in text, "and said in a line")
    # A file that LMDB itself stumbles over is damage, not a crash of ours.
    with open(f"{copy}/data.mdb", "r+b") as file:
        file.truncate(2 * 4096)
    done = subprocess.run([KOPECK, "verify", "--ledger", copy], capture_output=True, text=True,
                          timeout=60)
    check(done.returncode in (65, 66) and done.stderr, f"a cut file: exit {done.returncode}")


def refund_light(cli, directory, refund, red):
    """Of a refund that waits for people: the status, the ping, and the log as it begins and ends."""
    look = [KOPECK, "--config", cli.config, "--json", "status", "--alarms"]
    wait_until("the light", lambda: subprocess.call(look, stdout=subprocess.DEVNULL) == 75 * red)
    said = json.loads(subprocess.run(look, stdout=subprocess.PIPE, check=False).stdout)
    alarms = [(row["name"], row["about"]) for row in said]
    check(red == (alarms == [("REFUND", f"refund {refund}: no answer, or none that is understood")]),
          f"what the light says: {alarms}")
    cli.run("ping", f"{directory}/etc/payment.cfg", status=75 * red)
    log = Path(f"{directory}/log/payment.log").read_text()
    check(log.count("alarm=REFUND") == 2 - red, "each change is told once")


def main():
    directory = tempfile.mkdtemp(prefix="kopeck-cli-")
    fleet = subprocess.Popen([FLEET, "up", "--dir", directory], stdout=subprocess.DEVNULL)
    try:
        wait_until("the processes", lambda: all(os.path.exists(f"{directory}/run/{name}.ready")
                                                for name in NAMES), 60)
        cli = Cli(config_of(directory, "operator"))
        test_help(cli)
        test_status(cli)
        test_tariffs(cli)
        first = test_postings(cli, directory)
        test_reading(cli, first)
        opened = test_usage(cli, directory)
        test_tail(cli)
        test_unwritable_output(cli, directory)
        test_payments(cli)
        promo_checks.live(check, wait_until, pay, cli, directory)
        refund_checks.live(check, wait_until, cli, directory, pay, refund_light)
        test_processes(cli, directory)
        test_ping(directory)
        test_roles(directory)
        policy_checks.live(check, cli, *(Cli(config_of(directory, role)) for role in ("auditor", "service")))
        check(cli.json("verify", "--settled")["holds"], "all holds and nothing is under way")
        postings = export_checks.live(check, cli, directory)
        fleet.terminate()
        fleet.wait(60)
        promo_checks.missing_key(check, directory, os.path.dirname(KOPECK))
        export_checks.offline(check, cli, directory, postings)
        minutes_checks.offline(check, cli, directory, STRANGER, opened)
        refund_checks.offline(check, cli, directory)
        test_offline(cli, directory)
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    finally:
        fleet.terminate()
        fleet.wait(60)
        shutil.rmtree(directory, ignore_errors=True)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
