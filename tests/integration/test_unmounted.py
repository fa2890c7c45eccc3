#!/usr/bin/python3
"""Journals that are not as they were, before real processes: a volume that is not mounted, one that
an operator took for a new one, all of them, what makes a journal on purpose; files that were cut,
copied by `cp`, or belong to somebody else.

usage: test_unmounted.py BIN_DIRECTORY [STORY]
"""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time

from process_rig import (PROCESSES, Place, Process, USAGE, Violation, clean_up_when_told,
                         replay_from_1, wait_until, wire)
from syscall_world import SIM_LINES, http_get

JOURNALS = ("metering", "ledger", "payment", "autopay", "documents", "notify")
CONFIG, DATA, CANTCREAT, STORE, TEMPFAIL, UNAVAILABLE = 78, 65, 73, 74, 75, 69
ROUBLES, WAIT_S, JUDGED_S, NOBODY = 50, 20, 3, 65534


def check(condition, what):
    if not condition:
        raise Violation(what)


class Platform:
    def __init__(self, bin_directory):
        self.place = Place(bin_directory, SIM_LINES)
        self.processes = {name: Process(self.place, name) for name in PROCESSES}
        self.account = wire.uid_random()
        for name in JOURNALS:
            self.configure(name, "    create = 1\n", "")

    def close(self):
        for process in self.processes.values():
            process.kill()
        self.place.close()

    def config(self, name):
        return self.place.path("etc", f"{name}.cfg")

    def journal(self, name):
        return self.place.path("var", name)

    def configure(self, name, old, new):
        text = self.config(name).read_text()
        self.config(name).write_text(text.replace(old, new, 1))

    def kopeck(self, *words, status=0):
        done = subprocess.run([self.place.bin / "kopeck", "--config", self.config("kopeck"),
                               *map(str, words)], capture_output=True, text=True, timeout=60)
        check(status is None or done.returncode == status,
              f"kopeck {words}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def init(self, *names):
        self.kopeck("init", *(self.config(name) for name in names))

    def start(self, *names):
        for name in names:
            self.processes[name].start()
        for name in names:
            check(self.processes[name].wait_ready(),
                  f"{name} does not start: {self.processes[name].said()}")

    def ask(self, name, request, *words, certificate="operator", **fields):
        door = self.processes[name].door("command", certificate)
        try:
            return door.ask(request, *words, **fields).fields
        finally:
            door.close()

    def events(self, name, kind):
        door = self.processes[name].door("replay", "auditor")
        try:
            events = [wire.event_read(raw) for raw in replay_from_1(door)[0]]
        finally:
            door.close()
        return [event for event in events if event.type == kind]

    def balance(self):
        try:
            return self.ask("ledger", "balance", account=self.account)["cash"]
        except wire.Failure:
            return 0

    def light(self):
        """{process: (light, state, why)} and the exit status."""
        done = subprocess.run([self.place.bin / "kopeck", "--config", self.config("kopeck"),
                               "--json", "status"], capture_output=True, text=True, timeout=60)
        return {row["process"]: (row["light"], row["state"], row["why"])
                for row in json.loads(done.stdout)}, done.returncode

    def all_green(self):
        lights, status = self.light()
        return status == 0 and all(light[0] == "green" for light in lights.values()) and all(
            self.ping(name) == 0 for name in JOURNALS)

    def ping(self, name):
        return subprocess.run([self.place.bin / "kopeck", "ping", self.config(name)],
                              capture_output=True, timeout=60, check=False).returncode

    def wait(self, what, condition, seconds=WAIT_S):
        check(wait_until(condition, seconds, 0.1), f"{what}: not within {seconds} s: {self.light()}")

    def verify(self, *more):
        return subprocess.run([self.place.bin / "kopeck", "verify", "--offline",
                               *(word for name in JOURNALS
                                 for word in (f"--{name}", str(self.journal(name)))), *more],
                              capture_output=True, text=True, timeout=120)


def unmount(platform, name):
    """As a volume that is not there: an empty directory where it is to be mounted."""
    kept = platform.place.directory / f"{name}.kept"
    platform.journal(name).rename(kept)
    platform.journal(name).mkdir(mode=0o700)
    return kept


def mount(platform, name, kept):
    shutil.rmtree(platform.journal(name))
    kept.rename(platform.journal(name))


def starts_without_one(platform, name):
    process = platform.processes[name]
    platform.journal(name).mkdir(mode=0o700, exist_ok=True)
    process.ready_file.touch()  # of a life that was killed
    process.log.write_text("")
    with process.log.open("w") as log:
        process.child = subprocess.Popen([process.program, platform.config(name)], stderr=log,
                                         stdin=subprocess.DEVNULL)
    check(wait_until(lambda: not process.alive(), WAIT_S), f"{name} starts without a journal")
    check(process.status() == CONFIG, f"{name} ends with {process.status()}: {process.said()}")
    said = process.said()
    check(str(platform.journal(name)) in said and "volume" in said and "kopeck init" in said,
          f"the place and what to do are said: {said}")
    check(not list(platform.journal(name).iterdir()), "nothing is left where a volume belongs")
    check(not process.ready_file.exists(), "the ready file of the life before is gone")
    is_dark(platform, name)


def is_dark(platform, name):
    """By the exit statuses of status and ping; what ended it is the last that its log says."""
    platform.kopeck("status", name, status=UNAVAILABLE)
    check("no answer" in platform.kopeck("ping", platform.config(name), status=UNAVAILABLE), "ping")
    check(platform.light()[0][name][0] == "dark", "the light")
    check("cannot start" in platform.processes[name].said(), platform.processes[name].said())


def rich_and_linked(platform):
    """A customer with 5050 rubles, whose card is charged below 100."""
    link = platform.ask("payment", "topup", wire.uuid7(), account=platform.account,
                        amount_rub=ROUBLES, count_max=30, sum_max=0)["link"]
    platform.kopeck("post-one", "bank", wire.uid_text(platform.account), 5000, "correction",
                    "--open")
    platform.wait("the consent", lambda: http_get(link, WAIT_S) is not None)
    platform.wait("5050 rubles", lambda: platform.balance() == 505000)
    platform.wait("all green", platform.all_green)


def requested(platform):
    return len(platform.events("autopay", "autopay.payment_requested"))


def an_empty_place_starts_nobody(platform):
    for name in JOURNALS:
        starts_without_one(platform, name)
    shutil.rmtree(platform.journal("ledger"))  # nor one that is not even a directory
    process = platform.processes["ledger"]
    process.start()
    check(wait_until(lambda: not process.alive(), WAIT_S), "the ledger starts without a directory")
    check(process.status() == CONFIG, f"{process.status()}: {process.said()}")
    check(not platform.journal("ledger").exists(), "the directory was not made")


def init_makes_them(platform):
    platform.init(*JOURNALS)
    for name in JOURNALS:
        directory = platform.journal(name)
        check(stat.S_IMODE(directory.stat().st_mode) == 0o700, f"{directory}: its mode")
        for file in directory.iterdir():
            check(stat.S_IMODE(file.stat().st_mode) == 0o600, f"{file}: its mode")
    said = platform.kopeck("init", platform.config("ledger"), status=CANTCREAT)
    check("already" in said, f"a journal is not made twice: {said}")
    if os.geteuid() == 0:
        other = platform.place.directory / "other"
        os.chmod(platform.place.directory, 0o755)
        other.mkdir(mode=0o700)
        os.chown(other, NOBODY, NOBODY)
        config = platform.place.path("etc", "other.cfg")
        config.write_text(f"journal\n    directory = {other}\n")
        platform.kopeck("init", config)
        check(all(file.stat().st_uid == NOBODY and file.stat().st_gid == NOBODY
                  for file in other.iterdir()), "it is its directory's owner's")
        shutil.rmtree(other)
    # What is left of a journal is no place for a new one.
    rest = platform.place.directory / "rest"
    (rest / "segments").mkdir(parents=True, mode=0o700)
    config = platform.place.path("etc", "rest.cfg")
    config.write_text(f"journal\n    directory = {rest}\n")
    check("restore" in platform.kopeck("init", config, status=CANTCREAT), "a journal's rest")


def the_ledger_is_not_mounted(platform):
    platform.processes["ledger"].stop_whole()
    kept = unmount(platform, "ledger")
    starts_without_one(platform, "ledger")
    platform.wait("the others say so", lambda: platform.light()[0]["autopay"][0] == "red")
    lights, status = platform.light()
    check(status == UNAVAILABLE and lights["ledger"][0] == "dark", f"{lights}, {status}")
    mount(platform, "ledger", kept)
    platform.start("ledger")
    platform.wait("all green again", platform.all_green)
    check(platform.balance() == 505000, "nothing is lost")


def the_ledger_is_taken_for_a_new_one(platform, epoch=None):
    """With `epoch` the configuration still gives the name that a restore once needed."""
    before = requested(platform)
    platform.processes["ledger"].stop_whole()
    kept = unmount(platform, "ledger")
    if epoch:
        platform.configure("ledger", "\njournal\n", f"\njournal\n    epoch = {epoch}\n")
    platform.init("ledger")
    platform.start("ledger")
    platform.wait("payment's and metering's are taken in again", lambda: platform.balance() == 5000)
    for _ in range(2):  # a start of the followers does not make them forget it
        for name in ("autopay", "payment", "notify"):
            platform.wait(f"{name} stops", lambda name=name: platform.light()[0][name][:2]
                          == ("red", "needs reseed"))
            check(platform.light()[1] == TEMPFAIL, "status")
            said = platform.kopeck("ping", platform.config(name), status=TEMPFAIL)
            check("another history" in said, f"ping: {said}")
            check("alarm=HISTORY" in platform.processes[name].said() and
                  "ledger" in platform.processes[name].said(), "the log says so")
        time.sleep(JUDGED_S)
        check(requested(platform) == before, "nobody's card is charged by a ledger nobody accepted")
        for name in ("autopay", "payment", "notify"):
            platform.processes[name].kill()
        platform.start("autopay", "payment", "notify")
    for name in JOURNALS:
        platform.processes[name].stop_whole()
    verified = platform.verify()
    check(verified.returncode == 1,
          f"verify ends with {verified.returncode}: {verified.stdout[-3000:]}")
    check(re.search(r"autopay \d+: cursors", verified.stdout) and
          re.search(r"payment \d+: cursors", verified.stdout), verified.stdout[-3000:])
    if epoch:
        platform.configure("ledger", f"    epoch = {epoch}\n", "")
    mount(platform, "ledger", kept)
    platform.start(*JOURNALS)
    platform.wait("all green again", platform.all_green)
    check(platform.balance() == 505000, "nothing is lost")
    check(requested(platform) == before, "and nothing was charged")


def it_is_accepted_when_it_is_said(platform):
    """The true one is lost, and there is no backup: the operator says that the new one counts."""
    platform.processes["ledger"].stop_whole()
    shutil.rmtree(platform.journal("ledger"))
    platform.init("ledger")
    platform.start("ledger")
    for name in ("autopay", "payment", "notify"):
        platform.wait(f"{name} stops", lambda name=name: platform.light()[0][name][1]
                      == "needs reseed")
        platform.kopeck("reseed", name, "ledger", "--sequence", 0, "--yes")
    platform.wait("all green", platform.all_green)
    platform.wait("50 rubles are below the threshold", lambda: requested(platform) == 1)
    for name in JOURNALS:
        check(platform.processes[name].stop() == 0, name)
    platform.start(*JOURNALS)
    platform.wait("it stays accepted", platform.all_green)


def a_second_start_takes_nothing_from_the_first(platform):
    process = platform.processes["ledger"]
    second = subprocess.run([process.program, platform.config("ledger")], capture_output=True,
                            timeout=WAIT_S, check=False)
    check(second.returncode == UNAVAILABLE, f"a second ledger: {second.stderr}")
    check(process.alive() and process.ready_file.exists(), "the first one is still said to be ready")
    check(platform.all_green(), "and green")


def all_are_not_mounted(platform):
    for name in JOURNALS:
        platform.processes[name].stop_whole()
    kept = {name: unmount(platform, name) for name in JOURNALS}
    for name in JOURNALS:
        starts_without_one(platform, name)
    for name in JOURNALS:
        mount(platform, name, kept[name])
    platform.start(*JOURNALS)
    platform.wait("all green again", platform.all_green)


def ends_at_once(platform, name, status, *words):
    process = platform.processes[name]
    process.start()
    check(wait_until(lambda: not process.alive(), WAIT_S), f"{name} starts")
    said = process.said()
    check(process.status() == status, f"{name} ends with {process.status()}: {said}")
    check(all(word in said for word in words), f"what it is is said: {said}")
    is_dark(platform, name)


def a_journal_that_was_cut_ends_nobody_by_a_signal(platform):
    platform.processes["ledger"].stop_whole()
    data = platform.journal("ledger") / "data.mdb"
    whole = data.read_bytes()
    os.truncate(data, len(whole) // 8192 * 4096)  # its last page alone may be a free one
    ends_at_once(platform, "ledger", DATA, "truncated", "kopeck backup")
    for reads in (["verify", "--offline", "--ledger", platform.journal("ledger")],
                  ["backup", platform.place.directory / "none", "--ledger",
                   platform.journal("ledger")]):
        said = platform.kopeck(*reads, status=DATA)
        check("truncated" in said, f"{reads}: {said}")
    data.write_bytes(whole)
    platform.start("ledger")
    platform.wait("all green again", platform.all_green)


def a_copy_made_by_cp_says_what_to_do(platform):
    """As `cp` leaves it: a page of one commit between those of others."""
    copy = platform.place.directory / "copy"
    shutil.copytree(platform.journal("ledger"), copy)
    data = copy / "data.mdb"
    content = bytearray(data.read_bytes())
    for at in range(2 * 4096, len(content), 4096):
        content[at:at + 4096] = bytes(4096)
    data.write_bytes(content)
    said = platform.kopeck("verify", "--offline", "--ledger", copy, status=DATA)
    check("kopeck backup" in said and "cp" in said, f"what to do is said: {said}")
    platform.wait("who was copied is green", platform.all_green)
    # Put in the journal's place it starts nobody, and the log says what it is.
    platform.processes["ledger"].stop_whole()
    kept = unmount(platform, "ledger")
    shutil.rmtree(platform.journal("ledger"))
    copy.rename(platform.journal("ledger"))
    ends_at_once(platform, "ledger", DATA, "kopeck backup")
    mount(platform, "ledger", kept)
    platform.start("ledger")
    platform.wait("all green again", platform.all_green)


def what_belongs_to_another_is_named(platform):
    """A copy without lock.mdb is read and left as it was; one that only may be read is read too."""
    if os.geteuid() != 0:
        return
    copy = platform.place.directory / "copy"
    os.chmod(platform.place.directory, 0o755)
    platform.processes["metering"].stop_whole()
    shutil.copytree(platform.journal("metering"), copy)
    (copy / "lock.mdb").unlink()
    before = sorted(copy.iterdir())
    platform.kopeck("verify", "--offline", "--metering", copy)
    check(sorted(copy.iterdir()) == before, "who reads leaves nothing")
    for file in copy.iterdir():
        file.chmod(0o444)
    copy.chmod(0o555)
    done = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                           platform.place.bin / "kopeck", "verify", "--offline", "--metering",
                           copy], capture_output=True, text=True, timeout=60)
    check(done.returncode == 0, f"a copy that only may be read: {done.stdout}{done.stderr}")
    shutil.rmtree(copy)
    # A process that may not use a file of its journal names it, and whose it is.
    lock = platform.journal("metering") / "lock.mdb"
    lock.unlink()
    lock.mkdir()
    ends_at_once(platform, "metering", STORE, "lock.mdb")
    lock.rmdir()
    platform.start("metering")
    platform.wait("all green again", platform.all_green)


def the_new_one_has_the_name_of_the_old(platform):
    the_ledger_is_taken_for_a_new_one(platform, platform.ask("ledger", "status")["epoch"])


BEFORE = (an_empty_place_starts_nobody, init_makes_them)
STORIES = (a_second_start_takes_nothing_from_the_first, the_ledger_is_not_mounted,
           the_ledger_is_taken_for_a_new_one, the_new_one_has_the_name_of_the_old,
           a_journal_that_was_cut_ends_nobody_by_a_signal, a_copy_made_by_cp_says_what_to_do,
           what_belongs_to_another_is_named, all_are_not_mounted, it_is_accepted_when_it_is_said)


def main(bin_directory, only=None):
    """All of it, one after the other; or one story, on journals of its own."""
    platform = Platform(bin_directory)
    try:
        for story in BEFORE:
            if only in (None, story.__name__):
                story(platform)
        if only in [story.__name__ for story in BEFORE]:
            return
        if only:
            platform.init(*JOURNALS)
        platform.start(*PROCESSES)
        rich_and_linked(platform)
        for story in STORIES:
            if only in (None, story.__name__):
                story(platform)
    finally:
        platform.close()
    print("no journal is made unasked, and nobody judges by a history that he has not accepted")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or not {*sys.argv[2:]} <= {story.__name__ for story in BEFORE + STORIES}:
        print(__doc__, "stories:", *(story.__name__ for story in BEFORE + STORIES), file=sys.stderr)
        sys.exit(USAGE)
    clean_up_when_told()
    main(*sys.argv[1:])
