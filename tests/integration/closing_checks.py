"""An account's life at the command line against a platform of real processes: closed, what is left goes back to its
card, nothing comes in; reopened; and lent to, which another must agree to."""
LEAVER = "22222222-2222-4333-8444-555555555555"
REFUSED = 65


def account(cli):
    return cli.json("account", LEAVER)


def steps(rows):
    return [(row["step"], row["payment"], row["amount"]) for row in rows]


def noted(cli):
    return cli.json_lines("events", "payment", "--type", "closing.noted")


def live(check, wait_until, cli, pay):
    made = cli.json("topup", LEAVER, "300", "--autopay", "3")
    pay(made["link"])
    wait_until("the top-up", lambda: any(row["account"] == LEAVER and row["cash"] == 30000
                                         for row in cli.json("accounts")))
    cli.text("bonus", "give", LEAVER, "12")
    card = ("goes back to its card", made["invoice"], 30000)
    shown = cli.json("account", "close", LEAVER)
    check(steps(shown) == [("bonus ends", None, 1200), card], f"what would be done: {shown}")
    check(not account(cli)["closed"] and account(cli)["cards"] == 30000, "and nothing was done")
    did = cli.json("account", "close", LEAVER, "--yes", "--reason", "other")
    check(steps(did) == [("account", None, 31200), ("bonus ends", None, 1200), card], f"what was done: {did}")
    wait_until("what is held", lambda: account(cli)["held"] == 30000 and account(cli)["bonus"] == 0)
    check(account(cli)["closed"] and account(cli)["cash"] == 0, f"closed: {account(cli)}")
    wait_until("autopay's word", lambda: cli.json("autopay", LEAVER)["verdict"] == 2)
    wait_until("payment's word", lambda: cli.json("mandate", LEAVER)["state"] == 2)
    cli.run("topup", LEAVER, "100", status=REFUSED)
    cli.run("bonus", "give", LEAVER, "1", status=REFUSED)
    cli.run("account", "credit", LEAVER, "5", status=REFUSED)
    again = cli.json("account", "close", LEAVER, "--yes")
    check([row["result"] for row in again] == ["closed before"], f"said again: {again}")
    cli.text("account", "reopen", LEAVER)
    cli.run("account", "reopen", LEAVER, status=REFUSED)
    wait_until("payment's word of that", lambda: len(noted(cli)) == 2)
    cli.text("topup", LEAVER, "100")
    check(cli.json("account", "credit", LEAVER, "5")["pending"], "nobody lends alone")
    proposed = [row for row in cli.json("proposals", "ledger") if "credit.limit" in row["command"]]
    check(len(proposed) == 1 and account(cli)["limit"] == 0, f"it is proposed, and not lent: {proposed}")
    cli.text("reject", "ledger", proposed[0]["id"])
