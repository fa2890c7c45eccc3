#!/usr/bin/python3
"""A ledger and one that stands by for it, over a PostgreSQL server: it says so, refuses the rest, follows
what is written, and leads within seconds when the other is killed, without a replay. What was
acknowledged is there. The one that was killed comes back and stands by in its turn. A writer that hangs
is put aside by `kopeck take`, and commits nothing when it goes on. The server is killed and started anew:
one of the two leads.

usage: test_standby.py BIN_DIRECTORY
"""
import re
import signal
import sys
import time

from postgresql_rig import Server, journal_of, move_in, second_ledger
from process_rig import (USAGE, Place, Process, Unanswered, Violation, clean_up_when_told, wait_until,
                         wire)
from syscall_loads import expect
from test_postgresql import FENCED, PATIENCE_S, post, run

SWITCH_S = 10
POSTINGS = 300


def status_of(process):
    door = process.door()
    try:
        fields = door.ask("status", deadline_s=5).fields
        behind = re.search(r"standby\.behind (\d+)", fields["counters"])
        return fields, int(behind[1]) if behind else None
    finally:
        door.close()


def wait_until_caught_up(standby, leader):
    last = status_of(leader)[0]["last"]
    if not wait_until(lambda: status_of(standby)[0]["last"] >= last, PATIENCE_S):
        raise Violation(f"the standby does not follow: {status_of(standby)}: {standby.said()}")


def begin_to_stand_by(process):
    process.start()
    if not wait_until(lambda: "standing by" in process.said() or not process.alive(), PATIENCE_S):
        raise Violation(f"it does not stand by: {process.status()}: {process.said()}")


def check_standby(standby, leader):
    wait_until_caught_up(standby, leader)
    answer, behind = status_of(standby)
    expect("what a standby says of itself", (False, True), (answer["ready"], behind is not None))
    expect("its term is the leader's", status_of(leader)[0]["term"], answer["term"])
    expect("the leader stands by for nobody", None, status_of(leader)[1])
    door = standby.door()
    try:
        door.ask("accounts", deadline_s=5, **{"from": 0})
        raise Violation("a standby answers what it may have wrong")
    except wire.Failure as failure:
        if "stands by for the writer" not in str(failure):
            raise Violation(str(failure)) from failure
    finally:
        door.close()


def expect_switch(standby, began):
    if not wait_until(standby.is_ready, SWITCH_S, 0.01):
        raise Violation(f"nobody leads after {SWITCH_S} s: {standby.status()}: {standby.said()}")
    took = time.monotonic() - began
    if "journal replayed" in standby.said().split("standing by")[1]:
        raise Violation(f"it replayed: {standby.said()}")
    expect("the new leader answers", True, post(standby))
    return took


def main():
    if len(sys.argv) != 2:
        sys.exit(USAGE)
    clean_up_when_told()
    server = Server()
    place, both = None, []
    try:
        server.start()
        place = Place(sys.argv[1])
        move_in(place, server)
        config = place.path("etc", "ledger.cfg")
        config.write_text(config.read_text().replace("journal\n", "journal\n    standby = 1\n", 1))
        both = [Process(place, "ledger"), second_ledger(place)]
        both[0].start_whole()
        for _ in range(POSTINGS):
            expect("it is posted", True, post(both[0]))
        begin_to_stand_by(both[1])
        check_standby(both[1], both[0])
        for _ in range(POSTINGS):
            expect("it is posted", True, post(both[0]))
        acknowledged = status_of(both[0])[0]["last"]
        both[0].kill()
        took = expect_switch(both[1], time.monotonic())
        last = status_of(both[1])[0]["last"]
        if last < acknowledged + 2:
            raise Violation(f"{acknowledged} were acknowledged, {last} are there")

        begin_to_stand_by(both[0])
        check_standby(both[0], both[1])
        both[1].child.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        said = run(place, "take", "ledger")
        if "nobody leads it now" not in said:
            raise Violation(said)
        expect_switch(both[0], began)
        both[1].child.send_signal(signal.SIGCONT)
        expect("one that was put aside acknowledges", False, post(both[1]))
        expect("how it ends", FENCED, both[1].child.wait(PATIENCE_S))

        begin_to_stand_by(both[1])
        wait_until_caught_up(both[1], both[0])
        server.kill()
        server.start()
        if not wait_until(both[1].is_ready, PATIENCE_S):
            raise Violation(f"nobody leads after the server's end: {both[1].said()}")
        expect("it answers", True, post(both[1]))
        both[1].stop_whole()
        run(place, "verify", "--ledger", journal_of(place, "ledger"))
        print(f"standby: a killed writer is replaced after {took:.2f} s")
    finally:
        for process in both:
            process.kill()
        if place:
            place.close()
        server.close()


if __name__ == "__main__":
    main()
