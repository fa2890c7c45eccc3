"""A journal's files, read by PROTOCOL.md §10.1 alone: the live part through LMDB, which is read-only
here and may have a writer, and the sealed segments. Everything that can be recomputed is.

    kopeck_files.py DIRECTORY        the checkpoint that the files come to
"""
import ctypes
import hashlib
import struct
import sys
from collections import namedtuple
from pathlib import Path

import kopeck_wire as wire
from kopeck_audit import Wrong, leaf_hash, node_hash, tree_root

RDONLY, NOTLS = 0x20000, 0x200000
FIRST, NEXT = 0, 8
NOTFOUND = -30798
TABLES_MAX = 4
LAYOUT, HEAD_VERSION = 1, 3

Head = namedtuple("Head", "epoch term last time tree tail cursors boot wall since crept")
Journal = namedtuple("Journal", "events root head term segment_events sealed")


class Val(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_void_p)]

    def bytes(self):
        return ctypes.string_at(self.data, self.size)


def tables_read(directory):
    """({key: value} of `records`, of `state`), both of one instant."""
    lmdb = ctypes.CDLL("liblmdb.so.0")

    def call(name, *arguments, none=False):
        rc = getattr(lmdb, name)(*arguments)
        if rc and not (none and rc == NOTFOUND):
            raise Wrong(f"{directory}: {name} says {rc}")
        return rc == 0

    env, txn, found = ctypes.c_void_p(), ctypes.c_void_p(), []
    call("mdb_env_create", ctypes.byref(env))
    try:
        call("mdb_env_set_maxdbs", env, TABLES_MAX)
        call("mdb_env_open", env, str(directory).encode(), RDONLY | NOTLS, 0o600)
        call("mdb_txn_begin", env, None, RDONLY, ctypes.byref(txn))
        for table in (b"records", b"state"):
            number, cursor = ctypes.c_uint(), ctypes.c_void_p()
            key, value, rows, step = Val(), Val(), {}, FIRST
            call("mdb_dbi_open", txn, table, 0, ctypes.byref(number))
            call("mdb_cursor_open", txn, number, ctypes.byref(cursor))
            while call("mdb_cursor_get", cursor, ctypes.byref(key), ctypes.byref(value), step,
                       none=True):
                rows[key.bytes()] = value.bytes()
                step = NEXT
            lmdb.mdb_cursor_close(cursor)
            found.append(rows)
        lmdb.mdb_txn_abort(txn)
    finally:
        lmdb.mdb_env_close(env)
    return found


def saved_root(saved):
    """(leaves, root) of a saved tree."""
    leaves, = struct.unpack_from("<Q", saved)
    hashes = [saved[at:at + 32] for at in range(8, len(saved), 32)]
    if len(saved) % 32 != 8 or len(hashes) != bin(leaves).count("1"):
        raise Wrong(f"a saved tree of {leaves} leaves with {len(hashes)} hashes")
    if not hashes:
        return 0, tree_root([])
    root = hashes.pop()
    while hashes:
        root = node_hash(hashes.pop(), root)
    return leaves, root


def head_read(value):
    body, digest = value[:-32], value[-32:]
    if hashlib.sha256(body).digest() != digest:
        raise Wrong("the head's digest")
    version, *fields = wire.unpack_only(body)
    if version != HEAD_VERSION:
        raise Wrong(f"a head of version {version}")
    return Head(*fields)


def segment_read(path, number, segment_events):
    """The events of a segment, in order."""
    data = path.read_bytes()
    head, footer = data[:64], data[-160:]
    expected = struct.pack("<16sQQ32s", b"kopeck segment", number, segment_events, b"")
    if head != expected:
        raise Wrong(f"{path}: its head")
    magic, *numbers = struct.unpack_from("<16sQQQQ", footer)
    count, index_at = numbers[2:]
    if (magic, *numbers[:2]) != (b"segment footer\0\0", number, segment_events):
        raise Wrong(f"{path}: its footer")
    root, index_digest, digest = footer[64:96], footer[96:128], footer[128:]
    index = data[index_at:-160]
    if hashlib.sha256(footer[:128]).digest() != digest or len(index) != 16 * count or \
            hashlib.sha256(index).digest() != index_digest:
        raise Wrong(f"{path}: its index")
    rows = [*struct.iter_unpack("<QQ", index), (None, index_at)]
    events, sequence = [], number * segment_events + 1
    for (first, begin), (_, end) in zip(rows, rows[1:]):
        record = wire.record_read(data[begin:end])
        if first != sequence + len(events) or record[0][0] != first:
            raise Wrong(f"{path}: a gap before {first}")
        events += [raw for _, raw in record]
    if rows[0] != (sequence, 64) or len(events) != segment_events:
        raise Wrong(f"{path}: {len(events)} events")
    if tree_root([leaf_hash(raw) for raw in events]) != root:
        raise Wrong(f"{path}: its root")
    return events


def live_events(records, sealed):
    """The events after `sealed`; what lies before is on its way out."""
    events = []
    for key in sorted(records):
        record = wire.record_read(records[key])
        if len(key) != 8 or int.from_bytes(key, "big") != record[0][0]:
            raise Wrong(f"the record under {key.hex()}")
        if record[0][0] <= sealed:
            continue
        if record[0][0] != sealed + len(events) + 1:
            raise Wrong(f"a gap before {record[0][0]}")
        events += [raw for _, raw in record]
    return events


def journal_read(directory):
    directory = Path(directory)
    records, state = tables_read(directory)
    version, segment_events = struct.unpack("<QQ", state[b"layout"])
    if version != LAYOUT or bin(segment_events).count("1") != 1:
        raise Wrong(f"layout {version}, segments of {segment_events}")
    term, = struct.unpack("<Q", state[b"term"])
    sealed, = struct.unpack("<Q", state.get(b"sealed", bytes(8)))
    events = []
    for number in range(sealed // segment_events):
        events += segment_read(directory / f"segments/{number:012}.segment", number,
                               segment_events)
    if len(events) != sealed:
        raise Wrong(f"{sealed} events are sealed in segments of {segment_events}")
    events += live_events(records, sealed)
    head = head_read(state[b"head"])
    root = tree_root([leaf_hash(raw) for raw in events])
    if (head.last, *saved_root(head.tree)) != (len(events), len(events), root):
        raise Wrong("the head is not that of the events")
    if saved_root(head.tail)[0] > len(events) or head.term > term:
        raise Wrong("the head's tail or term")
    return Journal(events, root, head, term, segment_events, sealed)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = journal_read(sys.argv[1])
    print(f"epoch {found.head.epoch} last {found.head.last} root {found.root.hex()}"
          f" sealed {found.sealed} in segments of {found.segment_events}")
