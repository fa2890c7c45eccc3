#!/usr/bin/python3
"""What clocks of real machines do to real processes: a first start in 2099, a hardware clock in local
time at the end of a month, a machine that sleeps. The clocks are a preloaded library's.

usage: test_machine_clocks.py BIN_DIRECTORY first|local_time|sleep
"""
import datetime
import html
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from process_rig import PROCESSES, Place, Process, USAGE, Violation, clean_up_when_told, wait_until, wire

ACCOUNT = str(uuid.UUID("11111111-2222-4333-8444-555555555555"))
OURS = ("metering", "ledger", "payment", "autopay", "documents", "notify")
HOUR_S, DAY_S, YEAR_S = 3600, 86400, 365 * 86400
RED, DARK, TRY_AGAIN, REFUSED = 75, 69, 75, 65
MOSCOW = datetime.timezone(datetime.timedelta(hours=3))


def check(condition, what):
    if not condition:
        raise Violation(what)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Machine:
    """One machine: its processes, its clocks."""

    def __init__(self, bin_directory):
        self.place = Place(bin_directory)
        self.processes = {name: Process(self.place, name) for name in PROCESSES}
        self.numbers = [0, 0, 0]
        self.file = self.place.path("run", "leap")
        self.file.write_bytes(bytes(24))

    def close(self):
        for process in self.processes.values():
            process.kill()
        self.place.close()

    def set(self, ahead_s=None, slept_s=None, boot=None):
        for i, value in enumerate((ahead_s, slept_s, boot)):
            if value is not None:
                self.numbers[i] = value * (1 if i == 2 else 1000000)
        with self.file.open("r+b") as file:  # the same file: it is mapped
            for number in self.numbers:
                file.write(number.to_bytes(8, "little", signed=True))

    def start(self, *names):
        for name in names or PROCESSES:
            library = self.place.bin / "libclock_leap.so"
            self.processes[name].start(() if name == "sim" else (
                "env", f"LD_PRELOAD={library}", f"KOPECK_CLOCK_LEAP={self.file}"))

    def wait_ready(self, *names):
        for name in names or PROCESSES:
            if not self.processes[name].wait_ready():
                raise Violation(f"{name} does not start: {self.processes[name].said()}")

    def stop(self):
        for process in self.processes.values():
            process.stop_whole()

    def run(self, *words):
        done = subprocess.run([self.place.bin / "kopeck", "--config",
                               self.place.path("etc", "kopeck.cfg"), *map(str, words)],
                              text=True, capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stdout + done.stderr

    def kopeck(self, *words, status=0):
        found, _, said = self.run(*words)
        check(found == status, f"kopeck {words}: {found}, expected {status}: {said}")
        return said

    def json(self, *words):
        status, out, said = self.run("--json", *words)
        check(status == 0, f"kopeck {words}: {status}: {said}")
        return json.loads(out)

    def wait(self, what, condition, seconds=60):
        check(wait_until(condition, seconds, 0.2), f"{what}: not within {seconds} s; " +
              self.run("status")[2])

    def ping(self, name):
        return self.run("ping", self.place.path("etc", f"{name}.cfg"))

    def is_green(self):
        return self.run("status")[0] == 0 and all(self.ping(name)[0] == 0 for name in OURS)

    def is_red(self, name, why):
        """By status, by its reason, and by ping."""
        status, _, said = self.run("status", name)
        pinged, _, told = self.ping(name)
        return status == RED and pinged == RED and why in said and why in told

    def confirm(self, ahead=False):
        """By ids of our time, or of a machine's that may be so far ahead that ours are too old there."""
        for name in OURS:
            made = wire.uuid7(time.time_ns() // 1000000 + (self.numbers[0] // 1000 if ahead else 0))
            self.kopeck("clock", "confirm", name, "--id", uuid.UUID(bytes=made))



def first(machine):
    """B5: no journal begins in 2099, and none is told that it is 2099."""
    machine.set(ahead_s=73 * YEAR_S)
    machine.start("metering")
    metering = machine.processes["metering"]
    check(wait_until(lambda: not metering.alive(), 20), "it goes on by a clock of 2099")
    check(metering.status() == TRY_AGAIN, f"it ends with {metering.status()}")
    check("cannot start" in metering.said() and "set the clock first" in metering.said(),
          metering.said())
    machine.kopeck("status", "metering", status=DARK)
    check(machine.ping("metering")[0] == DARK, "and so does ping")
    machine.set(ahead_s=0)
    machine.start()
    machine.wait_ready()
    machine.wait("the light is green", machine.is_green)
    check(abs(now_of(machine, "metering") - time.time()) < 60, "and it is today")
    machine.set(ahead_s=73 * YEAR_S)
    machine.wait("the leap is told", lambda: machine.is_red("ledger", "clock"))
    check("alarm=CLOCK" in machine.processes["ledger"].said(), "by the log, too")
    status, _, said = machine.run("clock", "confirm", "ledger")
    check(status not in (0, DARK) and "set the clock first" in said, f"{status}: {said}")
    stamps_ahead(machine)


def stamps_ahead(machine):
    """A journal whose stamps were brought ahead by a confirmed clock says so, until its time comes."""
    machine.set(ahead_s=40 * DAY_S)
    machine.confirm()
    machine.wait("a confirmed clock is green", machine.is_green)
    machine.set(ahead_s=0)
    machine.wait("the leap back is told", lambda: machine.is_red("metering", "clock"))
    machine.confirm()
    machine.wait("the stamps are told", lambda: machine.is_red("metering", "stamps are ahead"))
    check("alarm=STAMPS" in machine.processes["metering"].said(), "by the log, too")
    machine.wait("autopay judges nothing", lambda: not current(machine, "autopay"))
    machine.set(ahead_s=40 * DAY_S)
    machine.confirm()
    machine.wait("it is over when its time has come", machine.is_green)
    check("over alarm=STAMPS" in machine.processes["metering"].said(), "by the log, too")


def rows(machine):
    out = machine.run("--json", "status")[1]
    return {row["process"]: row for row in json.loads(out)} if out else {}


def now_of(machine, name):
    now = rows(machine)[name]["now"]
    return now / 1e6 if isinstance(now, int) else datetime.datetime.fromisoformat(
        now.replace("Z", "+00:00")).timestamp()


def current(machine, name):
    return rows(machine)[name]["current"]


def pay(link):
    with urllib.request.urlopen(link) as answer:
        page = re.search(r'name="page" value="([^"]*)"', answer.read().decode()).group(1)
    form = urllib.parse.urlencode({"page": html.unescape(page), "action": "pay"}).encode()
    try:
        urllib.request.build_opener(NoRedirect).open(
            "/".join(link.split("/")[:3]) + "/Merchant/Pay", form)
    except urllib.error.HTTPError as error:
        check(error.code == 302, f"the stand-in's page answers {error.code}")


def cash(machine):
    return machine.json("balance", ACCOUNT)["cash"]


def requests(machine):
    return machine.run("events", "autopay")[1].count("autopay.payment_requested")


def until_ten_in_the_evening():
    """Seconds until 22:00 of Moscow on the last day of this month, or of the next one."""
    now = datetime.datetime.now(MOSCOW)
    for months in (1, 2):
        year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
        then = datetime.datetime(year, month + 1, 1, 22, tzinfo=MOSCOW) - datetime.timedelta(days=1)
        if then > now:
            return int((then - now).total_seconds())
    raise AssertionError


def local_time(machine):
    """B6: the month's one payment is used at 22:00, and the machine starts three hours ahead."""
    evening = until_ten_in_the_evening()
    machine.set(ahead_s=evening)
    machine.start()
    machine.wait_ready()
    machine.wait("the light is green", machine.is_green)
    machine.kopeck("post-one", "bank", ACCOUNT, 1, "correction", "--open")
    pay(machine.json("topup", ACCOUNT, 500, "--autopay", 1)["link"])
    machine.wait("the linking top-up", lambda: cash(machine) == 50100)
    machine.kopeck("post-one", ACCOUNT, "bank", 450, "correction")
    machine.wait("the month's payment", lambda: cash(machine) == 55100)
    check(requests(machine) == 1, "one decision")
    machine.kopeck("post-one", ACCOUNT, "bank", 500, "correction")
    machine.stop()
    machine.set(ahead_s=evening + 3 * HOUR_S, boot=1)
    machine.start()
    machine.wait_ready()
    machine.wait("the start is told", lambda: all(machine.is_red(name, "clock") for name in OURS))
    check(all("alarm=CLOCK" in machine.processes[name].said() for name in OURS), "by the logs, too")
    time.sleep(10)
    machine.set(ahead_s=evening)
    time.sleep(3)
    machine.wait("it stays so", lambda: all(machine.is_red(name, "clock") for name in OURS))
    check(requests(machine) == 1 and cash(machine) == 5100, "a second charge")
    machine.confirm(ahead=True)
    machine.wait("the confirmed clock is green", machine.is_green)
    check(all("over" in machine.processes[name].said() for name in OURS), "by the logs, too")
    moscow = datetime.datetime.fromtimestamp(now_of(machine, "autopay"), MOSCOW)
    check(moscow.hour in (21, 22), f"it is still the last evening of the month: {moscow}")
    time.sleep(3)
    check(requests(machine) == 1 and cash(machine) == 5100, "a second charge in one month")


def sleep(machine):
    """B7: its kernel knows of the sleep, and nobody has to confirm anything."""
    machine.start()
    machine.wait_ready()
    machine.wait("the light is green", machine.is_green)
    slept = 0
    for hours in (2, 30):
        slept += hours * HOUR_S
        machine.set(slept_s=slept)
        machine.wait("the sleep is told", lambda: all(machine.is_red(name, "slept") for name in OURS),
                     20)
        for name in OURS:
            said = machine.processes[name].said()
            check(f'alarm=SLEPT about="{hours * HOUR_S} s"' in said, said)
            check("alarm=CLOCK" not in said, said)
        machine.wait("green by itself", machine.is_green, 120)
        check(all("over alarm=SLEPT" in machine.processes[name].said() for name in OURS),
              "the log tells its end")


STORIES = {"first": first, "local_time": local_time, "sleep": sleep}


def main(bin_directory, name):
    clean_up_when_told()
    machine = Machine(bin_directory)
    try:
        STORIES[name](machine)
    finally:
        machine.close()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in STORIES:
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    sys.exit(main(*sys.argv[1:]))
