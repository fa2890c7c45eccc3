#!/usr/bin/python3
"""Payment started on a journal of the release before it followed the ledger: its head has no cursor of
the ledger. It hears the ledger's whole stream once: what a payer's bank took back since revokes, what
was taken back before a consent does not, and nothing is credited or charged again.

usage: test_old_payment.py BIN_DIRECTORY
"""
import subprocess
import sys
import uuid

from operations_rig import Machine
from process_rig import USAGE, clean_up_when_told
from test_operations import all_current, cash, check, green, link_card, pay, post_to, rows

LEDGER = 2
LIVE, REVOKED = 1, 2
KINDS = {"chargeback": "chargebacks", "refund": "refunds"}
BACK, REFUNDED, BEFORE, QUIET = (str(uuid.UUID(f"{n}1111111-2222-4333-8444-555555555555"))
                                 for n in (1, 2, 3, 4))


def take_back(machine, account, rubles, kind):
    machine.kopeck("post-one", account, KINDS[kind], rubles, kind)


def state(machine, account):
    return rows(machine, "mandate", account)["state"]


def events(machine, kind):
    lines = machine.kopeck("--json", "events", "payment", "--type", kind).splitlines()
    return [line for line in lines if line.startswith("{")]


def settle_receipt(machine, payment):
    """What a receipt says of money that was taken back by hand is for people, and the light says so."""
    machine.wait("its receipt is for people", lambda: machine.run(
        "receipt", "settled", str(payment), "second").returncode == 0)


def live_before(machine):
    for account in (BACK, REFUNDED, BEFORE, QUIET):
        post_to(machine, account)
    made = rows(machine, "topup", BEFORE, 300)
    pay(made["link"])
    machine.wait("the top-up", lambda: cash(machine, BEFORE) == 30000)
    take_back(machine, BEFORE, 300, "chargeback")
    settle_receipt(machine, made["invoice"])
    paid = {account: link_card(machine, account, 500) for account in (BACK, REFUNDED, BEFORE, QUIET)}
    machine.wait("everybody is current", lambda: all_current(machine))
    check([state(machine, n) for n in (BACK, REFUNDED, BEFORE, QUIET)] == [LIVE] * 4,
          "a chargeback from before its consent says nothing of a mandate")
    return paid


def age(machine):
    """Payment's journal becomes one of an earlier release, and hears nothing of what follows."""
    machine.processes["payment"].stop_whole()
    take_back(machine, BACK, 500, "chargeback")
    take_back(machine, REFUNDED, 500, "refund")
    subprocess.run([machine.place.bin / "head_without", machine.place.path("var", "payment"),
                    str(LEDGER)], check=True)


def main(bin_directory):
    clean_up_when_told()
    machine = Machine(bin_directory, "Backup")
    try:
        machine.start()
        paid = live_before(machine)
        age(machine)
        before = {n: cash(machine, n) for n in (BACK, REFUNDED, BEFORE, QUIET)}
        machine.start("payment")
        machine.wait("the chargeback revokes", lambda: state(machine, BACK) == REVOKED)
        machine.wait("the refund is handed on", lambda: len(events(machine, "mandate.refunded")) == 1)
        for account in (BACK, REFUNDED):
            settle_receipt(machine, paid[account])
        machine.wait("everybody is current", lambda: all_current(machine))
        machine.wait("the light is green", lambda: green(machine))
        machine.kopeck("ping", machine.place.path("etc", "payment.cfg"))
        check([state(machine, n) for n in (BEFORE, QUIET)] == [LIVE] * 2, "the others stay")
        check(len(events(machine, "mandate.revoked")) == 1, "one is revoked, once")
        check({n: cash(machine, n) for n in before} == before, "and no money moves")
        machine.kopeck("verify")
        machine.processes["payment"].stop_whole()
        machine.start("payment")
        machine.wait("everybody is current", lambda: all_current(machine))
        check(len(events(machine, "mandate.revoked")) == 1 and
              len(events(machine, "mandate.refunded")) == 1, "it is heard once")
    finally:
        machine.close()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    sys.exit(main(sys.argv[1]))
