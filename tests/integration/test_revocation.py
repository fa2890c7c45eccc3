#!/usr/bin/python3
"""Certificates that are taken away, on a machine that lets the process wait for its turn: each look at
their directory takes a tenth of a second and no time of a processor. Whoever's certificate is gone is
denied within seconds all the same, on the connection that he has.

usage: test_revocation.py BIN_DIRECTORY [PROGRAM]
PROGRAM runs in the ledger's place.
"""
import sys
import time

from light_rig import GREEN, Light, demand, expect
from process_rig import USAGE, Place, Violation, clean_up_when_told, wait_until, wire

# A look is due each tenth of a second. One that held its wait to be its cost would rest for ten.
OPERATORS, DENIED_S = ("first", "second", "third"), 5


def is_denied(door):
    try:
        door.ask("status", deadline_s=30.0, retry=False)
    except wire.Failure as failure:
        expect("the failure", wire.FAIL["DENIED"], failure.number)
        return True
    return False


def certify(light):
    made = light.kopeck("keys", "make", *(f"{name}:operator" for name in OPERATORS),
                        "--public", light.place.path("keys/public", ""),
                        "--secret", light.place.path("keys/secret", ""))
    expect(f"keys: {made.stderr}", GREEN, made.returncode)


def revoke(light, name):
    ledger = light.processes["ledger"]
    door = ledger.door(certificate=name)
    demand(not is_denied(door), f"{name} is let in")
    light.place.path("keys/public", f"{name}.cert").unlink()
    gone = time.monotonic()
    demand(wait_until(lambda: is_denied(door), DENIED_S, 0.02),
           f"{name} is let in {DENIED_S} s after its certificate was taken away")
    print(f"{name} is denied after {time.monotonic() - gone:.1f} s")
    door.close()


def run(light):
    certify(light)
    library = light.place.bin / "libslow_looks.so"
    light.start("ledger", wrapper=("env", f"LD_PRELOAD={library}"))
    for name in OPERATORS:
        revoke(light, name)
    demand("libslow_looks" in open(f"/proc/{light.processes['ledger'].child.pid}/maps").read(),
           "the library is loaded")


def main(bin_directory, program=None):
    clean_up_when_told()
    place = Place(bin_directory)
    light = Light(place, {"ledger": program} if program else {})
    try:
        run(light)
    finally:
        light.close()
        place.close()
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    try:
        sys.exit(main(*sys.argv[1:]))
    except Violation as violation:
        print(f"FAILED: {violation}")
        sys.exit(1)
