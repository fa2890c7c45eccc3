#!/usr/bin/python3
"""Robokassa's notices as attackers send them, against the real web and payment processes.

Forged, altered, replayed (at once, in crowds, forty days later), signed but wrong, with wrong
methods, in huge bodies and floods of headers, and while payment is killed under them. Demanded:
nothing is credited without the right signature, everything is credited once, `OK` and the number
is said of what is durable and of nothing else, and who forges learns nothing from the answer.
"""
import hashlib
import http.client
import json
import os
import random
import secrets
import signal
import socket
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from attack_rig import (PROCESSES, Fleet, Found, attack_step, demand, peak_kib, preloaded, run,
                        wire)
from kopeck_client import replay_from_1

COUNTERS = ("forged", "mismatched", "right", "under_kills", "kills", "malformed", "returns",
            "web_peak_kib", "plants_found")
START_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
DAY_US = 86_400_000_000
RUBLES = 500
BODY_MAX = 16 * 1024
REFUSED = (400, b"bad sign\n")
WEB_RSS_MAX_KIB = 64 * 1024


class Shop:
    """What Robokassa knows: the passwords; and an HTTP client with no manners."""

    def __init__(self, fleet, password1, password2):
        self.fleet, self.password1, self.password2 = fleet, password1, password2
        self.host, _, port = fleet.urls["web"].removeprefix("http://").partition(":")
        self.port = int(port)

    def topup(self):
        """(invoice, token, account) of a new invoice."""
        account = wire.uid_random()
        answer = self.fleet.door("payment").ask("topup", wire.uuid7(), account=account,
                                                amount_rub=RUBLES).fields
        link = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer["link"]).query))
        return answer["invoice"], link["Shp_token"], account

    def signature(self, fields, password=None, algorithm="sha256"):
        shp = sorted(f"{name}={value}" for name, value in fields
                     if name.lower().startswith("shp_"))
        values = dict(fields)
        base = ":".join([values.get("OutSum", ""), values.get("InvId", ""),
                         self.password2 if password is None else password, *shp])
        return hashlib.new(algorithm, base.encode()).hexdigest().upper()

    def notice(self, invoice, token, total=f"{RUBLES}.000000", sign=True, **more):
        """The fields of a notice, rightly signed."""
        fields = [("OutSum", total), ("InvId", str(invoice)), *more.items()]
        if token is not None:
            fields.append(("Shp_token", token))
        return fields + [("SignatureValue", self.signature(fields))] if sign else fields

    def send(self, fields, method="POST", path="/robokassa/result", headers=None):
        """(status, body) of that notice; fields as pairs or as the encoded form."""
        form = fields if isinstance(fields, (str, bytes)) else urllib.parse.urlencode(fields)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=15)
        try:
            if method == "GET":
                connection.request("GET", f"{path}?{form}", headers=headers or {})
            else:
                connection.request(method, path, form, {
                    "Content-Type": "application/x-www-form-urlencoded", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def raw(self, data, wait_s=3.0):
        """What comes back on a connection that sends just that."""
        found = b""
        with socket.create_connection((self.host, self.port), timeout=wait_s) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while more := connection.recv(65536):
                    found += more
            except OSError:
                pass
        return found


def credited(fleet, invoice):
    """How often payment's journal says that the invoice succeeded."""
    events, _ = replay_from_1(fleet.door("payment", "replay", "auditor"))
    return sum(event is not None and event.type == "payment.succeeded"
               and event.fields["invoice"] == invoice for event in map(wire.event_read, events))


def events_of(fleet, kind):
    events, _ = replay_from_1(fleet.door("payment", "replay", "auditor"))
    return [event.fields for event in map(wire.event_read, events)
            if event is not None and event.type == kind]


def cash(fleet, account):
    try:
        return fleet.balance(account)["cash"]
    except wire.Failure as failure:
        demand(failure.number == wire.FAIL["UNKNOWN_ACCOUNT"], f"balance: {failure}")
        return 0


def wait_cash(fleet, account, kopecks):
    ends = time.monotonic() + 10
    while (found := cash(fleet, account)) != kopecks:
        demand(time.monotonic() < ends, f"the ledger holds {found}, not {kopecks} kopecks")
        time.sleep(0.02)


# --- forged and altered --------------------------------------------------------------------------

def forgeries(shop, invoice, token):
    """(what, fields) without the right signature."""
    unsigned = shop.notice(invoice, token, sign=False)
    good = shop.signature(unsigned)
    wrong = {"none": None, "empty": "", "zeros": "0" * 64, "short": good[:-2], "long": good + "00",
             "md5": shop.signature(unsigned, algorithm="md5"),
             "sha1": shop.signature(unsigned, algorithm="sha1"),
             "sha512": shop.signature(unsigned, algorithm="sha512"),
             "password1": shop.signature(unsigned, shop.password1),
             "no password": shop.signature(unsigned, ""), "no hex": "g" * 64,
             "space": good + " ", "0x": "0x" + good[2:], "wide": good.replace("0", "\uff10")}
    for bit in random.sample(range(256), 24):
        flipped = f"{int(good, 16) ^ 1 << bit:064X}"
        wrong[f"bit {bit}"] = flipped
    for _ in range(24):
        wrong[f"random {secrets.token_hex(4)}"] = secrets.token_hex(32)
    for what, signature in wrong.items():
        yield what, unsigned + ([] if signature is None else [("SignatureValue", signature)])


def alterations(shop, invoice, token, other):
    """(what, form) of a rightly signed notice that somebody has changed on its way."""
    good = shop.notice(invoice, token)
    form = urllib.parse.urlencode(good)

    def but(name, value):
        return [(n, value if n == name else v) for n, v in good]

    yield "sum", but("OutSum", "5000.000000")
    yield "sum's decimals", but("OutSum", "500.00")
    yield "sum with a space", but("OutSum", " 500.000000")
    yield "invoice", but("InvId", str(other))
    yield "invoice with a zero", but("InvId", f"0{invoice}")
    yield "invoice with a plus", but("InvId", f"+{invoice}")
    yield "token", but("Shp_token", token[::-1])
    yield "token's case", but("Shp_token", token.swapcase() if token.swapcase() != token else "x")
    yield "no token", [pair for pair in good if pair[0] != "Shp_token"]
    yield "another Shp", [*good, ("Shp_account", "1")]
    yield "an earlier Shp", [("Shp_a", "1"), *good]
    yield "a Shp in capitals", [*good, ("SHP_X", "1")]
    for name, value in good:
        yield f"{name} twice", [*good, (name, value)]
        yield f"{name} twice in another case", [*good, (name.swapcase(), value)]
        yield f"{name} before it", [(name, "1"), *good]
    yield "test", [*good, ("IsTest", "1")]
    yield "test spelled otherwise", [*good, ("istest", "true")]
    yield "encoded twice", form.replace("OutSum=5", "OutSum=%2535")
    yield "cut off", form[:-1]
    yield "a zero byte", form + "%00"
    yield "a zero byte in the sum", form.replace("OutSum=500", "OutSum=500%00")
    yield "half an escape", form + "&x=%4"
    yield "no escape", form + "&x=%zz"
    yield "semicolons", form.replace("&", ";")
    yield "wide digits", but("OutSum", "\uff15\uff10\uff10.000000")
    yield "a hundred fields more", form + "&a=b" * 100
    yield "JSON", json.dumps(dict(good), separators=(",", ":"))


def refuse_forgeries(shop, figures):
    invoice, token, account = shop.topup()
    other, _, other_account = shop.topup()
    before = shop.fleet.heads()
    cases = [(f"forged: {what}", fields) for what, fields in forgeries(shop, invoice, token)]
    cases += [(f"altered: {what}", form)
              for what, form in alterations(shop, invoice, token, other)]
    cases += [(f"unknown: {number}", shop.notice(number, token))
              for number in (0, 1, -1, invoice + 1000, 2**63 - 1, 2**63, 2**64, 10**30)]
    for what, form in cases:
        for method in ("POST", "GET"):
            answer = shop.send(form, method)
            demand(answer == REFUSED, f"{what} by {method}: answered {answer}")
            figures["forged"] += 1
    now = shop.fleet.heads()
    demand(now == before, f"forgeries moved a journal: {before} {now}")
    for whose in (account, other_account):
        demand(cash(shop.fleet, whose) == 0, "a forgery was credited")


# --- signed, and wrong ---------------------------------------------------------------------------

def refuse_mismatches(shop, figures):
    """Whoever has the password can be wrong too: acknowledged, remembered, and nothing credited."""
    for total in ("499.99", "500.01", "0", "0.00", "-500", "1e3", "500,00", "0x1F4", "500.001",
                  "99999999999999999999", "92233720368547758.08", "500.0000000000000000000001",
                  "", "five hundred"):
        invoice, token, account = shop.topup()
        status, body = shop.send(shop.notice(invoice, token, total))
        wanted = REFUSED if total == "" else (200, f"OK{invoice}".encode())
        demand((status, body) == wanted, f"signed sum {total!r}: answered {status} {body}")
        demand(credited(shop.fleet, invoice) == 0 and cash(shop.fleet, account) == 0,
               f"signed sum {total!r} was credited")
        demand(total == "" or any(event["invoice"] == invoice
                                  for event in events_of(shop.fleet, "payment.mismatch")),
               f"signed sum {total!r}: OK was said and no mismatch is in the journal")
        figures["mismatched"] += 1
    for token_sent in (None, "", "0" * 32, "x"):
        invoice, token, account = shop.topup()
        status, body = shop.send(shop.notice(invoice, token_sent))
        demand((status, body) == (200, f"OK{invoice}".encode()), f"token {token_sent!r}: {status}")
        demand(credited(shop.fleet, invoice) == 0 and cash(shop.fleet, account) == 0,
               f"a notice with the token {token_sent!r} was credited")
        figures["mismatched"] += 1


# --- replayed ------------------------------------------------------------------------------------

def variants(shop, invoice, token):
    """Notices that all say the same and are all signed."""
    good = shop.notice(invoice, token)
    yield good
    yield good[::-1]
    yield [(n, v.lower() if n == "SignatureValue" else v) for n, v in good]
    yield [(n.lower() if not n.startswith("Shp") else n, v) for n, v in good]
    yield shop.notice(invoice, token, f"{RUBLES}.00")
    yield shop.notice(invoice, token, f"{RUBLES}")
    yield [*good, ("Fee", "1000000"), ("EMail", "a@b"), ("IncSum", "1"), ("out_summ", "1"),
           ("inv_id", "1"), ("crc", "0")]


def expect_ok(shop, invoice, form, method, figures):
    status, body = shop.send(form, method)
    demand((status, body) == (200, f"OK{invoice}".encode()),
           f"a right notice by {method}: answered {status} {body}: {form}")
    figures["right"] += 1


def credit_once(shop, figures):
    invoice, token, account = shop.topup()
    notices = [(form, method) for form in variants(shop, invoice, token)
               for method in ("POST", "GET")] * 3
    random.shuffle(notices)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(expect_ok, shop, invoice, *notice, figures)
                     for notice in notices]:
            done.result()
    wait_cash(shop.fleet, account, RUBLES * 100)
    for days in (1, 40):
        for process in PROCESSES:
            shop.fleet.door(process).ask("clock.set", now=START_US + days * DAY_US)
        for form, method in notices[:6]:
            expect_ok(shop, invoice, form, method, figures)
    before = shop.fleet.settled_heads()
    expect_ok(shop, invoice, *notices[0], figures)
    demand(shop.fleet.heads() == before, "a replay forty days later moved a journal")
    demand(credited(shop.fleet, invoice) == 1, f"credited {credited(shop.fleet, invoice)} times")
    demand(cash(shop.fleet, account) == RUBLES * 100, f"cash {cash(shop.fleet, account)}")
    late = shop.notice(invoice, token, "499.00")
    expect_ok(shop, invoice, late, "POST", figures)
    demand(credited(shop.fleet, invoice) == 1, "another sum afterwards was credited")
    replayed, _, _ = shop.topup()  # whoever signs for another invoice with that one's token
    expect_ok(shop, replayed, shop.notice(replayed, token), "POST", figures)
    demand(credited(shop.fleet, replayed) == 0, "a token of another invoice was credited")


def durable_or_not_ok(shop, seconds, figures):
    """Payment is killed under the notices: what was acknowledged is there, and is there once."""
    invoices = [shop.topup() for _ in range(6)]
    acknowledged, stop = set(), threading.Event()

    def send(at):
        while not stop.is_set():
            invoice, token, _ = invoices[at % len(invoices)]
            try:
                status, body = shop.send(shop.notice(invoice, token))
            except OSError:
                continue
            demand((status, body) in ((200, f"OK{invoice}".encode()),
                                      (503, b"not now, please repeat\n")),
                   f"answered {status} {body} while payment is killed")
            figures["under_kills"] += 1
            if status == 200:
                acknowledged.add(invoice)

    with ThreadPoolExecutor(4) as pool:
        senders = [pool.submit(send, at) for at in range(4)]
        ends = time.monotonic() + seconds
        try:
            while time.monotonic() < ends:
                time.sleep(random.uniform(0.02, 0.4))
                try:
                    os.kill(shop.fleet.pid("payment"), signal.SIGKILL)
                    figures["kills"] += 1
                except Exception:  # it is down already
                    pass
        finally:
            stop.set()
        for sender in senders:
            sender.result()
    demand(figures["kills"] > 0 and acknowledged, "nothing was killed or nothing acknowledged")
    for invoice, token, account in invoices:
        times = credited(shop.fleet, invoice)
        demand(times <= 1, f"invoice {invoice} was credited {times} times")
        demand(times == 1 or invoice not in acknowledged, f"OK{invoice} was said and is lost")
        if times:
            wait_cash(shop.fleet, account, RUBLES * 100)


# --- not HTTP as it should be --------------------------------------------------------------------

def bad_http(shop, figures):
    invoice, token, account = shop.topup()
    form = urllib.parse.urlencode(shop.notice(invoice, token))
    before = shop.fleet.heads()
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW", "post"):
        status, body = shop.send(form, method)
        demand(status in (400, 405, 501) and b"OK" not in body, f"{method}: {status} {body}")
    for path in ("/nowhere", "/robokassa", "/robokassa/result/", "/robokassa//result",
                 "//robokassa/result",
                 "/robokassa/result%00", "/robokassa/result%00x", "/robokassa/%72esult",
                 "/robokassa/../robokassa/result", "/ROBOKASSA/RESULT"):
        status, body = shop.send(form, path=path)
        demand(status in (400, 404) and b"OK" not in body, f"{path}: {status} {body}")
    padded = form + "&x=" + "a" * (BODY_MAX - len(form) - 2)
    for size in (len(padded), 64 * 1024, 1 << 20, 8 << 20):
        status, body = shop.send(padded + "a" * (size - len(padded)))
        demand(status == 400, f"a body of {size}: {status} {body}")
    start = b"POST /robokassa/result HTTP/1.1\r\nHost: a\r\n"
    right = form.encode()
    bad = {
        "a million header bytes": start + b"A: " + b"b" * (1 << 20) + b"\r\n\r\n",
        "ten thousand headers": start + b"".join(b"H%d: 1\r\n" % i for i in range(10_000))
        + b"Content-Length: %d\r\n\r\n" % len(right) + right,
        "a query of a megabyte": b"GET /robokassa/result?" + right + b"&x=" + b"a" * (1 << 20)
        + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        "a length below zero": start + b"Content-Length: -1\r\n\r\n" + right,
        "a length beyond numbers": start + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n" + right,
        "a length too large": start + b"Content-Length: %d\r\n\r\n" % (len(right) + 9) + right,
        "a chunk of 2^64": start + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 16 + b"\r\n"
        + right,
        "no request": b"\x16\x03\x01" + os.urandom(300),
        "nothing": b"",
        "zero bytes": b"\0" * 4096,
        "no host": b"POST /robokassa/result HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b",
    }
    for what, data in bad.items():
        answer = shop.raw(data)
        demand(b"OK%d" % invoice not in answer, f"{what}: acknowledged")
        figures["malformed"] += 1
    demand(shop.fleet.heads() == before, "bad HTTP moved a journal")
    demand(credited(shop.fleet, invoice) == 0, "bad HTTP was credited")
    # Of a query and a body the body counts, so a forged query beside a right body changes nothing.
    status, body = shop.send(form, path="/robokassa/result?OutSum=1&InvId=1&SignatureValue=0")
    demand((status, body) == (200, f"OK{invoice}".encode()), f"a right body: {status} {body}")
    wait_cash(shop.fleet, account, RUBLES * 100)


def returns_credit_nothing(shop, figures):
    """SuccessURL is the payer's word: it shows a state and never credits."""
    invoice, token, account = shop.topup()
    before = shop.fleet.heads()
    unsigned = shop.notice(invoice, token, sign=False)
    for password in (shop.password1, shop.password2):
        fields = [*unsigned, ("SignatureValue", shop.signature(unsigned, password))]
        for path in ("/robokassa/success", "/robokassa/fail"):
            for method in ("GET", "POST"):
                status, body = shop.send(fields, method, path)
                demand(status in (303, 400) and b"OK" not in body, f"{path}: {status} {body}")
                figures["returns"] += 1
    demand(shop.fleet.heads() == before and cash(shop.fleet, account) == 0, "a return was credited")


def opened(options, **rest):
    """A fleet at the beginning of its driven time, and the shop that knows its passwords."""
    passwords = {"password1": secrets.token_hex(16), "password2": secrets.token_hex(16)}
    fleet = Fleet(options.bin, "--clock", "driven", passwords=passwords, **rest)
    for process in PROCESSES:
        fleet.door(process).ask("clock.set", now=START_US)
    return fleet, Shop(fleet, *passwords.values())


def attack_shop(options, figures):
    fleet, shop = opened(options)
    with fleet:
        for step in (refuse_forgeries, refuse_mismatches, credit_once, bad_http,
                     returns_credit_nothing):
            attack_step(step.__name__)
            step(shop, figures)
        attack_step("durable_or_not_ok")
        durable_or_not_ok(shop, options.seconds, figures)
        figures["web_peak_kib"] = peak_kib(fleet.pid("web"))
        demand(figures["web_peak_kib"] < WEB_RSS_MAX_KIB,
               f"web grew to {figures['web_peak_kib']} KiB")
        log = "".join(fleet.log(name) for name in ("web", "payment"))
        for what in (shop.password1, shop.password2, "SignatureValue", "Shp_token"):
            demand(what not in log, f"a log holds {what!r}")
        fleet.stop()
        fleet.verify()


def find_plant(options):
    """The negative control: a payment that takes every signature must be found."""
    fleet, shop = opened(options, environment=preloaded(options, "signature"))
    with fleet:
        try:
            refuse_forgeries(shop, dict.fromkeys(COUNTERS, 0))
        except Found:
            return
    raise Found("a payment that takes every signature was not found")


def attack(options, figures):
    figures.update(dict.fromkeys(COUNTERS, 0))
    with ThreadPoolExecutor(1) as pool:
        planted = pool.submit(find_plant, options)
        attack_shop(options, figures)
        planted.result()
    figures["plants_found"] = 1


if __name__ == "__main__":
    run("attack_callbacks", __doc__, attack, 4)
