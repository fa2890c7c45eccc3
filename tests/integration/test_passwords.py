#!/usr/bin/python3
"""Files of passwords as editors and shells leave them, against real processes: with CRLF at its end
a password is the one that was meant, so that a rightly signed notice is accepted; what cannot be
told from a slip of the hand ends payment and the stand-in at their start, with the file's name and
what was found.

usage: test_passwords.py DIRECTORY_OF_PROGRAMS
"""
import json
import secrets
import subprocess
import sys
import types
import urllib.request

from attack_callbacks import RUBLES, REFUSED, Shop, credited
from attack_rig import Fleet, Found, demand, wire

CONFIG, SIM_CONFIG, TALK_S = 78, 78, 20
SPOILT = {
    "byte-order mark": lambda word: b"\xef\xbb\xbf" + word + b"\r\n",
    "UTF-16": lambda word: b"\xff\xfe" + word.decode().encode("utf-16-le"),
    "zero byte": lambda word: word + b"\0",
    "more than one line": lambda word: word + b"\r\n\r\n",
    "more than one": lambda word: word + b"\nsecond\n",
    "ends with a blank": lambda word: word + b" \r\n",
    "begins with a blank": lambda word: b"\t" + word + b"\n",
    "not ASCII": lambda word: word + "é".encode() + b"\n",
    "is empty": lambda word: b"\r\n",
}


def accepts_what_was_meant(fleet, shop):
    """Robokassa knows the password without the line's end."""
    invoice, token, _ = shop.topup()
    unsigned = shop.notice(invoice, token, sign=False)
    wrong = shop.signature(unsigned, shop.password2 + "\r")
    demand(shop.send([*unsigned, ("SignatureValue", wrong)]) == REFUSED, "the end is no part of it")
    demand(credited(fleet, invoice) == 0, "and nothing is credited")
    answer = shop.send(shop.notice(invoice, token))
    demand(answer == (200, f"OK{invoice}".encode()), f"a right notice is answered {answer}")
    demand(credited(fleet, invoice) == 1, "and is credited")


def stand_in_agrees(fleet):
    """The stand-in reads the same files: what it signs is right."""
    account = b"\x11" * 16
    door = fleet.door("payment")
    answer = door.ask("topup", wire.uuid7(), account=account, amount_rub=RUBLES).fields
    with urllib.request.urlopen(answer["link"], timeout=TALK_S) as page:
        page.read()
    body = json.dumps({"invoice": answer["invoice"], "action": "pay"}).encode()
    with urllib.request.urlopen(urllib.request.Request(fleet.urls["sim"] + "/sim/pay", body),
                                timeout=TALK_S) as paid:
        paid.read()
    fleet.wait_cash(account, RUBLES * 100)


def refuses(words, status, path, found, password):
    done = subprocess.run(words, capture_output=True, text=True, timeout=TALK_S, check=False)
    said = done.stdout + done.stderr
    demand(done.returncode == status, f"{path}: exit {done.returncode}, not {status}: {said}")
    demand(str(path) in said and found in said, f"it names {path} and `{found}`: {said}")
    demand(password not in said, "it does not say what it read")


def refuses_what_is_spoilt(fleet, password):
    etc, folder = fleet.directory / "etc", fleet.directory / "secret"
    for number, (found, spoil) in enumerate(SPOILT.items()):
        path = folder / f"spoilt{number}"
        path.touch(mode=0o600)
        path.write_bytes(spoil(password.encode()))
        for which in ("password1", "password2"):
            for name, program, options, status in (
                    ("payment", "kopeck-payment", [], CONFIG),
                    ("sim", "robokassa-sim", ["--config"], SIM_CONFIG)):
                right = (etc / f"{name}.cfg").read_text()
                spoilt = etc / "spoilt.cfg"
                spoilt.write_text(right.replace(f"{folder}/{which}", str(path)))
                demand(spoilt.read_text() != right, f"{name}.cfg names {which}")
                refuses([fleet.bin / program, *options, spoilt], status, path, found, password)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    options = types.SimpleNamespace(bin=sys.argv[1])
    passwords = {"password1": secrets.token_hex(16), "password2": secrets.token_hex(16)}
    written = {name: word + "\r\n" for name, word in passwords.items()}
    with Fleet(options.bin, passwords=written) as fleet:
        shop = Shop(fleet, *passwords.values())
        try:
            accepts_what_was_meant(fleet, shop)
            stand_in_agrees(fleet)
            refuses_what_is_spoilt(fleet, passwords["password1"])
        except Found as found:
            print(f"FAILED: {found}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
