#!/usr/bin/python3
"""Contacts in real processes: a webhook is told of its account's steps, signed and at least once
however often notify is killed; a dead endpoint slows nobody; who is erased is gone; the master key
is changed; a backup has what the journal has, and nothing that was planted stands anywhere in
files or logs.

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
from process_rig import Place, Violation, clean_up_when_told, wait_until, wire

STARTED = ("ledger", "metering", "payment", "notify", "documents", "autopay")
WAIT_S, KILLS = 30, 6
PLANT = "/planted-Zx9-anna"
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


def killed_at_any_moment(light, sink, seed):
    """Each step is told at least once, whenever notify is killed; a name is of one notice."""
    draw = random.Random(seed)
    ours = [(new_account(), f"/killed-{i}", new_key()) for i in range(KILLS)]
    for account, path, key in ours:
        set_hook(light, sink, account, path, key)
    for account, path, key in ours:
        pay(light, account, 12)
        time.sleep(draw.random() * 0.05)
        again(light, killed=True)
    for account, path, key in ours:
        told(sink, path, key, account, "low", 60)
    bodies = {}
    for _, name, _, _, body in sink.notices:
        expect(f"the body of {name}", bodies.setdefault(name, body), body)
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
    plants = [PLANT.encode()] + [part for _, _, key in ours
                                 for part in (key.encode(), base64.b64decode(key[6:]))]
    found, looked = [], 0
    for file in sorted(light.place.directory.rglob("*")):
        if file.is_file():
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
    try:
        light.start(*STARTED)
        light.green(*STARTED)
        ours = told_by_their_own(light, sink)
        nobody_waits_for_the_dead(light, sink)
        killed_at_any_moment(light, sink, seed)
        erased(light, sink, ours)
        rotated(light, sink, ours)
        restored(light, sink, ours)
        nothing_is_found(light, ours)
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
