"""Promo codes against a platform of real processes: a part of test_cli.py."""
import html
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import uuid

REFUSED, MISSING, CONFIG = 65, 66, 78


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def pay(check, link):
    """Pays at the stand-in's page, as a browser would."""
    with urllib.request.urlopen(link) as answer:
        page = re.search(r'name="page" value="([^"]*)"', answer.read().decode()).group(1)
    base = "/".join(link.split("/")[:3])
    form = urllib.parse.urlencode({"page": html.unescape(page), "action": "pay"}).encode()
    opener = urllib.request.build_opener(NoRedirect)
    try:
        opener.open(base + "/Merchant/Pay", form)
    except urllib.error.HTTPError as error:
        check(error.code == 302, f"the page answered {error.code}")


def live(check, wait_until, pay, cli, directory):
    """A campaign, its codes, a customer who enters one, and what it brings; no code is kept."""
    account = str(uuid.uuid4())
    cli.run("promo", "create", "percent", "20", status=REFUSED)  # without a cap
    percent = cli.json("promo", "create", "percent", "20", "--cap", "300",
                       "--in-all", "2")["campaign"]
    gift = cli.json("promo", "create", "gift", "50", "--budget", "100")["campaign"]
    check(cli.json("promo", "create", "gift", "50")["pending"], "one without an end needs a second")
    cli.run("promo", "add", str(percent), "-", text="WELCOME2027\n")
    codes = [row["code"] for row in cli.json("promo", "codes", str(gift), "3")]
    check(len(set(codes)) == 3 and all(len(code) == 14 for code in codes), "three codes, 4-4-4")
    given = cli.json("promo", "apply", account, "-", text=codes[0] + "\n")
    check(given == {"accepted": True, "kind": 1, "amount": 5000, "until": None}, f"gift: {given}")
    wait_until("the gift is posted", lambda: cli.json("balance", account)["bonus"] == 5000)
    for wrong in (codes[0], "NOSUCHWORD", "x"):  # used before, unknown, no code: all one
        answer = cli.json("promo", "apply", account, "-", text=wrong + "\n", status=REFUSED)
        check(answer == {"accepted": False, "kind": None, "amount": None, "until": None}, wrong)
    cli.run("promo", account, status=MISSING)
    held = cli.json("promo", "apply", account, "-", text="welcome 2027\n")
    check(held["amount"] == 30000, f"held: {held}")
    topup = cli.json("topup", account, "1000")
    check(cli.json("promo", account)["invoice"] == topup["invoice"], "and bound to the top-up")
    pay(topup["link"])
    wait_until("money and bonus are there",
               lambda: cli.json("balance", account)["bonus"] == 5000 + 20000, 40)
    cli.run("post-one", account, "chargebacks", "1000", "chargeback", "--payment", topup["invoice"])
    wait_until("the bonus went back", lambda: cli.json("balance", account)["bonus"] == 5000)
    rows = {row["campaign"]: row for row in cli.json("promo", "list")}
    check((rows[percent]["taken"], rows[percent]["committed"]) == (1, 20000), f"{rows[percent]}")
    cli.run("promo", "end", str(percent))
    answer = cli.json("promo", "apply", str(uuid.uuid4()), "-", text="WELCOME2027\n",
                      status=REFUSED)
    check(not answer["accepted"], "no code of an ended campaign")
    kept = subprocess.run(["grep", "-rlE", "WELCOME2027|WE1C0ME2027|" + codes[0].replace("-", ""),
                           f"{directory}/var", f"{directory}/log"], capture_output=True, text=True,
                          check=False)
    check(kept.returncode in (1, 2) and not kept.stdout, f"a code is kept in {kept.stdout}")
    without_a_code(check, wait_until, cli)


def without_a_code(check, wait_until, cli):
    """A welcome balance, which a new account has by itself; and what a missed level comes to."""
    account = str(uuid.uuid4())
    cli.run("promo", "create", "welcome", "7", "--in-all", "3", "--first-topup", status=REFUSED)
    campaign = cli.json("promo", "create", "welcome", "7", "--in-all", "3")["campaign"]
    cli.run("promo", "add", str(campaign), "-", text="WELCOME2028\n", status=REFUSED)
    cli.run("bonus", "give", account, "12", "--open")
    wait_until("the new account is welcomed", lambda: cli.json("balance", account)["bonus"] == 1900)
    row = next(row for row in cli.json("promo", "list") if row["campaign"] == campaign)
    check((row["kind"], row["taken"], row["committed"]) == (4, 1, 700), f"welcomed once: {row}")
    cli.run("promo", "end", str(campaign))
    missed = cli.json("grant", account, "2026-01", "--up", "9", "--of", "10")
    check(missed == {"use": 0, "topups": 0, "granted": 0, "percent": 20, "amount": 0}, f"{missed}")
    _, error = cli.run("grant", account, "2026-01", "--data-lost", "--yes", status=REFUSED)
    check("nothing is due" in error, f"no usage, no grant: {error}")


def missing_key(check, directory, programs):
    """Codes of a campaign that goes on were written with a key that is gone: no start."""
    path = f"{directory}/secret/promo_keys"
    with open(path, "w") as file:
        file.write("2:" + "ab" * 32)
    done = subprocess.run([f"{programs}/kopeck-payment", f"{directory}/etc/payment.cfg"],
                          capture_output=True, text=True, timeout=30, check=False)
    said = done.stdout + done.stderr
    check(done.returncode == CONFIG, f"payment without a key ended with {done.returncode}: {said}")
    check("promo/keys" in said and "version 1 is missing" in said, f"it says why: {said}")
