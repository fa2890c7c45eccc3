#!/usr/bin/python3
"""/api/v1 of real processes, by its own description: requests are drawn by hypothesis from
openapi.json, each answer is judged by what the description says of it (jsonschema), and what it says
of money is held against `kopeck`.

usage: test_api.py BIN SOURCE
Exit status: 0 good, 1 a fault, 77 hypothesis or jsonschema is not there.
"""
import http.client
import json
import os
import subprocess
import sys
import time
import uuid
from datetime import datetime, timezone
from types import SimpleNamespace
from urllib.parse import quote, urlencode, urlparse

try:
    import jsonschema
    from hypothesis import HealthCheck, given, seed, settings
    from hypothesis import strategies as st
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BIN, SOURCE = sys.argv[1:3]
sys.argv = sys.argv[:1]
from attack_rig import Fleet, bin_of, demand, wire  # noqa: E402

ACCOUNT = "11111111-2222-4333-8444-555555555555"
OTHER = "22222222-2222-4333-8444-555555555555"
NOBODY = "33333333-2222-4333-8444-555555555555"
# Nothing is found of what the accounts of this test have none of; usage has a check of its own.
WITHOUT = ("getPromo", "getMandate", "explainAutopay", "sendUsage", "confirmEmail")
INVOICES = []  # that were made
EXAMPLES = int(os.environ.get("EXAMPLES", "25"))


def uuid7():
    value = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))
    value[6], value[8] = value[6] & 15 | 0x70, value[8] & 63 | 0x80
    return str(uuid.UUID(bytes=bytes(value)))


class Api:
    def __init__(self, url, key):
        self.place, self.key = urlparse(url).netloc, key
        self.connection = http.client.HTTPConnection(self.place, timeout=15)

    def ask(self, method, path, body=None, key=None, **headers):
        """(status, headers, body): under the fleet's key, or another, or none where it is ""."""
        key = self.key if key is None else key
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, text

    def json(self, method, path, expected, body=None, **headers):
        status, head, text = self.ask(method, path, body, **headers)
        demand(status == expected, f"{method} {path}: {status}, not {expected}: {text[:300]!r}")
        return (json.loads(text) if text else None), head


# --- by the description ---

def judge(specification, operation, what, status, head, text):
    responses = operation["responses"]
    demand(str(status) in responses, f"{what}: {status} is not described: {text[:300]!r}")
    said = responses[str(status)]
    if "content" not in said:
        return
    kind = head.get("content-type", "")
    demand(kind in said["content"], f"{what}: {status} is {kind}")
    if "json" not in kind:
        return
    schema = said["content"][kind]["schema"]
    if "$ref" in schema:
        schema = specification["components"]["schemas"][schema["$ref"].split("/")[-1]]
    errors = [error.message for error in
              jsonschema.Draft202012Validator(schema).iter_errors(json.loads(text))]
    demand(not errors, f"{what}: {status}: {errors[:3]}: {text[:300]!r}")
    demand(status < 500 or status == 503, f"{what}: {status}: {text[:300]!r}")


def good_value(schema):
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "uuid":
        return st.sampled_from([ACCOUNT, OTHER, NOBODY, str(uuid.uuid4())])
    if schema.get("format") == "date-time":
        return st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
            lambda at: at.isoformat() + "Z")
    kind = schema.get("type")
    if kind == "integer":
        return st.integers(schema.get("minimum", -1000), 1000)
    if kind == "boolean":
        return st.booleans()
    if schema.get("pattern", "").startswith("^[0-9a-f]{64}"):
        return st.just("ab" * 32)
    if "pattern" in schema:
        return st.one_of(st.sampled_from(["150", *INVOICES]), st.integers(0, 2**64 - 1).map(str))
    return st.text(max_size=20)


def any_value(schema):
    return st.one_of(good_value(schema), good_value(schema), st.text(max_size=30),
                     st.integers(-2**70, 2**70), st.none(), st.lists(st.integers(), max_size=2))


def as_text(value):
    return value if isinstance(value, str) else json.dumps(value)


@st.composite
def requests(draw, path, method, operation):
    query, headers = {}, {}
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            value = draw(good_value(parameter["schema"]) if draw(st.integers(0, 9)) else
                         st.text(min_size=1, max_size=40))
            path = path.replace("{%s}" % parameter["name"],
                                quote(as_text(value), safe="-").replace("%2F", "-") or "-")
        elif parameter["in"] == "query" and (parameter["required"] or draw(st.booleans())):
            query[parameter["name"]] = as_text(draw(any_value(parameter["schema"])))
        elif parameter["in"] == "header" and draw(st.integers(0, 9)):
            headers[parameter["name"]] = uuid7() if draw(st.integers(0, 5)) else ACCOUNT
    body = None
    if method == "POST":
        content = operation["requestBody"]["content"]
        headers["Content-Type"] = draw(st.sampled_from([*content, *content, "text/plain"]))
        schema = content.get("application/json", {}).get("schema")
        if schema:
            fields = {name: draw(any_value(of)) for name, of in schema["properties"].items()
                      if name in schema["required"] or draw(st.booleans())}
            if not draw(st.integers(0, 9)):
                fields["no such field"] = 1
            body = json.dumps(fields).encode()
        if not schema or not draw(st.integers(0, 9)):
            body = draw(st.binary(max_size=200))
    return method, path + ("?" + urlencode(query, errors="replace") if query else ""), body, headers


def draw_requests(api, specification):
    """{operation: the statuses that were met}."""
    met = {}
    for path, methods in specification["paths"].items():
        for method, operation in methods.items():
            statuses = met.setdefault(operation["operationId"], set())

            @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=False,
                      suppress_health_check=list(HealthCheck))
            @seed(20261201)
            @given(requests(path, method.upper(), operation))
            def every_answer_is_described(request):
                method, path, body, headers = request
                status, head, text = api.ask(method, path, body, **headers)
                judge(specification, operation, f"{method} {path}", status, head, text)
                statuses.add(status)

            every_answer_is_described()
    return met


# --- by itself ---

def check_keys(fleet, api):
    keys = fleet.root / "fleet/etc/api_keys.cfg"
    made = subprocess.run([fleet.bin / "kopeck", "api", "key", "reader", "--scopes", "read",
                           "--file", keys], capture_output=True, text=True, check=True)
    reader = made.stdout.strip()
    demand(reader.split("_")[2] not in keys.read_text(), "the file of keys holds a secret")
    path = f"/api/v1/accounts/{ACCOUNT}/balance"
    demand(api.ask("GET", path, key=reader)[0] == 401, "a key is good before it is read")
    os.kill(fleet.pid("api"), 1)
    ends = time.monotonic() + 10
    while api.ask("GET", path, key=reader)[0] != 200:
        demand(time.monotonic() < ends, "a new key is not taken after SIGHUP")
        time.sleep(0.05)
    for key in ("", "x", reader[:-1] + ("0" if reader[-1] != "0" else "1"), reader + "0"):
        demand(api.ask("GET", path, key=key)[0] == 401, f"{key[:12]}…: it is no key, and was taken")
    status, _, text = api.ask("POST", f"/api/v1/accounts/{ACCOUNT}/topups", b'{"amount_rub":100}',
                              key=reader, Content_Type="application/json",
                              Idempotency_Key=uuid7())
    demand(status == 403, f"a key without the scope pays: {status} {text[:100]!r}")
    demand(api.ask("GET", "/api/v1/events", key=reader)[0] == 403, "and follows all accounts")
    log = (fleet.root / "fleet/log/api.log").read_text()
    demand(reader not in log and api.key not in log, "the log holds a key")


def check_metrics(_, api):
    status, _, text = api.ask("GET", "/metrics", key="")
    demand(status == 200 and b'kopeck_up{process="api"} 1' in text, f"/metrics: {status} {text[:200]!r}")
    demand(b'kopeck_web_asked_total{process="api"}' in text, "its questions are not counted")


def check_balance(fleet, api):
    path = f"/api/v1/accounts/{ACCOUNT}/balance"
    told = json.loads(fleet.kopeck("--json", "balance", ACCOUNT))
    balance, head = api.json("GET", path, 200)
    demand((balance["cash_kop"], balance["bonus_kop"]) == (told["cash"], told["bonus"]),
           f"{balance} is not {told}")
    demand(head["kopeck-sequence"] == str(balance["sequence"]), "Kopeck-Sequence")
    demand(api.ask("GET", path, If_None_Match=head["etag"])[0] == 304, "the ETag is not known")
    fleet.kopeck("post-one", "bank", ACCOUNT, "1", "correction", "--reason", "test")
    later, _ = api.json("GET", path, 200, If_None_Match=head["etag"])
    demand(later["cash_kop"] == balance["cash_kop"] + 100, "a posting changed nothing")
    api.json("GET", f"{path}?min_sequence={later['sequence'] + 1000000}", 503)


def check_tags(fleet, api):
    """What an answer said is not said again to who has it, until it is another; of every question of an account."""
    for name in ("lines", "lots", "payments", "contacts", "contacts/told", "notices", "mandate"):
        path = f"/api/v1/accounts/{ACCOUNT}/{name}"
        status, head, _ = api.ask("GET", path)
        demand(status in (200, 404), f"{path}: {status}")
        if status == 404:
            demand("etag" not in head, f"{path}: a problem has a tag: {head}")
            continue
        status, again, text = api.ask("GET", path, If_None_Match=head["etag"])
        demand((status, again["etag"], text) == (304, head["etag"], b""), f"{path}: {status} {text[:200]!r}")
    path = f"/api/v1/accounts/{ACCOUNT}/lines"
    _, head, _ = api.ask("GET", path)
    fleet.kopeck("post-one", "bank", ACCOUNT, "1", "correction", "--reason", "test")
    status, later, _ = api.ask("GET", path, If_None_Match=head["etag"])
    demand((status, later["etag"] != head["etag"]) == (200, True), f"a posting changed nothing: {status}")


def check_pages(fleet, api):
    for debit, credit in (("bank", ACCOUNT), (ACCOUNT, "bank")) * 3:
        fleet.kopeck("post-one", debit, credit, "1", "correction", "--reason", "test")
    path, sequences, sums = f"/api/v1/accounts/{ACCOUNT}/lines?limit=2", [], 0
    while path:
        page, head = api.json("GET", path, 200)
        fleet.kopeck("post-one", "bank", ACCOUNT, "1", "correction", "--reason", "test")
        sequences += [line["sequence"] for line in page["lines"]]
        sums += sum(line["amount_kop"] for line in page["lines"])
        link = head.get("link")
        demand(bool(link) == bool(page["next"]), "Link and next differ")
        if len(sequences) == 2:
            newest = page["lines"][0]
            other = link[1:].split(">")[0].replace(ACCOUNT, OTHER)
            api.json("GET", other, 400)  # another account's cursor
        path = link and link[1:].split(">")[0]
    demand(sequences == sorted(set(sequences), reverse=True), f"pages repeat: {sequences}")
    demand(sums == newest["cash_kop"] + newest["bonus_kop"],
           f"lines come to {sums}, not to the balance behind the newest: {newest}")


def check_commands(fleet, api):
    path, key = f"/api/v1/accounts/{ACCOUNT}/topups", uuid7()
    kind = {"Content_Type": "application/json"}
    api.json("POST", path, 400, b'{"amount_rub":100}', **kind)
    api.json("POST", path, 415, b'{"amount_rub":100}', Content_Type="text/plain",
             Idempotency_Key=key)
    api.json("POST", path, 413, b'{"amount_rub":' + b" " * 20000 + b"100}",
             Idempotency_Key=key, **kind)
    problem, _ = api.json("POST", path, 422, b'{"amount_rub":"100"}', Idempotency_Key=key, **kind)
    demand(problem["fields"][0]["name"] == "amount_rub", f"what was wrong is not said: {problem}")
    first, _ = api.json("POST", path, 200, b'{"amount_rub":100}', Idempotency_Key=key, **kind)
    again, _ = api.json("POST", path, 200, b'{"amount_rub":100}', Idempotency_Key=f'"{key}"',
                        **kind)
    demand(first == again, "a repeat has another answer")
    api.json("POST", path, 422, b'{"amount_rub":101}', Idempotency_Key=key, **kind)
    payments, _ = api.json("GET", f"/api/v1/accounts/{ACCOUNT}/payments", 200)
    demand([row["invoice"] for row in payments["payments"]].count(first["invoice"]) == 1,
           "the top-up is not there once")
    INVOICES.append(first["invoice"])
    payment, _ = api.json("GET", f"/api/v1/payments/{first['invoice']}", 200)
    demand((payment["amount_kop"], payment["state"]) == (10000, "CREATED"), f"{payment}")


def check_contacts(_, api):
    path, kind = f"/api/v1/accounts/{ACCOUNT}/contacts", {"Content_Type": "application/json"}
    secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    api.json("GET", path, 404)
    body = json.dumps({"kind": "WEBHOOK", "address": "http://127.0.0.1:9/hook", "key": secret, "wants": 0})
    api.json("POST", path, 200, body.encode(), Idempotency_Key=uuid7(), **kind)
    problem, _ = api.json("POST", path, 422, body.replace("whsec_", "wh_").encode(), Idempotency_Key=uuid7(), **kind)
    demand("whsec_" in problem["detail"], f"what was expected is not said: {problem}")
    choice = b'{"kind":"WEBHOOK","wants":33554432}'
    api.json("POST", path + "/choices", 200, choice, Idempotency_Key=uuid7(), **kind)
    contact, _ = api.json("GET", path, 200)
    demand((contact["webhook"], contact["webhook_address"], contact["webhook_wants"], contact["email"]) ==
           ("ON", "http://127.0.0.1:9/hook", 33554432, "NONE"), f"{contact}")
    demand(secret not in json.dumps(contact), "the secret is shown")
    told, _ = api.json("GET", path + "/told", 200)
    demand(told["told"] == [], f"told, and nothing happened: {told}")
    code = b'{"code":"0123456789ABCDEF"}'
    api.json("POST", path + "/confirmations", 409, code, Idempotency_Key=uuid7(), **kind)  # no address waits
    api.json("POST", path + "/erasures", 200, b"{}", Idempotency_Key=uuid7(), **kind)
    api.json("GET", path, 404)
    api.json("POST", path, 200, body.encode(), Idempotency_Key=uuid7(), **kind)


def check_receipt_contact(_, api):
    path, kind = f"/api/v1/accounts/{ACCOUNT}/receipts/contact", {"Content_Type": "application/json"}
    api.json("GET", path, 404)
    problem, _ = api.json("POST", path, 422, b'{"address":"nobody"}', Idempotency_Key=uuid7(), **kind)
    demand("local@domain" in problem["detail"], f"what was expected is not said: {problem}")
    api.json("POST", path, 200, b'{"address":"anna@mail.example"}', Idempotency_Key=uuid7(), **kind)
    demand(api.json("GET", path, 200)[0]["address"] == "anna@mail.example", "where receipts go")
    api.json("POST", path + "/erasures", 200, b"{}", Idempotency_Key=uuid7(), **kind)
    api.json("GET", path, 404)
    api.json("POST", path, 200, b'{"address":"+79990000001"}', Idempotency_Key=uuid7(), **kind)


def item(number, at, **more):
    """A line: a resource that is created, or with a tariff a replica of it that ticks."""
    made = {"type": "usage.ticked" if "tariff" in more else "resource.created", "at": at,
            "resource": str(uuid.UUID(int=number + 1)), "account": ACCOUNT, "kind": "COMPUTE", **more}
    return json.dumps(made)


def check_usage(fleet, api):
    """No tariff is defined: what needs one is refused for good, and what is around it taken."""
    at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:00Z")
    lines = [item(0, at), item(1, at, tariff="none", replica=OTHER), item(2, at)]
    path = "/api/v1/usage?producer=150&epoch=1&first="
    kind = {"Content_Type": "application/jsonl"}
    answer, _ = api.json("POST", path + "1", 200, "\n".join(lines).encode(), **kind)
    demand((answer["acknowledged"], answer["results"]) == (3, ["ok", "TARIFF", "ok"]), f"{answer}")
    again, _ = api.json("POST", path + "1", 200, "\n".join(lines).encode(), **kind)
    demand(again == answer, f"a repeat: {again}, not {answer}")
    problem, _ = api.json("POST", path + "9", 409, lines[0].encode(), **kind)
    demand("the next one is 4" in problem["detail"], f"{problem}")
    for wrong in ('{"type":"usage.ticked"}', "[]", '{"type":"posted","at":"%s"}' % at,
                  lines[0][:-1] + ',"more":1}', "{", lines[0].replace(ACCOUNT, "x")):
        problem, _ = api.json("POST", path + "4", 422, f"{lines[0]}\n{wrong}".encode(), **kind)
        demand("line 2: " in problem["detail"], f"{wrong}: {problem}")
    status = api.ask("POST", "/api/v1/usage?producer=200&epoch=1&first=1", b"", **kind)[0]
    demand(status == 403, f"another's producer: {status}")
    packed = wire.event_write("resource.created", int(time.time()) * 10**6, {
        "resource": uuid.UUID(int=9).bytes, "account": uuid.UUID(ACCOUNT).bytes, "kind": 1})
    answer, _ = api.json("POST", path + "4", 200, packed * 2, Content_Type="application/msgpack")
    demand(answer["results"] == ["ok", "ok"] and answer["acknowledged"] == 5, f"{answer}")
    for number in (1, 3, 9):
        told = json.loads(fleet.kopeck("--json", "resource", str(uuid.UUID(int=number))))
        demand(told["account"] == ACCOUNT, f"metering has not heard of {number}: {told}")


def check_events(fleet, api):
    def page(last, query=""):
        _, head, text = api.ask("GET", "/api/v1/events" + query, **({"Last_Event_ID": last} if last else {}))
        demand(head["content-type"].startswith("text/event-stream"), f"{query} {last}: {text} {head}")
        rows = [dict(line.split(": ", 1) for line in block.splitlines())
                for block in text.decode().split("\n\n") if block]
        return rows, [row["id"] for row in rows if "id" in row][-1]

    _, last = page(None)
    epoch = last.split(".")[0]
    seen, at = [], f"{epoch}.0"
    for turn in range(50):
        rows, after = page(at)
        seen += [json.loads(row["data"])["sequence"] for row in rows if "data" in row]
        fleet.kopeck("post-one", "bank", ACCOUNT, "1", "correction", "--reason", "test") \
            if turn < 3 else None
        if after == at:
            break
        at = after
    posted = [json.loads(line) for line in
              fleet.kopeck("--json", "events", "ledger").splitlines()]
    wanted = [event["sequence"] for event in posted
              if event["type"] in ("posted", "account.low", "account.exhausted",
                                   "account.restored")]
    demand(seen == wanted, f"events {seen[:9]}…, not {wanted[:9]}…")
    rows, _ = page("1.5")
    demand(any(row.get("event") == "reset" for row in rows), "another history is not noticed")
    check_streams(fleet, page)


STREAMS = {"autopay": ("autopay.announced", "autopay.payment_requested", "autopay.settled", "autopay.suspended",
                       "autopay.resumed", "autopay.held", "autopay.card_gone"),
           "metering": ("usage.charged", "usage.credited", "tariff.defined", "tariff.withdrawn", "tariff.announced"),
           "payment": ("payment.created", "payment.succeeded", "payment.declined", "payment.overdue", "payment.mismatch",
                       "payment.expired", "mandate.consented", "mandate.changed", "mandate.revoked", "refund.requested",
                       "refund.done", "refund.ended"),
           "notify": ("ladder.moved", "contact.set", "contact.confirmed", "contact.off", "contacts.erased",
                      "contact.chosen", "notice.queued", "notice.tried")}


def check_streams(fleet, page):
    """What each process decided, from its first event on, and nothing that is to stay with it."""
    fleet.kopeck("tariff", "define", "stream", "Stream", "290", "--effective", "2036-01-01")
    counts = {}
    for stream, types in STREAMS.items():
        _, last = page(None, f"?stream={stream}")
        seen, at = [], f"{last.split('.')[0]}.0"
        while True:
            rows, after = page(at, f"?stream={stream}")
            told = [json.loads(row["data"]) for row in rows if "data" in row]
            seen += [(event["sequence"], event["type"]) for event in told]
            demand(not any({"token", "proof"} & set(event["fields"]) for event in told), f"{stream} tells: {told}")
            if after == at:
                break
            at = after
        wanted = [(event["sequence"], event["type"]) for event in
                  map(json.loads, fleet.kopeck("--json", "events", stream).splitlines()) if event["type"] in types]
        demand(seen == wanted, f"{stream}: {seen[:9]}…, not {wanted[:9]}…")
        counts[stream] = len(seen)
    demand(all(counts[stream] for stream in ("metering", "payment", "notify")), f"nothing to see: {counts}")


def check_accounts(fleet, api):
    """Every account once, page by page, and those alone that are sought."""
    def all_of(query=""):
        seen, path = [], f"/api/v1/accounts?limit=1{query}"
        while path:
            answer, _ = api.json("GET", path, 200)
            seen += answer["accounts"]
            path = answer["next"] and f"/api/v1/accounts?limit=1{query}&cursor={answer['next']}"
        return seen

    for i in range(3):
        fleet.kopeck("post-one", "bank", str(uuid.UUID(int=0xACC0 + i)), str(50 * i + 20), "correction", "--open",
                     "--reason", "test")
    rows = all_of()
    told = {row["account"]: row["cash_kop"] + row["bonus_kop"] for row in rows}
    listed = {row["account"]: row["cash"] + row["bonus"] for row in
              json.loads(fleet.kopeck("--json", "accounts", "--limit", "100000"))}
    demand(len(rows) == len(told) and told == listed, f"accounts {told}, not {listed}")
    below = {account for account, balance in told.items() if balance < 10000}
    demand({row["account"] for row in all_of("&below_kop=10000")} == below, "those below a threshold")
    low = {row["account"] for row in rows if row["low"]}
    demand(low and {row["account"] for row in all_of("&low=true")} == low, f"those that are low: {low}")


def main():
    options = SimpleNamespace(bin=BIN)
    directory, planted = bin_of(options)
    with Fleet(directory) as fleet:
        def kopeck(*words):
            return subprocess.run([fleet.bin / "kopeck", "--config",
                                   fleet.root / "fleet/etc/kopeck.cfg", *words],
                                  capture_output=True, text=True, check=True).stdout
        fleet.kopeck = kopeck
        api = Api(fleet.urls["api"], (fleet.root / "fleet/secret/api_key").read_text().strip())
        kopeck("post-one", "bank", ACCOUNT, "500", "correction", "--open", "--reason", "test")
        kopeck("post-one", "bank", OTHER, "5", "correction", "--open", "--reason", "test")
        specification, _ = api.json("GET", "/api/v1/openapi.json", 200, key="")
        for check in (check_keys, check_metrics, check_balance, check_accounts, check_pages, check_commands,
                      check_contacts, check_receipt_contact, check_events, check_usage, check_tags):
            check(fleet, api)
        met = draw_requests(api, specification)
        for name, statuses in met.items():
            demand(statuses - {401, 403, 404, 422} or name in WITHOUT,
                   f"{name}: no request met more than {statuses}")
        print(f"{len(met)} operations: " + "; ".join(
            f"{name} {sorted(statuses)}" for name, statuses in met.items()))
    return planted


if __name__ == "__main__":
    main()
