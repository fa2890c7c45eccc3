"""What the processes hold, for the checker: the four journals, the items of a platform's outbox and
Robokassa's own record. Read from running processes through their replay doors, or from a directory
that such a reading was saved to.

A directory has NAME.records for each journal, and platform.records for an outbox: the records as
the replay door gives them, each preceded by its size (PROTOCOL.md §12); and operations.json, the
stand-in's answer to /sim/operations.
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

STREAMS = {"metering": 1, "ledger": 2, "payment": 3, "autopay": 4}
OUTBOX = "platform"
HTTP_S = 10

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
    """Every record, and the events in them."""
    records, events, leaf, epoch = b"", [], wire.ZERO_HASH, 0
    while True:
        answer = door.ask("replay", **{"epoch": epoch, "from": len(events) + 1, "leaf": leaf,
                                       "bytes_max": 983_040}, deadline_s=30.0).fields
        if not answer["records"]:
            return records, events
        for sequence, raw in wire.records_read(answer["records"]):
            if sequence != len(events) + 1:
                raise wire.Malformed(f"event {sequence} after {len(events)}")
            events.append(raw)
        records += answer["records"]
        epoch, leaf = answer["epoch"], leaf_hash(events[-1])


def read_fleet(directory, save=None, outbox=None):
    """From running processes. `outbox`: the endpoint of the platform's replay door."""
    context, places, raw = zmq.Context(), places_read(directory), {}
    try:
        sources = [(name, "auditor", None) for name in STREAMS]
        if outbox:
            sources.append((OUTBOX, "metering", outbox))
        for name, who, endpoint in sources:
            door = door_open(context, directory, name, "replay", who, endpoint)
            records, raw[name] = _records(door)
            door.close()
            if save:
                (Path(save) / f"{name}.records").write_bytes(records)
    finally:
        context.term()
    operations = http_get(places["robokassa_sim"]["url"] + "/sim/operations")
    if save:
        (Path(save) / "operations.json").write_text(json.dumps(operations))
    return _evidence(raw, operations)


def read_saved(directory):
    raw = {}
    for name in (*STREAMS, OUTBOX):
        path = Path(directory) / f"{name}.records"
        if path.exists():
            events = wire.records_read(path.read_bytes())
            if [sequence for sequence, _ in events] != list(range(1, len(events) + 1)):
                raise wire.Malformed(f"{path}: not every event from 1 on")
            raw[name] = [event for _, event in events]
    path = Path(directory) / "operations.json"
    return _evidence(raw, json.loads(path.read_text()) if path.exists() else None)


def save(evidence, directory):
    """For tests: what `read_saved` reads."""
    for name, events in evidence.journals.items():
        records = b"".join(struct.pack("<I", len(record)) + record for record in (
            wire.record_write(at, [event.raw]) for at, event in enumerate(events, 1)))
        (Path(directory) / f"{name}.records").write_bytes(records)
    if evidence.operations is not None:
        (Path(directory) / "operations.json").write_text(
            json.dumps({"operations": evidence.operations}))


def _evidence(raw, operations):
    journals = {name: [wire.event_read(event) for event in events] for name, events in raw.items()}
    return Evidence(journals, None if operations is None else operations["operations"])
