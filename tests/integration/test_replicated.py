#!/usr/bin/python3
"""Processes whose journals lie in three PostgreSQL servers, under load while the primary is killed and
a standby is promoted: what was acknowledged is there once, the rest at most once. Standbys that are
behind are read by nobody. With one standby down the others go on; with the primary down as well
nobody is promoted before it is back.

usage: test_replicated.py BIN_DIRECTORY
"""
import random
import sys

from postgresql_rig import Cluster, move_in
from process_rig import USAGE, Place, Violation, clean_up_when_told
from test_postgresql import Fleet, post, verify


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
    """What the ledger acknowledges now is on the primary and one standby; of the primary's death on,
    the other standby could be the only one in sight."""
    standby = next(node for node in cluster.NODES if node != cluster.primary())
    cluster.kill(standby)
    if not post(fleet.processes["ledger"]):
        raise Violation("nothing is acknowledged with one of two standbys")
    cluster.kill()
    primary = cluster.dead
    said = cluster.order("failover", cluster.directory, refused=True)
    if "two standbys must be asked" not in said:
        raise Violation(said)
    cluster.run(standby)
    cluster.dead = primary
    cluster.start()


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
        fleet.round("kill", random.Random(2).uniform(0.01, 0.2))
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
