"""What test_cli.py asks `kopeck explain` about money: a line of usage, an automatic payment down to the
decision, and a debit down to the lots that it took."""


def origins(cli, check, account, kind):
    """What the account's newest posting of that kind comes from."""
    row = next(row for row in cli.json("statement", account) if row["kind"] == kind)
    found = cli.json("explain", "ledger", str(row["sequence"]))
    check(all(step["wrong"] is None for step in found), f"all follows: {found}")
    check(found[0]["event"]["sequence"] == row["sequence"] and found[0]["link"] is None, "from the posting on")
    check(cli.json("explain", "ledger", str(row["sequence"]), "--offline") == found, "the same offline")
    return [(step["link"], step["stream"], step["event"]["type"]) for step in found], found


def check_usage(cli, check, account):
    steps, found = origins(cli, check, account, "usage")
    check(steps[1] == ("cause", "metering", "usage.charged"), steps)
    check(len(steps) == 2, f"an account that never had money took of no lot: {steps}")
    line, posted = found[1]["event"]["fields"], found[0]["event"]["fields"]
    units = line["price"] * line["minutes"] * 640000
    carried = line["amount"] * 27648000000 + line["remainder"] - units
    check(posted["amount"] == line["amount"] and 0 <= carried < 27648000000, found)
    said = cli.text("explain", "ledger", str(found[0]["event"]["sequence"]))
    check(f"{line['minutes']} minutes at" in said and "carried before" in said, said)


def check_autopay(cli, check, account):
    steps, _ = origins(cli, check, account, "autopay payment")
    check(steps[:3] == [(None, "ledger", "posted"), ("cause", "payment", "payment.succeeded"),
                        ("decision", "autopay", "autopay.payment_requested")], steps)
    steps, found = origins(cli, check, account, "correction")
    check(steps[1] == ("lot", "ledger", "posted"), steps)
    taken = sum(step["taken"] for step in found if step["depth"] == 1)
    check(taken == found[0]["event"]["fields"]["amount"], f"all of it of lots: {found}")
