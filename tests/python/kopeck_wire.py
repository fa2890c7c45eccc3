"""The bytes of KOPECK/1, written from proto/PROTOCOL.md and the tables in docs/ alone: requests,
answers, batches of feeds, events, records and publications, encoded and decoded.

The tables of docs/ are read as they stand, so a client needs no list of its own. Section numbers in
comments are those of PROTOCOL.md. Nothing here knows a socket, a clock or the C side.
"""
import hashlib
import os
import re
import struct
import time
import uuid
from collections import namedtuple
from pathlib import Path

import msgpack

ROOT = Path(__file__).resolve().parents[2]
VERSION = 1
COMMAND_MAX = 65_536
BULK_MAX = 1_048_576
EVENT_MAX = 32_768
RECORD_MAX = 262_144
ZERO_UID = bytes(16)
ZERO_HASH = bytes(32)

ZERO = {"u64": 0, "id64": 0, "code": 0, "i64": 0, "money": 0, "time": 0, "flag": False,
        "uid": ZERO_UID, "hash": ZERO_HASH, "text": "", "bytes": b"", "secret": ""}

Field = namedtuple("Field", "name type")
Message = namedtuple("Message", "number name fields answer kind must")
Answer = namedtuple("Answer", "sequence fields detail")
Event = namedtuple("Event", "type time cause fields raw")
Publication = namedtuple("Publication", "stream epoch term first last record through")
FeedAnswer = namedtuple("FeedAnswer", "number fail sequence detail acknowledged results")


class Malformed(Exception):
    """Bytes that break a rule of the protocol."""


class Failure(Exception):
    """An answer whose fail is not 0."""

    def __init__(self, number, detail, sequence=0):
        self.number, self.detail, self.sequence = number, detail, sequence
        self.name = FAILURES.get(number, (f"FAIL_{number}", False))[0]
        super().__init__(f"{self.name}: {detail}")


# --- the tables of docs/ -------------------------------------------------------------------------

def _sections(file):
    """(number, name, kind, text) of each section `## 10 `balance` (QUERY)`."""
    parts = re.split(r"^## (\d+) `([\w.]+)`(?: \((\w+)\))?$", (ROOT / "docs" / file).read_text(),
                     flags=re.MULTILINE)
    return parts[0], zip(map(int, parts[1::4]), parts[2::4], parts[3::4], parts[4::4])


def _fields(text):
    return [Field(*row) for row in re.findall(r"^\| \d+ \| (\w+) \| (\w+) \|", text, re.MULTILINE)]


def _events():
    head, sections = _sections("events.md")
    must = dict(re.findall(r"^\| (\d+) \| `[\w.]+` \| (MUST|MAY) \|", head, re.MULTILINE))
    return [Message(number, name, _fields(text), None, None, must[str(number)] == "MUST")
            for number, name, _, text in sections]


def _requests():
    messages = []
    for number, name, kind, text in _sections("requests.md")[1]:
        request, answer = text.split("\nAnswer:\n")
        messages.append(Message(number, name, _fields(request), _fields(answer), kind, None))
    return messages


def _processes():
    """{process: the number of its stream, "" if it has none}."""
    return dict(re.findall(r"^\| (\w+) \| (\d*) \|", (ROOT / "docs/services.md").read_text(),
                           re.MULTILINE))


def _roles():
    """{request: the roles that may send it}, the sets written out (§2)."""
    ours = {name for name, stream in _processes().items() if stream}
    services = ours | {"auditor", "operator", "importer"}
    single = services | {"service", "backend", "api"}
    sets = {"services": services, "single": single, "readers": single | {"customer"},
            "payers": {"customer", "backend", "api", "operator"}, "posters": {"operator", "importer"},
            "any": single | {"platform", *_processes()}}
    rows = re.findall(r"^\| \d+ \| `([\w.]+)` \| [A-Z]+ \| ([\w, ]+) \|",
                      _sections("requests.md")[0], re.MULTILINE)
    return {name: set().union(*(sets.get(word, {word}) for word in roles.split(", ")))
            for name, roles in rows}


def _failures():
    rows = re.findall(r"^\| (\d+) \| (\w+) \| (yes|no) \|", (ROOT / "docs/failures.md").read_text(),
                      re.MULTILINE)
    return {int(number): (name, retry == "yes") for number, name, retry in rows}


EVENTS = {m.number: m for m in _events()}
EVENTS_BY_NAME = {m.name: m for m in EVENTS.values()}
REQUESTS = {m.name: m for m in _requests()}
ROLES = _roles()
STREAMS = {name: int(stream) for name, stream in _processes().items() if stream}
FAILURES = _failures()
FAIL = {name[len("FAIL_"):]: number for number, (name, _) in FAILURES.items()}


# --- values (§4) ---------------------------------------------------------------------------------

def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def unpack_first(data):
    """The first value and how many bytes it has."""
    unpacker = msgpack.Unpacker(raw=False, unicode_errors="replace", max_buffer_size=0)
    unpacker.feed(data)
    try:
        value = unpacker.unpack()
    except Exception as error:
        raise Malformed(f"no MessagePack value: {error!r}") from error
    return value, unpacker.tell()


def unpack_all(data, count=None):
    """Values one after the other to the end."""
    values, at = [], 0
    while at < len(data):
        value, size = unpack_first(data[at:])
        values.append(value)
        at += size
    if count is not None and len(values) != count:
        raise Malformed(f"{count} values announced, {len(values)} found")
    return values


def unpack_only(data):
    value, size = unpack_first(data)
    if size != len(data):
        raise Malformed(f"{len(data) - size} bytes left over")
    return value


def _fits(kind, value):
    if kind in ("u64", "id64", "code", "i64", "money", "time"):
        low, high = (0, 2**64) if kind in ("u64", "id64", "code") else (-2**63, 2**63)
        return type(value) is int and low <= value < high
    if kind == "flag":
        return type(value) is bool
    if kind in ("text", "secret"):
        return type(value) is str and "\0" not in value
    size = {"uid": 16, "hash": 32}.get(kind)
    return type(value) is bytes and (size is None or len(value) == size)


def fields_read(fields, values):
    """By position: a missing one is zero, surplus ones are skipped (§4)."""
    read = {}
    for at, field in enumerate(fields):
        value = values[at] if at < len(values) else ZERO[field.type]
        if not _fits(field.type, value):
            raise Malformed(f"{field.name}: {value!r} is no {field.type}")
        read[field.name] = value
    return read


def fields_write(fields, values):
    unknown = set(values) - {field.name for field in fields}
    if unknown:
        raise Malformed(f"no such field: {unknown}")
    return [values.get(field.name, ZERO[field.type]) for field in fields]


def uid_text(uid):
    return str(uuid.UUID(bytes=uid))


def uid_from_text(text):
    return uuid.UUID(text).bytes


def uid_random():
    return uuid.uuid4().bytes


def uuid7(at_ms=None):
    """RFC 9562: 48 bits of milliseconds, version 7, variant 10, the rest random."""
    at_ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    rest = bytearray(os.urandom(10))
    rest[0] = 0x70 | rest[0] & 0x0F
    rest[2] = 0x80 | rest[2] & 0x3F
    return at_ms.to_bytes(6, "big") + bytes(rest)


# --- requests and answers (§6, §7) ---------------------------------------------------------------

def request_write(name, number, fields, command_id=None, access_token=None):
    """In a customer's name with his access token (§6.2)."""
    message = REQUESTS[name]
    identity = [command_id, access_token] if access_token else command_id
    return pack([VERSION, message.number, number, identity,
                 *fields_write(message.fields, fields)])


def command_content(frame):
    """The first 16 bytes of SHA-256(type, 8 bytes little-endian || fields as sent)."""
    elements, _ = unpack_first(frame)
    head = len(pack(elements[:4]))
    head += 2 if len(elements) > 15 else 0  # the array's own head has three bytes then, not one
    return hashlib.sha256(struct.pack("<Q", elements[1]) + frame[head:]).digest()[:16]


def answer_split(frame):
    """number, fail, sequence, detail, rest."""
    elements = unpack_only(frame)
    if not isinstance(elements, list) or not 5 <= len(elements) <= 37 or elements[0] != VERSION:
        raise Malformed(f"no answer: {frame[:40].hex()}")
    return elements[1], elements[2], elements[3], elements[4], elements[5:]


def answer_read(name, frame):
    _, fail, sequence, detail, rest = answer_split(frame)
    if fail:
        raise Failure(fail, detail, sequence)
    return Answer(sequence, fields_read(REQUESTS[name].answer, rest), detail)


def alarms_read(answer):
    """[(code, about, since)] of a status answer (§18.1); none of a process that has no such field."""
    field = answer.fields.get("alarms")
    if not field:
        return []
    rows = unpack_only(field)
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) >= 3 for row in rows):
        raise Malformed("alarms")
    return [tuple(row[:3]) for row in rows]


# --- feeds (§8) ----------------------------------------------------------------------------------

def event_write(name, at, fields, cause=(0, 0)):
    message = EVENTS_BY_NAME[name]
    return pack([message.number, at, *cause, *fields_write(message.fields, fields)])


def batch_write(number, producer, epoch, first, items, through=0, atomic=False):
    head = [VERSION, 0, number, producer, epoch, first, len(items), through, atomic]
    return pack(head) + b"".join(items)


def feed_answer_read(frame):
    elements = unpack_only(frame)
    elements += [0, b""][len(elements) - 5:] if 5 <= len(elements) < 7 else []
    return FeedAnswer(*elements[1:7])


# --- events and records (§9, §10) ----------------------------------------------------------------

def event_read(raw):
    """An Event; None if it is of a MAY type first given out after version 1 (§9.3)."""
    elements = unpack_only(raw)
    if not isinstance(elements, list) or not 4 <= len(elements) <= 64 or len(raw) > EVENT_MAX:
        raise Malformed(f"no event: {raw[:40].hex()}")
    kind, at, first, second = elements[:4]
    message = EVENTS.get(kind)
    if message is None:
        if kind >= 1000:
            return None
        raise Malformed(f"MUST event {kind} is not known here")
    command = isinstance(first, bytes)
    if not all(_fits("uid" if command else "u64", part) for part in (first, second)):
        raise Malformed(f"no cause: {first!r} {second!r}")
    return Event(message.name, at, (first, second), fields_read(message.fields, elements[4:]), raw)


def event_json(sequence, event):
    """The object that `kopeck` prints (§9.4)."""
    def plain(kind, value):
        if kind == "uid":
            return uid_text(value)
        if kind == "id64":
            return str(value)
        return value.hex() if kind in ("hash", "bytes") else value

    line = {"sequence": sequence, "type": event.type, "at": event.time}
    if isinstance(event.cause[0], bytes):
        line["cause"] = dict(zip(("command", "content"), map(uid_text, event.cause)))
    elif event.cause != (0, 0):
        line["cause"] = dict(zip(("stream", "sequence"), event.cause))
    line["fields"] = {field.name: plain(field.type, event.fields[field.name])
                      for field in EVENTS_BY_NAME[event.type].fields}
    return line


def record_write(first, events):
    table, at = b"", 0
    for raw in events:
        table += struct.pack("<I", at)
        at += len(raw)
    return struct.pack("<QII", first, len(events), 1) + b"".join(events) + table


def record_read(record):
    """[(sequence, event bytes), ...]"""
    if not 16 < len(record) <= RECORD_MAX:
        raise Malformed(f"a record of {len(record)} bytes")
    first, count, version = struct.unpack_from("<QII", record)
    events_size = len(record) - 16 - 4 * count
    if first < 1 or version != 1 or count < 1 or events_size < count:
        raise Malformed(f"record: first {first}, count {count}, version {version}")
    begins = struct.unpack_from(f"<{count}I", record, 16 + events_size)
    ends = (*begins[1:], events_size)
    sizes = [end - begin for begin, end in zip(begins, ends)]
    if begins[0] != 0 or min(sizes) < 1 or max(sizes) > EVENT_MAX:
        raise Malformed("record: the table of events is wrong")
    return [(first + i, record[16 + begin:16 + end])
            for i, (begin, end) in enumerate(zip(begins, ends))]


def records_read(data):
    """The events of whole records, each preceded by its size (§12)."""
    events, at = [], 0
    while at < len(data):
        size, = struct.unpack_from("<I", data, at)
        if at + 4 + size > len(data):
            raise Malformed("a record is cut off")
        events += record_read(data[at + 4:at + 4 + size])
        at += 4 + size
    return events


def publication_read(frame):
    """A Publication; of a heartbeat `first` is 0 (§11)."""
    head, size = unpack_first(frame[1:])
    head += [0] * (7 - len(head))
    _, stream, epoch, term, fourth, fifth, sixth = head[:7]
    if head[0] != VERSION:
        raise Malformed(f"a publication of version {head[0]}")
    if frame[:1] == b"h":
        return Publication(stream, epoch, term, 0, fourth, b"", fifth)
    if frame[:1] != b"e":
        raise Malformed(f"topic {frame[:1]!r}")
    return Publication(stream, epoch, term, fourth, fourth + fifth - 1, frame[1 + size:], sixth)


def publication_write(stream, epoch, term, first, count, through=0, record=b""):
    return b"e" + pack([VERSION, stream, epoch, term, first, count, through]) + record


def heartbeat_write(stream, epoch, term, last, through=0):
    return b"h" + pack([VERSION, stream, epoch, term, last, through])
