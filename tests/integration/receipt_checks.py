"""Receipts at the command line against a platform of real processes: the list, what people see to, and
the taxes that receipts say; and that a second receipt goes to the account's contact, of which no file says
anything."""
import json
import re
import urllib.request
from pathlib import Path

PAYER, PLANT = "22222222-2222-4333-8444-666666666666", "planted-Zx9-anna@mail.example"
USAGE, REFUSED, MISSING = 64, 65, 66


def live(check, cli):
    """A chargeback or a refund by hand took of a payment before: its second receipt is for people."""
    rows = cli.json("receipts", "--state", "people")
    check(rows and all(row["receipt"] == "second" and row["why"] for row in rows), f"for people: {rows}")
    payment = rows[0]["payment"]
    both = cli.json("receipts", "--payment", payment)
    check([row["receipt"] for row in both] == ["second", "first"], f"of one payment: {both}")
    check(both[1]["state"] in ("waiting", "registered") and both[1]["amount"] > 0, f"the first: {both}")
    listed = cli.json("payments", both[0]["account"], "--state", "succeeded", "--all")
    check([(row["receipt"], row["second_receipt"]) for row in listed if row["invoice"] == payment] ==
          [(both[1]["state"], "people")], f"of the payment in its list: {listed}")
    cli.run("receipt", "again", payment, "second", status=REFUSED)
    cli.run("receipt", "settled", payment, "first", status=REFUSED)
    cli.run("receipt", "settled", "17", "second", status=MISSING)
    cli.run("receipt", "settled", payment, "third", status=USAGE)
    cli.run("receipt", payment, status=USAGE)
    for row in rows:
        cli.text("receipt", "settled", row["payment"], "second", "--reason", "other")
    check(cli.json("receipts", "--payment", payment)[0]["state"] == "settled", "people have made it")
    check(not cli.json("receipts", "--state", "people"), "nothing is for people")
    check(cli.json("receipt", "regimes") == [], "no regime yet")
    cli.text("receipt", "regime", "2026-01-01", "osn", "full")
    cli.run("receipt", "regime", "2026-01-02", "osn", "none", status=REFUSED)  # that day is over
    cli.text("receipt", "regime", "2099-01-01", "usn_income", "vat5", "--reason", "other")
    regimes = [(row["system"], row["vat"]) for row in cli.json("receipt", "regimes")]
    check(regimes == [("osn", "full"), ("usn_income", "vat5")], f"the regimes: {regimes}")


def named(directory, invoice):
    """Whom the last second receipt of a payment named, as the stand-in has read it."""
    listen = re.search(r"^listen = (\S+)", Path(f"{directory}/etc/sim.cfg").read_text(), re.M)[1]
    with urllib.request.urlopen(f"http://{listen}/sim/captures") as answer:
        rows = json.load(answer)["captures"]
    return next(row["receipt_client"] for row in rows if row["invoice"] == int(invoice))


def contact(check, wait_until, cli, directory, pay):
    """Set, used by a second receipt, and erased; whoever has none gets it at the shop's address."""
    def used_up():
        made = cli.json("topup", PAYER, "200")
        pay(made["link"])
        wait_until("the top-up", lambda: cli.json("balance", PAYER)["cash"] == 20000)
        cli.text("post-one", PAYER, "bank", "200", "correction")
        wait_until("its second receipt", lambda: [row["state"] for row in cli.json(
            "receipts", "--payment", made["invoice"])][0] in ("waiting", "registered"))
        return named(directory, made["invoice"])

    cli.run("receipt", "contact", "show", PAYER, status=MISSING)
    cli.run("receipt", "contact", "set", PAYER, "-", text="no address\n", status=REFUSED)
    cli.text("receipt", "contact", "set", PAYER, "-", "--reason", "test", text=f"{PLANT}\n")
    check(cli.json("receipt", "contact", "show", PAYER) == {"address": PLANT}, "what was set")
    check(used_up() == PLANT, "a second receipt names who it goes to")
    files = [file for file in Path(directory).rglob("*") if file.is_file()]
    found = [file.name for file in files if PLANT.encode() in file.read_bytes()]
    check(files and not found, f"an address stands in {found}")
    cli.text("receipt", "contact", "erase", PAYER)
    cli.run("receipt", "contact", "show", PAYER, status=MISSING)
    check(used_up() == "receipts@kopeck.example", "who has none: the shop's own")
