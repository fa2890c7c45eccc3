"""The section of docs/operations.md about promo codes: a key, a campaign and its codes."""
import json

from operations_words import ACCOUNT, cash, check, rows

OTHER = "0b9d4c5e-1111-4222-8333-944455556666"


def apply(machine, account, code):
    file = machine.place.path("run", "code")
    file.write_text(code + "\n")
    done = machine.run("--json", "promo", "apply", account, file)
    return done.returncode, json.loads(done.stdout)


def promo_codes(machine):
    configuration = machine.place.path("etc", "payment.cfg")
    text, old = configuration.read_text(), machine.place.path("secret", "promo_keys")
    check(str(old) in text, f"the configuration names its keys: {text}")
    configuration.write_text(text.replace(str(old), str(machine.place.path("keys/secret", "promo_keys"))))
    old.rename(machine.place.path("keys/secret", "promo_keys"))  # whose first key the page's takes the place of
    machine.start()
    machine.follow()
    machine.follow()
    listed = rows(machine, "promo", "list")[0]
    check(listed["campaign"] == 1 and listed["codes"] == 101, f"a campaign with its codes: {listed}")
    codes = machine.place.directory.joinpath("codes.txt").read_text().split()
    check(len({code for code in codes if code.count("-")}) == 100, f"each code is another one: {codes}")
    status, answer = apply(machine, ACCOUNT, "WELCOME2027")
    check(status == 65 and not answer["accepted"], f"the campaign was ended: {answer}")
    gift = rows(machine, "promo", "create", "gift", 50, "--budget", 100)["campaign"]
    code = rows(machine, "promo", "codes", gift, 1)[0]["code"]
    status, answer = apply(machine, ACCOUNT, code)
    check(status == 0 and answer["accepted"], f"a gift is given: {answer}")
    machine.wait("the bonus", lambda: machine.run("balance", ACCOUNT).returncode == 0)
    machine.wait("by its sum, and a welcome", lambda: rows(machine, "balance", ACCOUNT)["bonus"] == 5000 + 5000)
    check(cash(machine) == 0, "no cash")
    machine.kopeck("bonus", "give", OTHER, 1, "--open")
    machine.wait("a new account is welcomed", lambda: rows(machine, "balance", OTHER)["bonus"] == 5100)
    check("everything holds" in machine.kopeck("verify"), "and everything holds")
