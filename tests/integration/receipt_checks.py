"""Receipts at the command line against a platform of real processes: the list, what people see to, and
the taxes that receipts say."""
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
