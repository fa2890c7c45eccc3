#!/usr/bin/python3
"""Each reason why a process cannot do its whole job, made to come true in real processes and to end
again: `kopeck status` and `kopeck ping` exit 75 and say it, the log has a line when it begins and
one when it is over, and then both exit 0. The rows of docs/operations.md, "What the light says",
name these functions.

usage: test_lights.py BIN_DIRECTORY REASON
"""
import os
import re
import resource
import shutil
import signal
import sys
import time
import uuid

from light_rig import (DARK, GREEN, RED, Light, alarms_of, demand, empty, expect, fill)
from process_rig import (Place, SKIPPED, USAGE, Violation, clean_up_when_told, own_mounts, wait_until,
                         wire)
from test_sealed_start import PRODUCER, items_of

JOURNALS = ("metering", "ledger", "payment", "autopay", "documents", "notify")
ACCOUNT = str(uuid.UUID("11111111-2222-4333-8444-555555555555"))


def starting(light):
    """The disk is full before the first event, so the start cannot be finished."""
    directory = light.place.path("var", "ledger")
    light.mount_small(directory, 128)
    fill(directory, 108)
    ledger = light.processes["ledger"]
    ledger.start()
    light.red("ledger", "STARTING")
    light.red("ledger", "FULL")
    demand(not ledger.is_ready(), "it is not ready")
    empty(directory)
    light.over("ledger", "FULL", green=False)
    light.over("ledger", "STARTING", green=False)
    demand(ledger.wait_ready(), "and it is ready by itself")


def full(light):
    directory = light.place.path("var", "ledger")
    light.mount_small(directory, 128)
    light.start()
    light.green(*JOURNALS)
    fill(directory, 108)
    light.red("ledger", "FULL")
    expect("status of all", RED, light.kopeck("status").returncode)
    refused = light.kopeck("post-one", "bank", ACCOUNT, "1", "correction", "--open")
    expect("a posting is refused", RED, refused.returncode)
    empty(directory)
    light.over("ledger", "FULL")
    light.green(*JOURNALS)
    expect("status of all", GREEN, light.kopeck("status").returncode)


def clock(light):
    leap = light.place.path("run", "leap")
    leap.write_bytes(bytes(8))
    light.start(wrapper=("env", f"LD_PRELOAD={light.place.bin / 'libclock_leap.so'}",
                         f"KOPECK_CLOCK_LEAP={leap}"))
    light.green(*JOURNALS)
    leap.write_bytes((7200 * 1000000).to_bytes(8, "little"))
    for name in JOURNALS:
        light.red(name, "CLOCK")
    for name in JOURNALS:
        expect(f"confirmed at {name}", GREEN, light.kopeck("clock", "confirm", name).returncode)
    for name in JOURNALS:
        light.over(name, "CLOCK")


def history(light):
    """Payment's journal is another one, under a name of its own."""
    light.start()
    light.green(*JOURNALS)
    payment = light.processes["payment"]
    payment.stop_whole()
    shutil.rmtree(light.place.path("var", "payment"))
    light.configure("payment", "journal", f"epoch = {int(time.time()) + 60}")
    payment.start_whole()
    for name in ("ledger", "autopay", "notify"):
        light.red(name, "HISTORY", "payment: ")
    for name in ("ledger", "autopay", "notify"):
        light.kopeck("reseed", name, "payment", "--sequence", "0", "--yes")
        light.over(name, "HISTORY")


def frozen_peer(light):
    """Neither behind nor silent for a moment is an alarm; for 10 and 30 seconds it is."""
    light.start()
    light.green(*JOURNALS)
    light.processes["ledger"].child.send_signal(signal.SIGSTOP)
    light.red("autopay", "BEHIND", "ledger")
    expect("the frozen one does not answer", DARK, light.kopeck("status", "ledger").returncode)
    expect("nor a ping", DARK, light.ping("ledger").returncode)
    expect("which outweighs who is red", DARK, light.kopeck("status").returncode)
    row = light.kopeck("status").stdout
    demand(" dark " in row and " red " in row, f"both are shown: {row}")
    light.red("autopay", "SILENT", "ledger, whose key should be in ")
    light.processes["ledger"].child.send_signal(signal.SIGCONT)
    light.over("autopay", "SILENT", green=False)
    light.over("autopay", "BEHIND")
    light.green(*JOURNALS)


def alone(light):
    """Who never was up to date with a stream cannot judge by it, from the first moment on."""
    light.start("autopay")
    light.red("autopay", "BEHIND", "ledger", seconds=5)
    light.start("sim", "metering", "ledger", "payment", "documents", "web")
    light.over("autopay", "BEHIND")


def descriptors(light):
    light.start()
    light.green("ledger")
    process = light.processes["ledger"]
    door, pid = process.door(), process.child.pid
    expect("alarms", [], alarms_of(door.ask("status")))
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    free = next(number for number in range(len(used) + 1) if number not in used)
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, before[1]))
    # Who is connected is answered; nobody else comes in to ask.
    light.logged("ledger", "DESCRIPTORS", begins=True)
    demand("DESCRIPTORS" in dict(alarms_of(door.ask("status"))), "who is connected hears of it")
    expect("a new connection waits", DARK, light.ping("ledger").returncode)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    light.over("ledger", "DESCRIPTORS")
    door.close()


def certificates(light):
    light.start()
    light.green(*JOURNALS)
    odd = light.place.path("keys/public", "odd.cert")
    odd.write_text("no certificate\n")
    for name in JOURNALS:
        light.red(name, "CERTIFICATES", "odd.cert: is no certificate")
    odd.unlink()
    for name in JOURNALS:
        light.over(name, "CERTIFICATES")
    # The directory itself is gone: nobody comes to ask, and it is seen all the same.
    away = odd.parent.with_name("away")
    odd.parent.rename(away)
    demand(wait_until(lambda: light.said("ledger").count("alarm=CERTIFICATES") == 3, 10),
           f"a directory that is gone is seen: {light.said('ledger')}")
    away.rename(odd.parent)
    for name in JOURNALS:
        light.over(name, "CERTIFICATES")


def door(light):
    """Somebody took the file of a door away: who is connected hears it, and who comes does not come."""
    light.start()
    light.green("ledger")
    file = light.place.path("run", "ledger.publish")
    away = file.with_name("away")
    file.rename(away)
    light.red("ledger", "DOOR", "ledger.publish")
    away.rename(file)
    light.over("ledger", "DOOR")


def sealing(light):
    light.configure("ledger", "journal", "segment_events = 1024")
    light.start()
    light.green("ledger")
    segments = light.place.path("var", "ledger") / "segments"
    segments.write_text("in the way")
    feed = light.processes["ledger"].feed(PRODUCER, "importer")
    refused = feed.push(items_of(wire.uid_random(), 1, 2300), 0)
    feed.close()
    expect("postings refused", {}, refused)
    light.red("ledger", "SEALING")
    segments.unlink()
    light.over("ledger", "SEALING")


class Unread:
    """A pipe for a process's log, of which nobody reads until the test does."""

    def __init__(self, path):
        os.mkfifo(path)
        self.reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        self.wrapper = ("sh", "-c", 'exec "$@" 2>"$0"', str(path))
        self.text = ""

    def fill(self):
        try:
            while True:
                os.write(self.writer, b"nobody reads this\n")
        except BlockingIOError:
            pass

    def read(self):
        try:
            while data := os.read(self.reader, 65536):
                self.text += data.decode()
        except BlockingIOError:
            pass
        return self.text


def log(light):
    """Nobody reads the log: nothing waits for that, and what was lost is counted and told."""
    pipe = Unread(light.place.path("run", "log"))
    light.start("sim", "metering", "payment", "documents")
    light.start("ledger", wrapper=pipe.wrapper)
    light.start("autopay", "web")
    light.green("ledger")
    pipe.fill()
    odd = light.place.path("keys/public", "odd.cert")
    odd.write_text("no certificate\n")  # which is two lines of the log
    light.red("ledger", "LOG", logged=False)
    for _ in range(3):
        stranger = light.kopeck("status", "ledger", config=unknown(light))
        demand(stranger.returncode != GREEN, "nobody knows its key")
    posted = light.kopeck("post-one", "bank", ACCOUNT, "1", "correction", "--open")
    expect("and a posting is taken", GREEN, posted.returncode)
    odd.unlink()
    light.logs["ledger"] = pipe.read
    pipe.read()
    light.over("ledger", "LOG")
    lost = re.search(r'warn "lines of the log were lost, for it could not be written" count=(\d+)$',
                     pipe.read(), re.M)
    demand(lost and int(lost[1]) >= 3, f"it says how many: {pipe.read()[-1000:]}")


def unknown(light):
    """A configuration of the command line with a key that nobody knows."""
    directory = light.place.path("run", "unknown")
    if not directory.exists():
        for part in ("", "public"):
            (directory / part).mkdir(mode=0o700)
        made = light.kopeck("keys", "make", "nobody:operator", "--public", directory / "public",
                            "--secret", directory)
        demand(made.returncode == GREEN, made.stderr)
        text = light.place.path("etc", "kopeck.cfg").read_text()
        text = re.sub(r"secret = .*", f'secret = "{directory}/nobody.cert_secret"', text)
        (directory / "kopeck.cfg").write_text(f"{text}\ntimeout_ms = 500\n")
    return directory / "kopeck.cfg"


def hangup(light):
    """SIGHUP reads anew, and ends nobody; a level that cannot be read is said and changes nothing."""
    light.start()
    light.green(*JOURNALS)
    for name in (*JOURNALS, "web"):
        process, file = light.processes[name], light.config(name)
        text = file.read_text()
        file.write_text(text.replace("process\n", "process\n    log = error\n", 1)
                        if "log =" not in text else re.sub("log = .*", "log = error", text))
        process.child.send_signal(signal.SIGHUP)
        demand(not wait_until(lambda: "SIGHUP" in process.said(), 0.5), "an error level says nothing")
        file.write_text(file.read_text().replace("log = error", "log = loud"))
        file.write_text(file.read_text().replace("log = loud", "log = info"))
        process.child.send_signal(signal.SIGHUP)
        demand(wait_until(lambda: 'log_level="as configured"' in process.said(), 10),
               f"{name} reads anew: {process.said()}")
        file.write_text(file.read_text().replace("log = info", "log = loud"))
        process.child.send_signal(signal.SIGHUP)
        demand(wait_until(lambda: "process/log = loud" in process.said(), 10),
               f"{name} says what is wrong: {process.said()}")
        demand(process.alive(), f"{name} lives")
    light.green(*JOURNALS)


REASONS = {"starting": starting, "full": full, "clock": clock, "history": history,
           "frozen_peer": frozen_peer, "alone": alone, "descriptors": descriptors,
           "certificates": certificates, "sealing": sealing, "log": log, "hangup": hangup, "door": door}
MOUNTS = (starting, full)
# libzmq ends the process when a UNIX socket cannot accept for want of a descriptor.
OPTIONS = {descriptors: ("--tcp",)}


def main(bin_directory, reason):
    run = REASONS[reason]
    if run in MOUNTS and not own_mounts():
        print("skipped: no mount namespace of its own: not root?")
        return SKIPPED
    clean_up_when_told()
    place = Place(bin_directory, fleet_options=OPTIONS.get(run, ()))
    light = Light(place)
    try:
        run(light)
    finally:
        light.close()
        place.close()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in REASONS:
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    try:
        sys.exit(main(*sys.argv[1:]))
    except Violation as violation:
        print(f"FAILED: {violation}")
        sys.exit(1)
