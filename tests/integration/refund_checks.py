"""Refunds at the command line against a platform of real processes: one that Robokassa takes, one
that it takes without an answer, and all that is refused; a dispute, and what may be shown of it."""
import hashlib
import json
import re
import urllib.request
from pathlib import Path

import closing_checks
import receipt_checks

ACCOUNT = "11111111-2222-4333-8444-555555555555"
USAGE, REFUSED, MISSING, THERE = 64, 65, 66, 73


def sim_faults(directory, *rules):
    """Replaces the stand-in's faults."""
    config = Path(f"{directory}/etc/sim.cfg").read_text()
    listen = re.search(r"^listen = (\S+)", config, re.M)[1]
    body = json.dumps({"rules": rules}).encode()
    with urllib.request.urlopen(f"http://{listen}/sim/faults", body) as answer:
        return answer.status == 200


def sim_positions(directory, invoice):
    """Those of the receipts of an invoice's refunds, as the stand-in has read them."""
    config = Path(f"{directory}/etc/sim.cfg").read_text()
    listen = re.search(r"^listen = (\S+)", config, re.M)[1]
    with urllib.request.urlopen(f"http://{listen}/sim/captures") as answer:
        rows = json.load(answer)["captures"]
    return next(row["refund_positions"] for row in rows if row["invoice"] == int(invoice))


def refund_state(cli, refund):
    rows = [row for row in cli.json("refunds") if row["refund"] == refund]
    return rows[0]["state"] if rows else None


def live(check, wait_until, cli, directory, pay, light):
    def buy(rubles):
        made = cli.json("topup", ACCOUNT, rubles)
        pay(made["link"])
        return made["invoice"]

    before = cli.json("balance", ACCOUNT)["cash"]
    disputed = buy("200")
    wait_until("the top-up", lambda: cli.json("balance", ACCOUNT)["cash"] == before + 20000)
    dispute(check, cli, directory, disputed)
    receipt_checks.live(check, cli)
    receipt_checks.contact(check, wait_until, cli, directory, pay)
    before += 20000
    paid = [buy("300"), buy("200")]
    wait_until("the top-ups", lambda: cli.json("balance", ACCOUNT)["cash"] == before + 50000)
    cli.run("refund", paid[0], "--amount", "300.01", status=REFUSED)
    cli.run("refund", paid[0], "--amount", "0", status=USAGE)
    cli.run("refund", "123", status=MISSING)
    sent = cli.json("refund", paid[0], "--reason", "goodwill")["refund"]
    wait_until("Robokassa's word", lambda: refund_state(cli, sent) == "sent")
    check(sim_positions(directory, paid[0]) == 1, "its receipt has the position of the payment's")
    check(cli.json("balance", ACCOUNT)["cash"] == before + 20000, "what is held is in no balance")
    check([lot["held"] for lot in cli.json("lots", ACCOUNT) if lot["held"]] == [30000], "held of it")
    cli.run("refund", paid[0], "--amount", "1", status=REFUSED)  # one at a time
    cli.run("refund", "cancel", sent, status=REFUSED)
    cli.run("refund", "resolve", "done", sent, "--amount", "300", status=REFUSED)
    check(sim_faults(directory, {"fault": "timeout_after_accept", "on": "refund", "count": 1}),
          "the stand-in takes its faults")
    lost = cli.json("refund", paid[1])["refund"]
    wait_until("nobody knows", lambda: refund_state(cli, lost) == "unknown")
    row = cli.json("refunds", "--payment", paid[1])[0]
    check(row["amount"] == 20000 and row["why"] and row["account"] == ACCOUNT, f"its row: {row}")
    light(cli, directory, lost, True)
    cli.run("refund", "resolve", lost, status=USAGE)
    cli.text("refund", "resolve", "failed", lost, "--amount", "200")
    wait_until("its money back", lambda: cli.json("balance", ACCOUNT)["cash"] == before + 20000)
    check(refund_state(cli, lost) == "failed", "an operator's word")
    light(cli, directory, lost, False)
    check([row["refund"] for row in cli.json("refunds", "--open")] == [sent], "one is under way")
    check(cli.json("refunds", "--state", "failed")[0]["refund"] == lost, "and one failed")
    cli.run("refunds", "--state", "lost", status=USAGE)
    closing_checks.live(check, wait_until, cli, pay)


# --- a dispute ---

def read_exhibit(check, name):
    """The file, each of whose leaves is that of its bytes."""
    with open(name, encoding="utf-8") as file:
        exhibit = json.load(file)
    for event in exhibit["events"]:
        leaf = hashlib.sha256(b"\0" + bytes.fromhex(event["bytes"])).hexdigest()
        check(leaf == event["leaf"], f"the leaf of {event}")
    return exhibit


def dispute(check, cli, directory, payment):
    def cash():
        return cli.json("balance", ACCOUNT)["cash"]

    def left():
        return {lot["number"]: lot["left"] for lot in cli.json("lots", ACCOUNT) if lot["left"]}

    before, there, name = cash(), left(), f"{directory}/exhibit.json"
    cli.run("dispute", payment, status=USAGE)
    cli.run("dispute", "123", "--amount", "1", status=MISSING)
    cli.text("dispute", payment, "--amount", "200")
    check(cash() == before - 20000, "a chargeback takes what it says")
    lot = next(number for number, kopecks in there.items() if left().get(number, 0) < kopecks)
    check(str(payment) in cli.text("explain", "ledger", str(lot)), "of its own lot first")
    cli.text("dispute", "won", payment, "--amount", "200")
    check(cash() == before, "a dispute that is won gives it again")
    cli.run("dispute", "evidence", "123", name, status=MISSING)
    check(cli.json("dispute", "evidence", payment, name)["file"] == name, "the file is said")
    cli.run("dispute", "evidence", payment, name, status=THERE)
    exhibit = read_exhibit(check, name)
    check((exhibit["payment"], exhibit["account"], exhibit["came"]) == (payment, ACCOUNT, 20000),
          f"whose it is: {exhibit['payment']}")
    text = "\n".join(exhibit["text"])
    for words in (f"200.00 came for payment {payment}", "it was credited: 200.00",
                  "chargeback from the account: 200.00", "chargeback to the account: 200.00"):
        check(words in text, f"{words}: {text}")
    roots = " ".join(f"{row['journal']}:{row['epoch']}:{row['last']}:{row['root']}"
                     for row in exhibit["journals"])
    check(roots.count(":") == 12 and cli.json("verify", "--since", roots)["holds"],
          "the journals are under the roots of the file")


def offline(check, cli, directory):
    """The same from the journals alone; and without metering's, which is then said."""
    live, name = read_exhibit(check, f"{directory}/exhibit.json"), f"{directory}/offline.json"
    cli.text("dispute", "evidence", live["payment"], name, "--offline")
    check(read_exhibit(check, name)["events"] == live["events"], "the journals alone say the same")
    cli.text("dispute", "evidence", live["payment"], f"{name}.2", "--payment", f"{directory}/var/payment",
             "--ledger", f"{directory}/var/ledger")
    text = "\n".join(read_exhibit(check, f"{name}.2")["text"])
    check("the journal of metering was not read" in text, f"what is not here is said: {text}")
