#!/usr/bin/python3
"""tools/demo's customers' page, as a person opens it: the address that it prints, a customer, his balance,
what autopay decided and why, an hour minute by minute, a top-up that arrives, and autopay turned off.

usage: test_demo_page.py KOPECK_DEMO KOPECK
"""
import re
import signal
import subprocess
import sys
import tempfile
import time

from pathlib import Path

from exhibit_checks import expect_exhibit
from page_opened import Kopeck, expect_decisions, expect_hours, expect_late_minutes
from page_rig import Browser, check, equal, until

START_S = 120
SPEED = 1800  # half an hour a second: usage is charged and autopay decides while somebody looks


def address_of(url):
    return url.removeprefix("http://").split("/")[0]


def sign_in(platform, place, language="ru"):
    """Chooses the customer of that place; a browser that is signed in."""
    console = Browser(platform)
    links = re.findall(r'<a href="([^"]+)"', console.look("/").text)
    page = console.look(links[place].replace("&amp;", "&"))
    equal("the platform sends into the page", 303, page.status)
    browser = Browser(address_of(page.location), language)
    page = browser.look("/enter" + page.location.split("/enter")[1])
    equal("and it lets him in", (303, "/balance"), (page.status, page.location))
    return browser


def account_of(platform, place):
    return re.findall(r"account=([0-9a-f-]{36})", Browser(platform).look("/").text)[place]


def look_into(platform, kopeck):
    """His English account: the same customer, in another browser."""
    account, english, stranger = account_of(platform, 1), sign_in(platform, 1, "en"), sign_in(platform, 2)
    charged = expect_hours(english, stranger, kopeck, account)
    expect_late_minutes(english, kopeck, account, charged)
    expect_decisions(sign_in(platform, 1), english, stranger, kopeck, account)
    expect_exhibit(kopeck, account)


def look_around(platform):
    equal("nobody else", 404, Browser(platform).look("/sign-in?account=00000000-0000-0000-0000-000000000000").status)
    browser = sign_in(platform, 1)
    page = until("he sees his balance and what he spends",
                 lambda: (p := browser.get("/balance")) and "Отключить автоплатёж" in p.shown and p)
    check("Демонстрация" in page.shown and "Расход" in page.shown, page.shown)
    form = page.forms()["/balance/topup"]
    page = browser.post("/balance/topup", {"ticket": form["ticket"], "amount": "1000"})
    equal("a top-up leads to the payment page", 303, page.status)
    payer = Browser(address_of(page.location))
    page = payer.look(page.location.split(address_of(page.location))[1])
    back = browser.look(page.location[page.location.index("/robokassa"):])
    equal("from which he comes back", 303, back.status)
    until("the money arrives", lambda: "Зачислено 1 000 ₽" in browser.get(back.location).shown)
    off = browser.get("/autopay").forms()["/autopay/off"]
    page = browser.post("/autopay/off", off)
    check("больше ничего не спишем" in browser.get(page.location).shown, "autopay is off")


def look_at_the_desk(link):
    """The operator's, by the link that is printed beside the page's address."""
    desk = Browser(address_of(link))
    equal("the link opens the desk", (303, "/desk"), (lambda page: (page.status, page.location))(desk.look(
        link[link.index("/enter"):])))
    page = desk.get("/desk")
    check("Демонстрация" in page.shown and "ledger" in page.shown, page.shown)
    account = re.search(r"/(desk/accounts/[0-9a-f-]{36})", desk.get("/desk/accounts").text)[1]
    check("Последние операции" in desk.get(f"/{account}").shown, "an account is shown")


def main():
    with tempfile.TemporaryDirectory(prefix="kopeck-demo-page-") as directory:
        demo = subprocess.Popen([sys.argv[1], "--accounts", "4", "--replicas", "8",
                                 "--speed", str(SPEED), "--dir", f"{directory}/run"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            ends, found = time.monotonic() + START_S, None
            while not found:
                line = demo.stderr.readline()
                check(line and time.monotonic() < ends, f"the demo says where its page is: {line}")
                found = re.search(r"open (http://\S+) and choose", line)
            look_at_the_desk(re.search(r"desk, .*: (http://\S+)", demo.stderr.readline())[1])
            look_into(address_of(found[1]), Kopeck(sys.argv[2], Path(directory) / "run"))
            look_around(address_of(found[1]))
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(60)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
