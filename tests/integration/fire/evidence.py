"""What the processes hold, for the checker: the four journals, the items of a platform's outbox and
Robokassa's own record. Read from running processes through their replay doors, or from a directory
that such a reading was saved to.

A directory has NAME.records for each journal, and platform.records for an outbox: records as the
replay door gives them, each preceded by its size (PROTOCOL.md §12); and operations.json, the list
that the stand-in answers to /sim/operations.
"""
import json
import re
import struct
import urllib.request
from collections import namedtuple
from pathlib import Path

import kit  # noqa: F401  first: it finds tests/python
import zmq

import kopeck_wire as wire
from kopeck_audit import leaf_hash
from kopeck_client import Door, certificate_read
from services_table import STREAMS

OUTBOX = "platform"
HTTP_S, ANSWER_S = 10, 30.0

# `journals`: name -> [Event] from sequence 1; `operations`: what the stand-in says of each payment,
# None if there is no stand-in.
Evidence = namedtuple("Evidence", "journals operations")


def places_read(directory):
    """{process: {door: endpoint}}, and the stand-in's URL, of a run of kopeck-fleet."""
    places, process = {}, None
    for line in (Path(directory) / "etc/kopeck.cfg").read_text().splitlines():
        if found := re.match(r"(\w+)$", line):
            process = found.group(1)
        elif found := re.match(r'\s+(\w+) = "(.*)"$', line):
            places.setdefault(process, {})[found.group(1)] = found.group(2)
    return places


def door_open(context, directory, process, door, name, endpoint=None):
    keys = Path(directory) / "keys"
    return Door(context, endpoint or places_read(directory)[process][door],
                certificate_read(keys / "secret" / f"{name}.cert_secret"),
                certificate_read(keys / "public" / f"{process}.cert").public)


def http_get(url):
    with urllib.request.urlopen(url, timeout=HTTP_S) as answer:
        return json.load(answer)


def _records(door):
    """Every record there is, each preceded by its size."""
    parts, last, leaf, epoch = [], 0, wire.ZERO_HASH, 0
    while True:
        answer = door.ask("replay", deadline_s=ANSWER_S, **{
            "epoch": epoch, "from": last + 1, "leaf": leaf, "bytes_max": 983_040}).fields
        if not answer["records"]:
            return b"".join(parts)
        parts.append(answer["records"])
        last, raw = wire.records_read(answer["records"])[-1]
        epoch, leaf = answer["epoch"], leaf_hash(raw)


def _events(records):
    """The events, from 1 on without a gap."""
    events = wire.records_read(records)
    for at, (sequence, _) in enumerate(events, 1):
        if sequence != at:
            raise wire.Malformed(f"event {sequence}, expected {at}")
    return [wire.event_read(raw) for _, raw in events]


def read_outbox(context, directory, endpoint):
    """The records of a platform's outbox, from its replay door."""
    door = door_open(context, directory, OUTBOX, "replay", "metering", endpoint)
    try:
        return _records(door)
    finally:
        door.close()


def read_fleet(context, directory, records=b""):
    """From running processes. `records` are those of a platform's outbox, read before."""
    places, found = places_read(directory), {OUTBOX: records} if records else {}
    for name in STREAMS:
        door = door_open(context, directory, name, "replay", "auditor")
        try:
            found[name] = _records(door)
        finally:
            door.close()
    operations = http_get(places["robokassa_sim"]["url"] + "/sim/operations")["operations"]
    return Evidence({name: _events(records) for name, records in found.items()}, operations)


def count(records):
    """How many events there are in records."""
    return len(wire.records_read(records))


def read_saved(directory):
    """What `save` wrote."""
    journals = {}
    for name in (*STREAMS, OUTBOX):
        path = Path(directory) / f"{name}.records"
        if path.exists():
            journals[name] = _events(path.read_bytes())
    path = Path(directory) / "operations.json"
    return Evidence(journals, json.loads(path.read_text()) if path.exists() else None)


def save(evidence, directory):
    """Records of one event each: how events were cut into records says nothing."""
    for name, events in evidence.journals.items():
        records = [wire.record_write(at, [event.raw]) for at, event in enumerate(events, 1)]
        (Path(directory) / f"{name}.records").write_bytes(
            b"".join(struct.pack("<I", len(record)) + record for record in records))
    if evidence.operations is not None:
        (Path(directory) / "operations.json").write_text(json.dumps(evidence.operations))
