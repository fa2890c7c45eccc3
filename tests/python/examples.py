"""The examples of PROTOCOL.md §22 and the vectors of tests/vectors, decoded and encoded."""
import json
import re
import sys

try:
    import kopeck_audit as audit
    import kopeck_wire as wire
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

ACCOUNT = wire.uid_from_text("5f3c8a90-1d2e-4b6f-8a7b-0c9d8e7f6a5b")


class Differs(Exception):
    pass


def equal(what, expected, found):
    if isinstance(expected, bytes) and isinstance(found, bytes):
        expected, found = expected.hex(), found.hex()
    if expected != found:
        raise Differs(f"{what}\n  expected {expected}\n  found    {found}")


def examples_read():
    text = (wire.ROOT / "proto/PROTOCOL.md").read_text().split("## 22. Examples")[1]
    return {name: bytes.fromhex(data)
            for name, data in re.findall(r"^    ([a-z_.0-9]+) ([0-9a-f]+)$", text, re.MULTILINE)}


def vectors_read(name):
    lines = (wire.ROOT / "tests/vectors" / name).read_text().splitlines()
    return [line.split("\t") for line in lines]


def requests_check(x):
    equal("balance.request", x["balance.request"],
          wire.request_write("balance", 9, {"account": ACCOUNT}))
    answer = wire.answer_read("balance", x["balance.answer"])
    equal("balance.answer", (8, {"sequence": 8, "cash": -500, "bonus": 0, "number": 64, "head": 8,
                                 "postings": 1, "low": False, "exhausted": True, "credit": 0,
                                 "endings": b"", "closed": False, "limit": 0,
                                 "apart": 0}),
          (answer.sequence, answer.fields))
    try:
        wire.answer_read("balance", x["balance.refused"])
        raise Differs("balance.refused is no failure")
    except wire.Failure as failure:
        equal("balance.refused", (wire.FAIL["UNKNOWN_ACCOUNT"], "FAIL_UNKNOWN_ACCOUNT", 8),
              (failure.number, failure.name, failure.sequence))
    command_id = wire.unpack_only(x["command.request"])[3]
    equal("the command's id is a UUIDv7", (7, 2), (command_id[6] >> 4, command_id[8] >> 6))
    equal("command.request", x["command.request"],
          wire.request_write("autopay.hold", 10, {"account": ACCOUNT, "held": True}, command_id))
    equal("command.content", x["command.content"], wire.command_content(x["command.request"]))
    equal("command.answer", (9, {}), wire.answer_read("autopay.hold", x["command.answer"])[:2])


def records_check(x):
    events = [x["record.event_7"], x["record.event_8"]]
    leaves = [x["record.leaf_7"], x["record.leaf_8"]]
    decoded = [wire.event_read(raw) for raw in events]
    equal("record.event_7", ("account.opened", (1, 41), {"account": ACCOUNT, "number": 64}),
          (decoded[0].type, decoded[0].cause, decoded[0].fields))
    equal("record.event_8", ("posted", 500, -500),
          (decoded[1].type, decoded[1].fields["amount"], decoded[1].fields["cash"]))
    for event in decoded:
        equal(event.type, event.raw,
              wire.event_write(event.type, event.time, event.fields, event.cause))
    equal("record.leaf", leaves, [audit.leaf_hash(raw) for raw in events])
    equal("record.root_of_both", x["record.root_of_both"], audit.tree_root(leaves))
    equal("record", x["record"], wire.record_write(7, events))
    equal("record read", [(7, events[0]), (8, events[1])], wire.record_read(x["record"]))
    equal("publication", x["publication"],
          wire.publication_write(2, 1, 3, 7, 2, record=x["record"]))
    equal("publication.header_only", x["publication.header_only"],
          wire.publication_write(2, 1, 3, 7, 2))
    equal("heartbeat", x["heartbeat"], wire.heartbeat_write(2, 1, 3, 8))
    equal("publication read", wire.Publication(2, 1, 3, 7, 8, x["record"], 0),
          wire.publication_read(x["publication"]))
    equal("heartbeat.of_a_producer", (100, 1, 1, 0, 2),
          wire.publication_read(x["heartbeat.of_a_producer"])[:5])
    leaf = wire.unpack_only(x["replay.request"])[6]
    equal("replay.request", x["replay.request"], wire.request_write(
        "replay", 1, {"epoch": 1, "from": 7, "leaf": leaf, "bytes_max": 983_040}))
    answer = wire.answer_read("replay", x["replay.answer"])
    equal("replay.answer", [(7, events[0]), (8, events[1])],
          wire.records_read(answer.fields["records"]))


def feeds_check(x):
    head, size = wire.unpack_first(x["feed.batch"])
    items = wire.unpack_all(x["feed.batch"][size:], 2)
    equal("feed.batch_head", x["feed.batch_head"], x["feed.batch"][:size])
    resource, replica = items[0][4], items[1][5]
    written = [wire.event_write("resource.created", items[0][1],
                                {"resource": resource, "account": ACCOUNT, "kind": 1}),
               wire.event_write("usage.ticked", items[1][1],
                                {"resource": resource, "replica": replica, "account": ACCOUNT,
                                 "tariff": "pico", "kind": 1})]
    equal("feed.batch", x["feed.batch"], wire.batch_write(5, 100, 1, 1, written, head[7]))
    empty = wire.unpack_only(x["feed.batch_empty"])
    equal("feed.batch_empty", x["feed.batch_empty"],
          wire.batch_write(6, 100, 1, 3, [], empty[7]))
    equal("feed.answer", wire.FeedAnswer(5, 0, 12, "no such tariff", 2, bytes([0, 23])),
          wire.feed_answer_read(x["feed.answer"]))
    equal("feed.answer_gap", (7, wire.FAIL["GAP"], 2),
          tuple(wire.feed_answer_read(x["feed.answer_gap"])[i] for i in (0, 1, 4)))


def vectors_check():
    """Every event and its JSON; every request and answer, read and written to the same bytes."""
    count = 0
    for name, data, line in vectors_read("events.tsv"):
        raw, expected = bytes.fromhex(data), json.loads(line)
        event, kind = wire.event_read(raw), name.split()[0]  # "… of 6 fields" is a later version
        equal(name, (kind, expected), (event.type, wire.event_json(expected["sequence"], event)))
        again = wire.unpack_only(wire.event_write(kind, event.time, event.fields, event.cause))
        values = wire.unpack_only(raw)  # the first version's are fewer where fields came later
        equal(name, values, again[:len(values)])
        equal(f"{name}: what it left out", [],
              [value for value in again[len(values):] if value and value not in (bytes(16), bytes(32))])
        count += 1
    for name, data in vectors_read("protocol.tsv"):
        kind, _, request = name.partition(" ")
        raw = bytes.fromhex(data)
        if kind == "request":
            _, number, command, *values = wire.unpack_only(raw)[1:]
            request = request.split()[0]  # "post of 6 fields" is post
            message = wire.REQUESTS[request]
            equal(f"{request} is a {message.kind}", message.kind == "COMMAND", command is not None)
            fields = wire.fields_read(message.fields, values)
            again = wire.unpack_only(wire.request_write(request, number, fields, command))
            equal(name, wire.unpack_only(raw), again[:4 + len(values)])  # an older asker's is shorter
            equal(f"{name}: what it left out", [0] * (len(again) - 4 - len(values)),  # or False
                  again[4 + len(values):])
            count += 1
        elif kind == "answer":
            head = list(wire.answer_split(raw)[:4])
            fields = wire.answer_read(request, raw).fields
            equal(name, raw, wire.pack([wire.VERSION, *head, *wire.fields_write(
                wire.REQUESTS[request].answer, fields)]))
            count += 1
    return count


def tree_check():
    """Every inclusion and consistency proof of trees of up to 20 leaves."""
    leaves = [audit.leaf_hash(bytes([n])) for n in range(20)]
    equal("root of none", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          audit.tree_root([]).hex())
    for count in range(1, len(leaves) + 1):
        root = audit.tree_root(leaves[:count])
        for at in range(count):
            proof = audit.inclusion_proof(at, leaves[:count])
            equal("inclusion", root, audit.inclusion_root(at, count, leaves[at], proof))
            old = audit.tree_root(leaves[:at + 1])
            proof = audit.consistency_proof(at + 1, leaves[:count])
            equal("consistency", (old, root),
                  audit.consistency_roots(at + 1, count, old, proof))


def check():
    """What was compared, for people; Differs if something is not as the page says."""
    examples = examples_read()
    requests_check(examples)
    records_check(examples)
    feeds_check(examples)
    written = {name: data.hex() for name, data in examples.items()}
    vectors = {name: data for name, data, *_ in vectors_read("protocol.tsv")}
    equal("the examples are among the vectors", written,
          {name: vectors.get(name) for name in written})
    tree_check()
    return f"{len(examples)} examples of PROTOCOL.md, {vectors_check()} vectors, proofs of 20 trees"


if __name__ == "__main__":
    try:
        print(check())
    except Differs as differs:
        sys.exit(str(differs))
