#!/usr/bin/python3
"""Looks for secrets where none may be, after a full run of every process with known ones.

Known are Robokassa's passwords, every certificate's secret key (as text and as bytes), a payer's
e-mail address and name, and the signatures of notices. Searched are logs, journals, configuration,
environments, arguments, output of the command line, and the memory of the processes: nobody holds
another's key, only payment holds the passwords, and those lie in memory that no core dump takes.
A process of the same user may read neither memory nor environment, and dying leaves no core. The
seed draws passwords and address.
"""
import base64
import os
import random
import re
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from zmq.utils import z85

from attack_callbacks import Shop
import services_table
from attack_rig import (CERTIFICATES, PROCESSES, Fleet, attack_step, demand, in_trials, run,
                        wait_until, wire)

NOBODY = 65534
PAYER = "Marker Payer"
OURS = services_table.NAMES
ACTS_AS = {"api": ("platform",)}  # usage that comes in over HTTP is the platform's word
TALK_S = 5


# --- what is looked for --------------------------------------------------------------------------

def forms(secret):
    """The secret as bytes, and in whatever else it might be written."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    return {raw, raw.hex().encode(), raw.hex().upper().encode(),
            base64.b64encode(raw).rstrip(b"="), urllib.parse.quote_from_bytes(raw).encode()}


class Markers:
    """{name: the forms of a secret}, and a search for any of them."""

    def __init__(self, named):
        self.named = {name: forms(secret) for name, secret in named.items()}

    def within(self, data):
        """The names of those that are in these bytes."""
        return {name for name, texts in self.named.items() if any(text in data for text in texts)}


def key_markers(directory):
    """Every certificate's secret key, as it stands in its file and as it is used."""
    found = {}
    for path in (directory / "keys/secret").glob("*.cert_secret"):
        text = re.search(r'secret-key = "(.{40})"', path.read_text()).group(1)
        found[f"key {path.stem} text"], found[f"key {path.stem} bytes"] = text, z85.decode(text)
    return found


# --- where it is looked for ----------------------------------------------------------------------

def places(fleet, pids):
    """(name, bytes) of everything that is written or shown, other than the secrets' own files."""
    own = (fleet.directory / "keys", fleet.directory / "secret")
    for path in fleet.root.rglob("*"):
        if path.is_file() and not path.is_relative_to(fleet.root / "bin") and not any(
                path.is_relative_to(folder) for folder in own):
            yield str(path.relative_to(fleet.root)), path.read_bytes()
    for name, pid in pids.items():
        for file in ("environ", "cmdline", "comm", "status"):
            yield f"{name} {file}", Path(f"/proc/{pid}/{file}").read_bytes()


def hunt(fleet, pids, markers, figures):
    """{place: names of the secrets found}; the stand-in's own journal may know its payers."""
    found = {}
    for place, data in places(fleet, pids):
        figures["places"] += 1
        figures["bytes"] += len(data)
        here = markers.within(data)
        if place.startswith(("fleet/var/sim", "fleet/log/sim", "fleet/etc/sim")):
            here -= {"payer email", "payer name"}
        if here:
            found[place] = here
    return found


def memory(pid):
    """(address, may a core dump hold it, bytes) of each writable mapping."""
    parts = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", Path(f"/proc/{pid}/smaps").read_text(),
                     flags=re.MULTILINE)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for part in parts:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", part)
            if not head or "r" not in head[3] or head[4].startswith("[v"):
                continue
            if head[4].startswith("/") and "w" not in head[3]:
                continue  # code
            begin, end = int(head[1], 16), int(head[2], 16)
            flags = re.search(r"^VmFlags:(.*)$", part, re.MULTILINE)[1].split()
            try:
                file.seek(begin)
                yield begin, "dd" not in flags, file.read(min(end - begin, 256 << 20))
            except OSError:
                continue  # a guard page, or one that is gone


def search_memory(pids, secrets_known, figures):
    """As they stand, for memory is large; what czmq and libzmq keep of the own key is counted."""
    markers = Markers({})
    markers.named = {name: {secret if isinstance(secret, bytes) else secret.encode()}
                     for name, secret in secrets_known.items()}
    for name in OURS:
        dumped, kept = set(), set()
        for _, may_be_dumped, data in memory(pids[name]):
            figures["memory_bytes"] += len(data)
            (dumped if may_be_dumped else kept).update(markers.within(data))
            for kind in ("text", "bytes"):
                own, = markers.named[f"key {name} {kind}"]
                figures[f"own_key_copies_{kind}"] += data.count(own)
        own_names = {name, *ACTS_AS.get(name, ())}
        others = {marker for marker in dumped | kept
                  if marker.startswith("key ") and marker.split()[1] not in own_names}
        demand(not others, f"{name} holds in memory what is not its own: {others}")
        passwords = {marker for marker in dumped | kept if marker.startswith("password")}
        demand(name == "payment" or not passwords, f"{name} holds {passwords}")
        if name == "payment":
            demand(passwords == {"password1", "password2"}, f"the search is blind: {passwords}")
            left = {marker for marker in dumped if marker.startswith("password")}
            figures["passwords_in_dumpable_memory"] = len(left)
            demand(not left, f"payment holds {left} in memory that a core dump would take")


# --- the run -------------------------------------------------------------------------------------

def live(fleet, shop):
    """One of everything: usage, a top-up with autopay that is paid, notices good and bad."""
    account = wire.uid_random()
    answer = fleet.door("payment").ask("topup", wire.uuid7(), account=account, amount_rub=500,
                                       count_max=3, sum_max=1500_00).fields
    with urllib.request.urlopen(answer["link"], timeout=TALK_S) as page:
        page.read()
    body = f'{{"invoice": {answer["invoice"]}, "action": "pay"}}'.encode()
    with urllib.request.urlopen(urllib.request.Request(fleet.urls["sim"] + "/sim/pay", body),
                                timeout=TALK_S) as paid:
        paid.read()
    fleet.wait_cash(account, 500_00)
    feed = fleet.feed("metering", 100, "platform")
    now = time.time_ns() // 1000
    feed.batch(1, [wire.event_write("replica.started", now - 120_000_000, {
        "resource": wire.uid_random(), "replica": wire.uid_random(), "account": account,
        "tariff": "nachalny", "kind": 1})], now)
    feed.close()
    fleet.door("ledger").ask("post", wire.uuid7(), debit=account, credit=wire.uid_from_text(
        "00000000-0000-8000-8000-000000000001"), amount=450_00, kind=8)  # below autopay's threshold
    wait_until("autopay has charged", lambda: fleet.balance(account)["cash"] > 50_00)
    invoice, token, _ = shop.topup()
    notice = shop.notice(invoice, token, EMail=shop.email, Name=PAYER)
    for fields in (notice, notice[:-1], [*notice, *notice], [*notice, ("IsTest", "1")],
                   shop.notice(invoice, token, "1.00", EMail=shop.email)):
        for method in ("POST", "GET"):
            shop.send(fields, method)
    shop.send(notice, headers={"X-Real-IP": shop.email, "Cookie": PAYER})
    shop.raw(b"GET /" + urllib.parse.quote(shop.email).encode() + b" \r\n\r\n")
    return notice[-1][1]


def command_line(fleet):
    """What the command line and a process say, that are given a secret where none belongs."""
    etc = fleet.directory / "etc"
    right = (etc / "payment.cfg").read_text()
    (etc / "wrong.cfg").write_text(right.replace("/secret/password1", "/secret/nowhere"))
    # a password where its file's name belongs, and under a key that nobody asks for
    password = (fleet.directory / "secret/password1").read_text().strip()
    named = re.sub(r"(?m)^( *password1 *= *).*$", rf'\g<1>"{password}"', right)
    assert password in named
    (etc / "named.cfg").write_text(named)
    (etc / "unknown.cfg").write_text(named.replace("password1", "passwort1"))
    loose = fleet.directory / "secret/password2"
    output = b""
    for words in (["kopeck", "--config", etc / "kopeck.cfg", "totals"],
                  ["kopeck", "--config", etc / "kopeck.cfg", "tail", "payment", "--help"],
                  ["kopeck-payment", etc / "wrong.cfg"], ["kopeck-payment", etc / "named.cfg"],
                  ["kopeck-payment", etc / "unknown.cfg"], ["kopeck-payment", loose],
                  ["kopeck-ledger", loose], ["kopeck-web", loose],
                  ["kopeck", "--config", loose, "totals"],
                  ["kopeck-payment", fleet.directory / "keys/secret/payment.cert_secret"]):
        done = subprocess.run([fleet.bin / words[0], *words[1:]], capture_output=True, timeout=20)
        output += done.stdout + done.stderr
    (fleet.root / "output").write_bytes(output)
    for name in ("wrong", "named", "unknown"):
        (etc / f"{name}.cfg").unlink()


def may_not_be_read(pids, figures):
    """A process of the same user reads neither environment nor memory, and cannot trace."""
    look = ("import ctypes, sys\n"
            "for name in ('environ', 'mem', 'maps'):\n"
            "    try: open(f'/proc/{sys.argv[1]}/{name}', 'rb').read(1); print(name)\n"
            "    except OSError: pass\n"
            "if ctypes.CDLL(None).ptrace(16, int(sys.argv[1]), 0, 0) == 0: print('ptrace')\n")

    def readable(pid):
        return subprocess.run([sys.executable, "-c", look, str(pid)], user=NOBODY, group=NOBODY,
                              extra_groups=[], capture_output=True, text=True).stdout.split()

    with subprocess.Popen(["sleep", "60"], user=NOBODY, group=NOBODY, extra_groups=[]) as open_one:
        wait_until("the control can be read", lambda: "environ" in readable(open_one.pid))
        open_one.kill()
    for name in OURS:
        demand(not readable(pids[name]), f"{name}: its own user reads {readable(pids[name])}")
        figures["closed_to_their_user"] += 1


def die_without_core(fleet, pids, figures):
    for name in OURS:
        limit = re.search(r"^Max core file size +(\S+) +(\S+)",
                          Path(f"/proc/{pids[name]}/limits").read_text(), re.MULTILINE)
        demand(limit.groups() == ("0", "0"), f"{name}: may dump a core of {limit.groups()}")
        cwd = Path(os.readlink(f"/proc/{pids[name]}/cwd"))
        before = set(cwd.glob("core*"))
        os.kill(pids[name], signal.SIGSEGV)
        wait_until(f"{name} has died", lambda: not Path(f"/proc/{pids[name]}").exists())
        demand(set(cwd.glob("core*")) == before, f"{name} left a core in {cwd}")
        figures["deaths_without_core"] += 1


def find_plants(fleet, pids, markers, figures):
    """The negative controls: what is planted must be found."""
    plants = {"fleet/log/web.log": markers.named["password2"],
              "fleet/var/ledger/notes": markers.named["key ledger bytes"]}
    for place, texts in plants.items():
        for text in texts:
            (fleet.root / place).open("ab").write(b"x" + text + b"y")
            demand(place in hunt(fleet, {}, markers, dict(figures)), f"{place}: {text} not found")
            figures["plants_found"] += 1
    secret = next(iter(markers.named["password1"])).decode(errors="replace")
    with subprocess.Popen(["sleep", "60"], env={"KOPECK": secret}) as planted:
        wait_until("the plant runs", lambda: "planted environ" in hunt(
            fleet, {"planted": planted.pid}, markers, dict(figures)))
        planted.kill()
    figures["plants_found"] += 1
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", secret]) as planted:
        wait_until("the plant runs", lambda: "planted cmdline" in hunt(
            fleet, {"planted": planted.pid}, markers, dict(figures)))
        planted.kill()
    figures["plants_found"] += 1


class OthersFleet(Fleet):
    """A fleet of another user, from copies of the programs that he may run."""

    def __init__(self, options, *words, **rest):
        self.copies = Path(tempfile.mkdtemp(prefix="kopeck-programs-"))
        self.copies.chmod(0o755)
        for program in [*Path(options.bin).glob("kopeck*"), Path(options.bin) / "robokassa-sim"]:
            if program.name in ("kopeck", "kopeck-fleet", "robokassa-sim",
                                *(f"kopeck-{name}" for name in OURS)):
                shutil.copy2(program, self.copies)
        super().__init__(self.copies, *words, user=NOBODY, **rest)

    def __exit__(self, *what):
        super().__exit__(*what)
        shutil.rmtree(self.copies, ignore_errors=True)


def drawn_text(least, most):
    return "".join(random.choices(string.ascii_letters + string.digits + "+/_-.~",
                                  k=random.randint(least, most)))


def attack(options, figures):
    if os.getuid() != 0:
        print("not root: cannot run as another user nor read memory")
        sys.exit(77)
    figures.update(dict.fromkeys(("places", "bytes", "memory_bytes", "own_key_copies_text",
                                  "own_key_copies_bytes", "passwords_in_dumpable_memory",
                                  "closed_to_their_user",
                                  "deaths_without_core", "plants_found"), 0))
    passwords = {name: f"Marker+{name}/{drawn_text(8, 32)}" for name in ("password1", "password2")}
    email = f"payer-{random.randbytes(6).hex()}@marker.example"
    with OthersFleet(options, "--sim", f"payer_email = {email}", certificates=CERTIFICATES,
                     passwords=passwords) as fleet:
        shop = Shop(fleet, *passwords.values())
        shop.email = email
        attack_step("a full run")
        signature = live(fleet, shop)
        command_line(fleet)
        pids = fleet.pids()
        keys = key_markers(fleet.directory)
        markers = Markers({**passwords, **keys, "payer email": email, "payer name": PAYER,
                           "signature": signature})
        attack_step("the hunt")
        found = hunt(fleet, pids, markers, figures)
        demand(not found, f"secrets lie open: {found}")
        search_memory(pids, {**passwords, **keys}, figures)
        may_not_be_read(pids, figures)
        find_plants(fleet, pids, markers, figures)
        die_without_core(fleet, pids, figures)


if __name__ == "__main__":
    run("secrets", __doc__, in_trials(attack), 1)
