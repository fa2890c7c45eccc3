#!/usr/bin/python3
"""Contacts in real processes: a webhook is told of its account's steps, signed and at least once
however often notify is killed, and an e-mail address once it is confirmed, through a relay that is
trusted by its certificate; a dead endpoint and a dead relay slow nobody; an address that is refused
is told nothing more; who is erased is gone; a secret that was changed signs beside the new one; the
master key is changed; a backup has what the journal has, and nothing that was planted stands
anywhere in files or logs.

usage: test_contacts.py BIN_DIRECTORY
"""
import base64
import hashlib
import hmac
import json
import random
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from light_rig import GREEN, Light, demand, expect
from mail_sink import MailSink, make_certificate
from process_rig import Place, Violation, clean_up_when_told, wait_until, wire

STARTED = ("ledger", "metering", "payment", "notify", "documents", "autopay")
WAIT_S, KILLS = 30, 6
PLANT = "/planted-Zx9-anna"
SENDER, USER, PASSWORD = "billing@kopeck.example", "kopeck", "planted-Zx9-relay"
CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{16}\b")
CODES = []  # that were mailed
ON, BOUNCED = 2, 4
LIVES = []  # what the lives of notify said


class Sink:
    """What came to which path; how it is answered, by path."""

    def __init__(self):
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.came(self.path, self.headers, body)
                status = sink.status.get(self.path, 204)
                if status is None:
                    time.sleep(3)
                    status = 500
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{sink.port}/redirected")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.status, self.notices, self.lock = {}, [], threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def came(self, path, headers, body):
        with self.lock:
            self.notices.append((path, headers["webhook-id"], headers["webhook-timestamp"],
                                 headers["webhook-signature"], body))

    def of(self, path):
        with self.lock:
            return [notice for notice in self.notices if notice[0] == path]

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


def write_secret(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def set_hook(light, sink, account, path, key):
    file = write_secret(light.place.directory / "contact.txt", f"{sink.url(path)}\n{key}\n")
    done = light.kopeck("contact", "set", account, "webhook", str(file))
    file.unlink()
    expect(f"contact set: {done.stderr}", 0, done.returncode)


def pay(light, account, rubles):
    sides = ("bank", account) if rubles > 0 else (account, "bank")
    done = light.kopeck("post-one", *sides, str(abs(rubles)), "correction", "--open", "--reason", "test")
    expect(f"post-one: {done.stderr}", 0, done.returncode)


def again(light, line=None, killed=False):
    """Another life of notify, maybe with other master keys; what this one said is kept."""
    process = light.processes["notify"]
    process.kill() if killed else process.stop()
    said = light.said("notify")
    LIVES.append(said)
    if line is not None:
        write_secret(light.place.path("secret", "side_keys"), line)
    light.start("notify")


def new_account():
    return wire.uid_text(wire.uid_random())


def new_key():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def is_signed(notice, key):
    _, name, timestamp, signatures, body = notice
    mac = hmac.new(base64.b64decode(key[6:]), f"{name}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}" in signatures.split(" ")


def told(sink, path, key, account, step, seconds=WAIT_S):
    """The newest notice of that step comes, is signed, and is of that account."""
    def found():
        return [n for n in sink.of(path) if json.loads(n[4])["data"]["step"] == step]
    demand(wait_until(found, seconds, 0.05), f"{path} is not told of {step}: {sink.of(path)}")
    for notice in sink.of(path):
        demand(is_signed(notice, key), f"not signed by its key: {notice}")
        expect("account of a notice", account, json.loads(notice[4])["data"]["account"])
        demand(re.fullmatch(r"evt_0\.6\.\d+\.\d+", notice[1]), f"name {notice[1]}")
    return found()[-1]


def counter(light, name):
    done = light.kopeck("--json", "status", "notify", "--counters")
    found = re.search(rf'"{name}"[^0-9]*(\d+)', done.stdout) or re.search(rf"{name}\s+(\d+)", done.stdout)
    demand(found, f"no counter {name}: {done.stdout}")
    return int(found.group(1))


def show(light, account):
    done = light.kopeck("--json", "contact", "show", account)
    return (done.returncode, json.loads(done.stdout)[0] if done.returncode == GREEN and
            done.stdout.startswith("[") else json.loads(done.stdout or "{}"))


# --- e-mails ---

def address_of(name):
    return f"planted-Zx9-{name}@mail.example"


def set_email(light, account, address, *words):
    file = write_secret(light.place.directory / "contact.txt", f"{address}\n")
    done = light.kopeck("contact", "set", account, "email", str(file), *words)
    file.unlink()
    return done


def confirm(light, account, code):
    file = write_secret(light.place.directory / "code.txt", f"{code}\n")
    done = light.kopeck("contact", "confirm", account, str(file))
    file.unlink()
    return done.returncode


def mailed(relay, address, count=1, seconds=WAIT_S):
    demand(wait_until(lambda: len({mail.name for mail in relay.of(address)}) >= count, seconds, 0.05),
           f"{address} is not mailed: {[(m.recipient, m.parsed['Subject']) for m in relay.mails]}")
    return relay.of(address)[-1]


def set_confirmed(light, relay, account, address, *words):
    done = set_email(light, account, address, *words)
    expect(f"contact set: {done.stderr}", 0, done.returncode)
    code = CODE.search(mailed(relay, address).words).group()
    CODES.append(code)
    expect("confirmed", 0, confirm(light, account, code))
    return code


def check_mail(mail, address, account):
    parsed = mail.parsed
    expect("whom it goes to", (SENDER, address, address, SENDER, USER),
           (mail.sender, mail.recipient, parsed["To"].addresses[0].addr_spec,
            parsed["From"].addresses[0].addr_spec, mail.user))
    demand(account in mail.words, f"an e-mail of another account: {mail.words}")
    demand(re.fullmatch(r"<evt_0\.6\.\d+\.\d+@kopeck\.example>", mail.name), mail.name)
    expect("List-Unsubscribe", "<https://kopeck.example/notices>", parsed["List-Unsubscribe"])
    demand(parsed["Date"] and parsed["Auto-Submitted"] == "auto-generated", f"headers {parsed.items()}")
    expect("defects", [], list(parsed.defects))


def use_relay(light, relay, authorities):
    password = write_secret(light.place.directory / "mail_password", PASSWORD)
    for line in ('host = "localhost"', f"port = {relay.port}", f'user = "{USER}"', f'password = "{password}"',
                 f'from = "{SENDER}"', "patience_s = 1", 'choose = "https://kopeck.example/notices"'):
        light.configure("notify", "mail", line)
    light.configure("notify", "outside", f'authorities = "{authorities}"')


def told_once_confirmed(light, relay):
    """Nothing but its code goes to an address that nobody confirmed; then its account's steps do."""
    account, other, address = new_account(), new_account(), address_of("anna")
    done = set_email(light, account, address, "--language", "english")
    expect(f"contact set: {done.stderr}", 0, done.returncode)
    first = mailed(relay, address)
    check_mail(first, address, account)
    pay(light, account, 12)
    expect("a wrong code", True, confirm(light, account, "0123456789ABCDEF") != 0)
    expect("another code within a minute", True, set_email(light, account, address).returncode != 0)
    code = CODE.search(first.words).group()
    CODES.append(code)
    expect("another account's code", True, confirm(light, other, code) != 0)
    expect("the code", 0, confirm(light, account, code.lower()))
    expect("the code once more", True, confirm(light, account, code) != 0)
    expect("the state", ON, show(light, account)[1].get("email"))
    expect("what an address was mailed that was not confirmed", 1, len(relay.of(address)))
    pay(light, account, -20)
    used_up = mailed(relay, address, 2)
    check_mail(used_up, address, account)
    demand("used up" in str(used_up.parsed["Subject"]) and "8.00" in used_up.words, used_up.words)
    expect("greeted as", {"kopeck.example"}, relay.greeted)
    return account, address


def refused_address(light, relay):
    """Whoever the relay does not know is told nothing more, and that is seen."""
    account, address, off = new_account(), address_of("gone"), counter(light, "contacts_off")
    set_confirmed(light, relay, account, address)
    relay.refuses[address] = "550 5.7.1 no relaying for you"  # its own policy says nothing of him
    pay(light, account, 12)
    demand(wait_until(lambda: counter(light, "mails_failing_us") > 0, WAIT_S, 0.1), "a relay that refuses is well")
    expect("addresses off", off, counter(light, "contacts_off"))
    relay.refuses[address] = "550 5.1.1 no such user"
    demand(wait_until(lambda: counter(light, "contacts_off") == off + 1, WAIT_S, 0.1), "a bounce switches nobody off")
    expect("the state", BOUNCED, show(light, account)[1].get("email"))
    expect("since when the relay fails", 0, counter(light, "mails_failing_us"))
    del relay.refuses[address]
    before = len(relay.of(address))
    pay(light, account, -20)
    expect("e-mails that wait", 0, counter(light, "mails_waiting"))
    expect("e-mails to who was refused", before, len(relay.of(address)))


def mailed_anew(light, relay, known, rubles):
    """The next step goes out, whatever waits for its turn after what failed."""
    before = {mail.name for mail in relay.of(known[1])}
    pay(light, known[0], rubles)
    demand(wait_until(lambda: {mail.name for mail in relay.of(known[1])} - before, WAIT_S, 0.05),
           f"{known[1]} is not mailed any more")
    demand(wait_until(lambda: counter(light, "mails_failing_us") == 0, WAIT_S, 0.1), "it fails for ever")


def nobody_waits_for_the_relay(light, sink, relay, known):
    """While nothing listens at the relay's port webhooks go out; then the e-mails do."""
    hook = new_account(), "/beside-the-relay", new_key()
    set_hook(light, sink, *hook)
    relay.close()
    pay(light, known[0], 300)
    demand(wait_until(lambda: counter(light, "mails_failing_us") > 0, WAIT_S, 0.1), "nobody sees a dead relay")
    pay(light, hook[0], 12)
    begun = time.monotonic()
    told(sink, hook[1], hook[2], hook[0], "low")
    demand(time.monotonic() - begun < 3, "a webhook waited for the relay")
    light.red("notify", "MAIL")
    relay.open()
    mailed_anew(light, relay, known, -290)


def not_by_a_stranger(light, relay, known):
    """To a relay whose certificate is another's nothing is said."""
    stranger, _ = make_certificate(light.place.directory, "stranger")
    light.configure("notify", "outside", f'authorities = "{stranger}"')
    again(light)
    demand(wait_until(lambda: counter(light, "mails_failing_us") == 0, WAIT_S, 0.1), "it fails for ever")
    before = len(relay.mails)
    pay(light, known[0], 290)
    demand(wait_until(lambda: counter(light, "mails_failing_us") > 0, WAIT_S, 0.1), "it trusts a stranger")
    expect("e-mails to a stranger", before, len(relay.mails))
    light.configure("notify", "outside", f'authorities = "{relay.certificate}"')
    again(light)
    mailed_anew(light, relay, known, -290)
    expect("erased", 0, light.kopeck("contact", "erase", known[0]).returncode)  # and what still waits


# --- the trials ---

def told_by_their_own(light, sink):
    """Two accounts are told each by its own webhook, and only of what they have."""
    ours = [(new_account(), f"{PLANT}-{i}", new_key()) for i in range(2)]
    for account, path, key in ours:
        set_hook(light, sink, account, path, key)
        status, row = show(light, account)
        expect("the shown address", (GREEN, sink.url(path)), (status, row.get("webhook_address")))
    for account, path, key in ours:
        pay(light, account, 12)
    for account, path, key in ours:
        told(sink, path, key, account, "low")
    return ours


def nobody_waits_for_the_dead(light, sink):
    """Endpoints that hang, redirect or fail; and one that is well is told at once meanwhile."""
    dead = [(new_account(), f"/dead-{status}-{i}", new_key(), status)
            for status in (None, 302, 500) for i in range(4)]
    well = new_account(), "/well", new_key()
    for account, path, key, status in dead:
        sink.status[path] = status
        set_hook(light, sink, account, path, key)
        pay(light, account, 12)
    set_hook(light, sink, *well)
    pay(light, well[0], 12)
    begun = time.monotonic()
    told(sink, well[1], well[2], well[0], "low")
    demand(time.monotonic() - begun < 3, "who is well waited for the dead")
    for account, path, key, _ in dead:
        told(sink, path, key, account, "low")
    expect("what went where a redirect pointed", [], sink.of("/redirected"))
    demand(counter(light, "notices_waiting") >= len(dead), "the dead have no notices that wait")
    gone = dead[-1]
    sink.status[gone[1]] = 410
    demand(wait_until(lambda: counter(light, "contacts_off") == 1, WAIT_S, 0.2), "410 switches nobody off")
    for account, *_ in dead:
        light.kopeck("contact", "erase", account)
    expect("notices that wait for who is erased", 0, counter(light, "notices_waiting"))


def killed_at_any_moment(light, sink, relay, seed):
    """Each step is told at least once, whenever notify is killed; a name is of one notice."""
    draw = random.Random(seed)
    ours = [(new_account(), f"/killed-{i}", new_key()) for i in range(KILLS)]
    for i, (account, path, key) in enumerate(ours):
        set_hook(light, sink, account, path, key)
        set_confirmed(light, relay, account, address_of(f"killed-{i}"))
    relay.forgets = 1
    for account, path, key in ours:
        pay(light, account, 12)
        time.sleep(draw.random() * 0.05)
        again(light, killed=True)
    for account, path, key in ours:
        told(sink, path, key, account, "low", 60)
    bodies = {}
    for _, name, _, _, body in sink.notices:
        expect(f"the body of {name}", bodies.setdefault(name, body), body)
    for i, (account, _, _) in enumerate(ours):
        mailed(relay, address_of(f"killed-{i}"), 2, 60)
        for mail in relay.of(address_of(f"killed-{i}")):
            check_mail(mail, address_of(f"killed-{i}"), account)
            expect(f"the bytes of {mail.name}", bodies.setdefault(mail.name, mail.data), mail.data)
    demand(len(relay.mails) > len({mail.name for mail in relay.mails}), "no e-mail came twice: nothing was tried")
    demand(wait_until(lambda: counter(light, "notices_waiting") == 0, WAIT_S, 0.2), "notices wait for ever")


def erased(light, sink, ours):
    account, path, key = ours[0]
    expect("erase", 0, light.kopeck("contact", "erase", account).returncode)
    demand(show(light, account)[0] != GREEN, "who was erased is shown")
    before = len(sink.of(path))
    pay(light, account, 200)
    told_again = ours[1]
    pay(light, told_again[0], 200)
    told(sink, told_again[1], told_again[2], told_again[0], "none")
    expect("notices to who was erased", before, len(sink.of(path)))


def both_sign(light, sink):
    """For a day the secret before signs beside the new one."""
    account, path, keys = new_account(), "/both", [new_key(), new_key()]
    for key in keys:
        set_hook(light, sink, account, path, key)
    pay(light, account, 12)
    notice = told(sink, path, keys[1], account, "low")
    expect("signed by the secret before", True, is_signed(notice, keys[0]))
    demand(show(light, account)[1].get("both_until"), "nobody is told until when both sign")


def rotated(light, sink, ours):
    """The newest key seals; the old one is thrown away; another one is refused."""
    file = light.place.path("secret", "side_keys")
    old, new = file.read_text().strip(), f"2:{secrets.token_hex(32)}"
    for line in (f"{old} {new}", new):
        again(light, line)
        expect("the address under another master key", sink.url(ours[1][1]),
               show(light, ours[1][0])[1].get("webhook_address"))
    again(light)
    demand("wrapped by the newest master key" in LIVES[-2], f"no line of it in the log: {LIVES[-2]}")
    light.processes["notify"].stop()
    write_secret(file, f"3:{secrets.token_hex(32)}")
    light.processes["notify"].start()
    demand(wait_until(lambda: not light.processes["notify"].alive(), WAIT_S, 0.1), "it runs with a wrong key")
    demand("side/keys" in light.said("notify"), light.said("notify"))
    write_secret(file, new)
    light.start("notify")
    account, path, key = ours[1]
    pay(light, account, -190)
    told(sink, path, key, account, "low")


def restored(light, sink, ours):
    """A backup has the rows."""
    backup = light.place.directory / "backup"
    notify = light.place.path("var", "notify")
    done = light.kopeck("backup", str(backup))
    expect(f"backup: {done.stdout}{done.stderr}", 0, done.returncode)
    light.processes["notify"].stop()
    shutil.rmtree(notify)
    shutil.copytree(backup / "notify", notify)
    light.start("notify")
    expect("the address after a restore", sink.url(ours[1][1]),
           show(light, ours[1][0])[1].get("webhook_address"))


def nothing_is_found(light, ours):
    """Of what was planted nothing stands in any file: journals, backup, logs, configuration."""
    plants = [PLANT.encode(), address_of("").split("@")[0].encode()] + [code.encode() for code in CODES] + [part for _, _, key in ours
                                 for part in (key.encode(), base64.b64decode(key[6:]))]
    found, looked = [], 0
    for file in sorted(light.place.directory.rglob("*")):
        if file.is_file() and file.name != "mail_password":
            data = file.read_bytes()
            looked += len(data)
            found += [f"{file.name}: {plant!r}" for plant in plants if plant in data]
    for said in LIVES:
        found += [f"a log: {plant!r}" for plant in plants if plant in said.encode()]
    demand(len(LIVES) > KILLS and looked > 100_000, f"only {looked} bytes were looked at")
    demand(not found, f"planted and found: {found}")
    checked = light.place.directory / "checked"  # the search finds what is there
    checked.write_bytes(b"x" * 5000 + plants[0] + b"y")
    demand(plants[0] in checked.read_bytes(), "the search finds nothing")


def run(bin_directory):
    place, sink, seed = Place(bin_directory), Sink(), secrets.randbelow(1 << 32)
    light = Light(place)
    print(f"seed {seed}")
    relay = MailSink(place.directory, USER, PASSWORD)
    use_relay(light, relay, relay.certificate)
    try:
        light.start(*STARTED)
        light.green(*STARTED)
        ours = told_by_their_own(light, sink)
        nobody_waits_for_the_dead(light, sink)
        known = told_once_confirmed(light, relay)
        refused_address(light, relay)
        nobody_waits_for_the_relay(light, sink, relay, known)
        not_by_a_stranger(light, relay, known)
        killed_at_any_moment(light, sink, relay, seed)
        both_sign(light, sink)
        erased(light, sink, ours)
        rotated(light, sink, ours)
        restored(light, sink, ours)
        nothing_is_found(light, ours)
        expect("what the relay found wrong", [], relay.wrong)
        light.green(*STARTED)
    finally:
        light.close()
        place.close()


def main():
    clean_up_when_told()
    try:
        run(sys.argv[1])
    except Violation as violation:
        print(f"FAILED: {violation}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
