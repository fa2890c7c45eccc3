"""The customer's page over HTTP, against real processes that a test stops and starts one by one: a
browser that keeps cookies, follows nothing by itself and sends what browsers send, and a platform that
signs people in.
"""
import html
import http.client
import json
import os
import random
import re
import time
import urllib.parse
import uuid

from mail_sink import MailSink
from process_rig import PROCESSES, Place, Process, Violation, configure, replay_from_1, wait_until, wire
from access_token import sign  # in a folder that process_rig makes known

ISSUER = "https://platform.example"
PATIENCE_S = 30
REVENUE, BANK, PROMO = 1, 3, 5
GIFT, PERCENT = 1, 2
FROM_BANK, BONUS, CORRECTION = 4, 5, 8  # what people may post: what streams say is refused to them


def system(number):
    return uuid.UUID(f"00000000-0000-8000-8000-{number:012x}").bytes


def equal(what, wanted, got):
    if wanted != got:
        raise Violation(f"{what}: {got!r}, not {wanted!r}")


def check(condition, what):
    if not condition:
        raise Violation(what)


class Page:
    """What came back."""

    def __init__(self, answer):
        self.status, self.headers = answer.status, answer.headers
        self.body = answer.read()
        self.text = self.body.decode(errors="replace")
        # What is to be read: tags go, and no-break spaces are blanks.
        shown = re.sub(r"<[^>]*>", " ", re.sub(r"<head>.*?</head>", "", self.text, flags=re.DOTALL))
        self.shown = re.sub(r"\s+", " ", html.unescape(shown).replace("\u00a0", " "))

    def forms(self):
        """{action: {field: value}} of its POST forms."""
        found = {}
        for action, body in re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', self.text, re.DOTALL):
            found[action] = {html.unescape(name): html.unescape(value) for name, value in
                             re.findall(r'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"', body)}
        return found

    @property
    def location(self):
        return self.headers.get("Location")


def comes_later(page):
    """An account is answered five times a second; who asks faster is told to wait a second."""
    return page.status == 503 or (page.status == 429 and int(page.headers["Retry-After"]) <= 1)


class Browser:
    def __init__(self, address, language="ru"):
        self.address, self.language, self.cookies = address, language, {}
        self.source = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"

    def ask(self, method, path, fields=None, headers=None):
        host, port = self.address.split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
        sent = {"Accept-Language": self.language, "Sec-Fetch-Dest": "document",
                "X-Real-IP": self.source}
        body = None
        if method == "POST":
            body = fields if isinstance(fields, bytes) else urllib.parse.urlencode(fields or {})
            sent.update({"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent.update(headers or {})
        connection.request(method, path, body, {name: value for name, value in sent.items() if value is not None})
        page = Page(connection.getresponse())
        connection.close()
        for cookie in page.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        return page

    def look(self, path, **headers):
        return self.ask("GET", path, None, headers)

    def get(self, path, **headers):
        """What is to be seen once everybody has answered in time, which on a busy machine may take a while."""
        ends = time.monotonic() + PATIENCE_S
        while True:
            page = self.look(path, **headers)
            if (not comes_later(page) and "data-silent" not in page.text) or time.monotonic() > ends:
                return page
            time.sleep(0.1)

    def press(self, path, fields, **headers):
        return self.ask("POST", path, fields, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, fields, **headers):
        """Presses again while no answer came: a form is one command."""
        ends = time.monotonic() + PATIENCE_S
        while True:
            page = self.press(path, fields, **headers)
            if not comes_later(page) or time.monotonic() > ends:
                return page
            time.sleep(0.1)


class World:
    """Every process of a place, started; `with World(bin) as world`."""

    def __init__(self, bin_directory, sim_lines=("payer = pay",), mails=False):
        self.place = Place(bin_directory, sim_lines=sim_lines)
        config = self.place.path("etc", "web.cfg")  # each browser comes by an address of its own
        config.write_text(config.read_text().replace("    demo = 1\n", "    demo = 1\n    proxy = 127.0.0.1\n    sign_in_url = \"https://platform.test/in\"\n"))
        self.relay = self.mails() if mails else None
        self.processes = {name: Process(self.place, name) for name in PROCESSES}
        self.address = self.place.endpoints[("web",)].removeprefix("http://")
        self.sim = self.place.endpoints[("sim",)].removeprefix("http://")
        self.feed = None

    def mails(self):
        """A relay that takes notify's e-mails, whose links lead to the page."""
        relay = MailSink(self.place.directory, "kopeck", "relay's")
        password = self.place.path("secret", "mail_password")
        password.write_text("relay's")
        password.chmod(0o600)
        web, config = self.place.endpoints[("web",)], self.place.path("etc", "notify.cfg")
        for line in ('host = "localhost"', f"port = {relay.port}", 'user = "kopeck"', f'password = "{password}"',
                     'from = "billing@kopeck.example"', f'confirm = "{web}/notices"'):
            configure(config, "mail", line)
        configure(config, "outside", f'authorities = "{relay.certificate}"')
        return relay

    def mailed(self, address):
        """The link in the last e-mail with a code to that address, once it is there."""
        def link():
            found = [re.search(r"https?://\S+\?code=\w+", mail.words) for mail in self.relay.of(address)]
            return found[-1].group() if found and found[-1] else None
        return until(f"an e-mail to {address}", link)

    def __enter__(self):
        for process in self.processes.values():
            process.start()
        for process in self.processes.values():
            check(process.wait_ready(60), f"{process.name} starts: {process.said()}")
        self.ledger = self.processes["ledger"].door()
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.kill()
        if self.relay:
            self.relay.close()
        self.place.close()

    def token(self, account, **changed):
        now = int(time.time())
        return sign(self.place.path("keys", "customers.key"),
                    {"iss": ISSUER, "aud": "kopeck", "sub": str(uuid.UUID(bytes=account)), "iat": now,
                     "exp": now + 600, "auth_time": now, "jti": str(uuid.uuid4()), "scope": "read pay", **changed})

    def browser(self, account=None, language="ru", **changed):
        browser = Browser(self.address, language)
        if account:
            page = browser.get(f"/enter?k={self.token(account, **changed)}")
            equal("the platform's link signs in", (303, "/balance"), (page.status, page.location))
        return browser

    def post(self, debit, credit, amount, kind):
        self.ledger.ask("post", wire.uuid7(), debit=debit, credit=credit, amount=amount, kind=kind, opens=True)

    def give(self, account, amount):
        self.post(system(BANK), account, amount, FROM_BANK)

    def charge(self, account, amount):
        self.post(account, system(REVENUE), amount, CORRECTION)

    def events(self, process, event_type):
        """Fields of all events of that type in its journal."""
        door = self.processes[process].door("replay", "auditor")
        raw, _ = replay_from_1(door)
        door.close()
        return [event.fields for event in map(wire.event_read, raw) if event.type == event_type]

    def consent(self, account):
        """The hash of what that account agreed to last, as payment's journal has it; empty if it never did."""
        hashes = [fields["consent"].hex() for fields in self.events("payment", "payment.created")
                  if fields["account"] == account and any(fields["consent"])]
        return hashes[-1] if hashes else ""

    def threshold(self, kopecks):
        """Below which balance autopay charges from now on."""
        self.processes["autopay"].door().ask(
            "autopay.policy", wire.uuid7(), threshold=kopecks, interval_us=3_600_000_000,
            backoff_first_us=86_400_000_000, backoff_second_us=3 * 86_400_000_000, declines_max=3, attempts_max=10,
            pacing_us=900_000_000, crowd=100)

    def use(self, account, replicas=3):
        """Replicas that run for the next minute of real time, of which is told at once, and are deleted then: an
        hour that opens."""
        start = (int(time.time()) // 60 + 1) * 60_000_000
        if not self.feed:
            door = self.processes["metering"].door()
            door.ask("tariff.define", wire.uuid7(), code="standartny", title="standartny", price=1450_00,
                     effective=start)
            door.close()
            self.feed = self.processes["metering"].feed(100, "platform")
        resource = os.urandom(16)
        items = [wire.event_write("replica.started", start, {
            "resource": resource, "replica": os.urandom(16), "account": account, "tariff": "standartny", "kind": 1})
            for _ in range(replicas)]
        items.append(wire.event_write("resource.deleted", start + 60_000_000, {"resource": resource}))
        self.feed.push(items, start + 60_000_000)

    def promo(self, kind, value, codes, **terms):
        """A campaign that has begun with those codes."""
        door = self.processes["payment"].door()
        fields = {"kind": kind, "value": value, "budget": 1_000_000, "in_all": 1000, **terms}
        campaign = door.ask("promo.begin", wire.uuid7(), **fields).fields["campaign"]
        for code in codes:
            door.ask("promo.add", wire.uuid7(), campaign=campaign, code=code)
        door.close()

    def tell_sim(self, door, fields):
        connection = http.client.HTTPConnection(self.sim, timeout=PATIENCE_S)
        connection.request("POST", f"/sim/{door}", json.dumps(fields))
        answer = connection.getresponse()
        check(answer.status == 200, answer.read())
        connection.close()

    def faults(self, rules):
        """What Robokassa's stand-in does wrong from now on."""
        self.tell_sim("faults", {"seed": 1, "rules": rules})

    def revive(self, invoice):
        """Robokassa's support finds the money of a payment that the bank had declined."""
        self.tell_sim("pay", {"invoice": invoice, "action": "revive"})

    def pay(self, link):
        """The payer's browser opens Robokassa's page, whose stand-in pays at once."""
        address = urllib.parse.urlsplit(link)
        check(address.netloc == self.sim, f"the payment page is elsewhere: {link}")
        connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE_S)
        connection.request("GET", f"{address.path}?{address.query}")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.getheader("Location")


def new_account():
    return os.urandom(16)


def until(what, look, seconds=PATIENCE_S):
    """Looks until it is so; the last look is returned."""
    last = []

    def is_so():
        last.append(look())
        return last[-1]
    if not wait_until(is_so, seconds, 0.1):
        raise Violation(f"{what}: not within {seconds} s")
    return last[-1]
