#!/usr/bin/python3
"""Processes whose journals lie in three PostgreSQL servers that Patroni keeps, under load while the
primary is killed: a standby is promoted by nobody's hand, and what was acknowledged is there once, the
rest at most once. Standbys that are behind are read by nobody. With one machine down the others go on;
with two, nothing is acknowledged before one of them is back.

usage: test_replicated.py BIN_DIRECTORY
"""
import random
import sys

from postgresql_rig import Cluster, move_in
from process_rig import USAGE, Place, Violation, clean_up_when_told
from syscall_loads import expect
from test_postgresql import Fleet, post, verify

ROUNDS_MAX = 4


def standbys_are_behind(fleet, cluster):
    """They have what was committed and do not show it yet, and stand first in the list of hosts:
    nobody reads there what he is to go on from."""
    ledger = fleet.processes["ledger"]
    standbys = [node for node in cluster.NODES if node != cluster.primary()]
    for node in standbys:
        cluster.sql(node, "SELECT pg_wal_replay_pause()")
    for _ in range(3):
        if not post(ledger):
            raise Violation("nothing is acknowledged with standbys that are behind")
        ledger.kill()
        ledger.start_whole()
    for node in standbys:
        cluster.sql(node, "SELECT pg_wal_replay_resume()")


def two_of_three_are_gone(fleet, cluster):
    """What the ledger acknowledges with one standby gone is on the primary and the other one, and it
    is there when these come back after the power of both was cut."""
    primary = cluster.primary()
    first, second = (node for node in cluster.NODES if node != primary)
    cluster.crash(first)
    cluster.wait_until_safe(1)
    fleet.whole(lambda: expect("with one of three gone", True, post(fleet.processes["ledger"])))
    cluster.crash(primary)
    expect("who leads of the one that is left", None, cluster.primary())
    expect("with two of three gone", False, post(fleet.processes["ledger"]))
    cluster.run(primary)
    cluster.start(standbys=2)


def main():
    if len(sys.argv) != 2:
        sys.exit(USAGE)
    clean_up_when_told()
    cluster = Cluster()
    place = fleet = None
    try:
        cluster.start()
        place = Place(sys.argv[1])
        move_in(place, cluster)
        fleet = Fleet(place, cluster)
        fleet.start()
        draw = random.Random(2)
        for _ in range(ROUNDS_MAX):  # until a kill came amid a commit
            fleet.round("kill", draw.uniform(0.01, 0.2))
            if fleet.answered and fleet.lost:
                break
        fleet.check_hurt()
        fleet.whole(fleet.finish)
        standbys_are_behind(fleet, cluster)
        two_of_three_are_gone(fleet, cluster)
        fleet.whole(lambda: verify(fleet))
    finally:
        if fleet:
            fleet.close()
        if place:
            place.close()
        cluster.close()


if __name__ == "__main__":
    main()
