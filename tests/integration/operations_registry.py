"""The section of docs/operations.md about the registry of a day: what agrees, what does not and by which name, what is
credited by it, and that clearing is nought once the bank has brought it all."""
import json
import re
import urllib.request

from operations_words import ACCOUNT, all_current, cash, check, rows

OWN = "40702810700000000101"


class Shop:
    """Robokassa's stand-in, asked at its own door."""

    def __init__(self, machine):
        self.url = machine.place.endpoints[("sim",)] + "/sim/"

    def registry(self):
        with urllib.request.urlopen(self.url + "registry") as answer:
            return answer.read()

    def faults(self, *rules):
        body = json.dumps({"rules": rules}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + "faults", body)) as answer:
            answer.read()


def differences(machine, file, *words, status=1):
    out = machine.run("--json", "reconcile", "registry", file, *words)
    check(out.returncode == status, f"{words}: {out.returncode}: {out.stdout}{out.stderr}")
    found = json.loads(out.stdout)
    check(sum(found["counts"].values()) == len(found["differences"]), f"each is counted: {found}")
    return [row["difference"] for row in found["differences"]]


def what_differs(machine, file):
    """The file of two payments, changed; each change has its name."""
    whole = file.read_bytes()
    lines = whole.decode("utf-8-sig").splitlines()[:-1]  # without its TOTAL
    header, first, second = lines
    number = first.split(";")[1]
    for said, wanted in (
            ([header, first], ["missing_there"]),
            ([header, first, second, first], ["twice"]),
            ([header, first.replace(";500,00;", ";500,01;"), second], ["sum_differs"]),
            ([header, first.replace("оплачен", "отменен"), second], ["state_differs"]),
            ([header, first.replace(f";{number};", ";5;"), second], ["missing_here", "missing_there"]),
            ([header, first, second, first.replace("оплата", "возврат")], ["refund_only_there"])):
        file.write_text("\n".join(said), encoding="cp1251")
        found = differences(machine, file)
        check(found == wanted, f"{said}: {found}, expected {wanted}")
    file.write_text("\n".join([header, first.replace(";500,00;", ";5OO;")]))
    done = machine.run("reconcile", "registry", file)
    check(done.returncode == 65 and "line 2: column amount" in done.stderr, f"{done}")
    file.write_bytes(whole)
    check(differences(machine, file, "--commission", 3.9, status=0) == [], "as agreed")
    check(differences(machine, file, "--commission", 3) == ["commission_differs"] * 2, "other than agreed")


def what_is_stuck(machine, shop, file, pay):
    """Nobody was told of it; the registry has it."""
    shop.faults({"fault": "callback_never", "on": "initial"})
    made, before = rows(machine, "topup", ACCOUNT, 300), cash(machine)
    pay(made["link"])
    machine.wait("it is in the registry", lambda: str(made["invoice"]).encode() in shop.registry())
    file.write_bytes(shop.registry())
    check(differences(machine, file) == ["state_differs"], "paid there, open here")
    printed = machine.follow()
    check("credited" in printed and str(made["invoice"]) in printed, printed)
    machine.wait("it is credited", lambda: cash(machine) == before + 30000)
    said = machine.kopeck("events", "payment", "--type", "payment.succeeded").splitlines()[-1]
    check(str(made["invoice"]) in said and "REGISTRY" in said, said)
    shop.faults()
    machine.wait("everybody is current", lambda: all_current(machine))
    check(differences(machine, file, status=0) == [], "and then it agrees")


def what_waits_is_proposed_once(machine, shop, file, pay):
    """Above the limits another must agree; who runs it again while that waits is told so."""
    shop.faults({"fault": "callback_never", "on": "initial"})
    made, before = rows(machine, "topup", ACCOUNT, 12000), cash(machine)
    pay(made["link"])
    machine.wait("it is in the registry", lambda: str(made["invoice"]).encode() in shop.registry())
    file.write_bytes(shop.registry())
    first, again = (machine.run("reconcile", "registry", file, "--resolve") for _ in range(2))
    command = re.search(r"approve payment (\S+)", first.stderr)[1]
    check(f"already: kopeck approve payment {command}" in again.stderr, f"{first} {again}")
    waiting = rows(machine, "proposals", "payment")
    check([row["id"] for row in waiting] == [command], f"one proposal: {waiting}")
    machine.kopeck("--config", machine.place.path("etc", "deputy.cfg"), "approve", "payment", command)
    machine.wait("it is credited", lambda: cash(machine) == before + 1200000)
    shop.faults()


def brought_by_the_bank(machine, folder, rubles, fee, number):
    """A transfer of card payments, and two persons who say that it is one."""
    file = folder / f"{number}.csv"
    file.write_text("date;number;amount;direction;own_account;payer_inn;payer_account;payer_name;purpose\n"
                    f"01.09.2020;{number};{rubles};in;{OWN};;30232810000000000001;;Расчеты по эквайрингу\n"
                    f"TOTAL;1;{rubles};0\n")
    machine.kopeck("--config", machine.place.path("etc", "importer.cfg"), "bank", "import", file, "--own-account", OWN)
    machine.wait("it is in suspense", lambda: len(rows(machine, "bank", "suspense")) == 1)
    sequence = rows(machine, "bank", "suspense")[0]["sequence"]
    said = machine.kopeck("bank", "settle", sequence, "--fee", fee)
    command = re.search(r"approve documents (\S+)", said)[1]
    machine.kopeck("--config", machine.place.path("etc", "deputy.cfg"), "approve", "documents", command)
    machine.wait("it is settled", lambda: rows(machine, "bank", "suspense") == [] and all_current(machine))


def registry_of_a_day(machine, top_up, pay):
    folder = machine.place.path("statements", "")
    folder.mkdir()
    file = folder / "registry.csv"
    machine.start()
    machine.kopeck("post-one", "bank", ACCOUNT, 1000, "correction", "--open")
    shop = Shop(machine)
    for rubles in (500, 200):
        top_up(machine, rubles)
    machine.wait("everybody is current", lambda: all_current(machine))
    file.write_bytes(shop.registry())
    printed = machine.follow()
    check("all agrees" in printed and '"differences":[]' in printed, printed)
    what_differs(machine, file)
    what_is_stuck(machine, shop, file, pay)
    # 1000.00 came, of which 39.00 are kept.
    unpaid = differences(machine, file, "--paid-out")
    check(unpaid == ["not_paid_out", "clearing_left"], f"{unpaid}")
    brought_by_the_bank(machine, folder, "961.00", "39", 1)
    printed = machine.follow()
    check("all agrees" in printed and "left 0.00" in printed, printed)
    for name in ("payment", "ledger"):
        machine.processes[name].stop_whole()
    printed = machine.follow()
    check("all agrees" in printed and "left 0.00" in printed, printed)
    machine.start("payment", "ledger")
    machine.wait("everybody is current", lambda: all_current(machine))
    brought_by_the_bank(machine, folder, "961.00", "0", 2)  # the same once more
    twice = differences(machine, file, "--paid-out")
    check(twice == ["payout_twice", "clearing_left"], f"{twice}")
    what_waits_is_proposed_once(machine, shop, file, pay)
    check("everything holds" in machine.kopeck("verify"), "and everything holds")
