#!/usr/bin/python3
"""robokassa-sim through its doors: a tiny shop receives callbacks, a tiny client charges.

Nothing here is shared with the stand-in or with Kopeck: signatures come from hashlib, HTTP from the
standard library. Every wait ends with a condition or fails at its deadline.

usage: test_robokassa_sim.py PATH-OF-robokassa-sim
"""
import atexit, base64, hashlib, hmac, http.client, http.server, json, os, re, resource, signal, subprocess
import sys, tempfile, threading, time, unittest, urllib.parse
import xml.etree.ElementTree as ET

PROGRAM = sys.argv.pop(1)
LOGIN, P1, P2, P3, T1, T2 = "subs_shop", "Pw1_live_7Qz", "Pw2_live_9Kx", "Pw3_refund_5Tt", "Tpw1", "Tpw2"
DEADLINE_S = 20
START_US = 1767225600_000000  # 2026-01-01


def md5(base):
    return hashlib.md5(base.encode()).hexdigest()


def read(path):
    with open(path) as file:
        return file.read()


def wait(what, condition):
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError("never: " + what)


def jws_data(jws):
    payload = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["data"]


class Shop(http.server.ThreadingHTTPServer):
    """The merchant: remembers every callback; answers OK unless told otherwise."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls, self.refuse = [], set()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path):
        return "http://127.0.0.1:%d%s" % (self.server_address[1], path)

    def of(self, invoice):
        return [c for c in self.calls if c["fields"].get("InvId") == str(invoice)]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def take(self, wire):
        fields = dict(urllib.parse.parse_qsl(wire, keep_blank_values=True))
        shop = self.server
        password = T2 if fields.get("IsTest") == "1" else P2
        base = ":".join([fields.get("OutSum", ""), fields.get("InvId", ""), password] + sorted(
            k + "=" + v for k, v in fields.items() if k.lower().startswith("shp_")))
        good = fields.get("SignatureValue") == md5(base).upper()
        shop.calls.append({"wire": wire, "fields": fields, "good": good, "path": self.path})
        accept = good and int(fields["InvId"]) not in shop.refuse and fields["OutSum"] != "200.000000"
        body = ("OK" + fields["InvId"] if accept else "no").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/result2":  # a JWS; the first one that says OK is not acknowledged
            state = jws_data(body)["state"]
            first = state == "OK" and "OK" not in [c.get("state") for c in self.server.calls]
            self.server.calls.append({"wire": body, "fields": {}, "path": self.path, "state": state})
            self.send_response(500 if first else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.take(body)

    def do_GET(self):
        self.take(self.path.partition("?")[2])


def private(path, flags):
    return os.open(path, flags, 0o600)


class Sim:
    def __init__(self, **keys):
        self.dir = tempfile.TemporaryDirectory()
        self.keys = dict(login=LOGIN, payer="pay", delivery_gaps_ms="20,20,20,20",
                         decision_delay_ms=20, redirect="no", **{})
        for name, secret in (("password1", P1), ("password2", P2), ("password3", P3),
                             ("test_password1", T1), ("test_password2", T2)):
            with open(self.path(name), "w", opener=private) as file:
                file.write(secret + "\n")
            self.keys[name + "_file"] = self.path(name)
        self.keys.update(keys)
        self.start()

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def start(self):
        with open(self.path("config"), "w") as file:
            for key, value in self.keys.items():
                for one in value if isinstance(value, list) else [value]:
                    file.write("%s = %s\n" % (key, one))
        if os.path.exists(self.path("port")):
            os.unlink(self.path("port"))
        self.log = open(self.path("log"), "a+")
        self.process = subprocess.Popen(
            [PROGRAM, "--config", self.path("config"), "--port-file", self.path("port")],
            stderr=self.log, stdout=subprocess.DEVNULL)
        atexit.register(self.process.kill)  # a test that failed half-way leaves nothing behind
        wait("port", lambda: self.process.poll() is not None or
             (os.path.exists(self.path("port")) and read(self.path("port")).endswith("\n")))
        self.port = int(read(self.path("port")))

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(DEADLINE_S)
        self.log.close()
        return code

    def close(self):
        code = self.stop() if self.process.poll() is None else None
        self.dir.cleanup()
        return code

    def http(self, method, path, fields=None, body=None, headers=None, timeout=DEADLINE_S):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = body
            headers = dict(headers or {})
            if fields is not None and method == "POST":
                data = urllib.parse.urlencode(fields)
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            elif fields is not None:
                path += "?" + urllib.parse.urlencode(fields)
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            self.headers = response.headers
            return response.status, response.read().decode()
        finally:
            connection.close()

    def sim(self, path, body=None):
        status, text = self.http("GET" if body is None else "POST", "/sim/" + path,
                                 body=None if body is None else json.dumps(body))
        assert status == 200, text
        return json.loads(text)

    def faults(self, *rules):
        self.sim("faults", {"rules": list(rules)})

    def init_fields(self, invoice, sum="199.00", **more):
        shp = {"Shp_plan": "monthly", "Shp_user": "42"}
        base = ":".join([LOGIN, sum, str(invoice), P1] + [k + "=" + v for k, v in shp.items()])
        return dict(MerchantLogin=LOGIN, OutSum=sum, InvId=invoice, Description="Pro", **shp,
                    SignatureValue=md5(base), **more)

    def parent(self, invoice, **more):
        status, text = self.http("GET", "/Merchant/Index.aspx",
                                 self.init_fields(invoice, Recurring="true", **more))
        return status, text

    def child(self, invoice, parent, sum="199.00", **more):
        fields = dict(MerchantLogin=LOGIN, InvoiceID=invoice, PreviousInvoiceID=parent, OutSum=sum,
                      SignatureValue=md5("%s:%s:%s:%s" % (LOGIN, sum, invoice, P1)))
        fields.update(more)
        timeout = fields.pop("timeout", DEADLINE_S)
        return self.http("POST", "/Merchant/Recurring", fields, timeout=timeout)

    def state(self, invoice):
        """(Result code, State code or None)"""
        _, text = self.http("GET", "/Merchant/WebService/Service.asmx/OpStateExt", dict(
            MerchantLogin=LOGIN, InvoiceID=invoice, Signature=md5("%s:%s:%s" % (LOGIN, invoice, P2))))
        root = ET.fromstring(text)
        codes = {re.sub("{.*}", "", e.tag): e.findtext("{*}Code") for e in root}
        return int(codes["Result"]), int(codes["State"]) if "State" in codes else None

    def captures(self):
        return {c["invoice"]: c for c in self.sim("captures")["captures"]}

    def idle(self):
        return wait("idle", lambda: (lambda s: s if s["idle"] and not s["pending"] else None)(
            self.sim("status")))


class WallClock(unittest.TestCase):
    def setUp(self):
        self.shop = Shop()
        self.s = Sim(result_url=self.shop.url("/result"))

    def tearDown(self):
        self.assertEqual(self.s.close(), 0)
        self.shop.shutdown()
        self.shop.server_close()

    def paid_parent(self, invoice=1001):
        self.assertEqual(self.s.parent(invoice)[0], 200)
        self.s.idle()
        self.assertEqual(self.s.state(invoice), (0, 100))

    def test_an_initial_payment_is_called_back_in_the_live_format(self):
        self.paid_parent()
        call, = self.shop.of(1001)
        self.assertTrue(call["good"])
        self.assertRegex(call["wire"], r"^out_summ=199.000000&OutSum=199.000000&inv_id=1001&InvId=1001"
                         r"&crc=B08FBD527BD1163547FEDFE5379535DD&SignatureValue=B08FBD527BD1163547FED"
                         r"FE5379535DD&PaymentMethod=BankCard&IncSum=199.000000&IncCurrLabel=BankCard"
                         r"PSR&EMail=payer%40example.com&Fee=7.760000&Shp_plan=monthly&Shp_user=42$")
        capture = self.s.captures()[1001]
        self.assertEqual((capture["amount_kopecks"], capture["kind"], capture["acknowledged"],
                          capture["deliveries"]), (19900, "initial", True, 1))

    def test_a_bad_signature_is_an_error_29_in_a_page_with_status_200(self):
        fields = self.s.init_fields(7)
        fields["OutSum"] = "198.00"
        status, text = self.s.http("POST", "/Merchant/Index.aspx", fields)
        self.assertEqual(status, 200)
        self.assertIn('RoboxContext = {"error":{"code":"29"}}', text)
        self.assertEqual(self.s.state(7), (3, None))

    def test_a_paid_number_is_not_paid_again(self):
        self.paid_parent()
        self.assertIn('"code":"40"', self.s.parent(1001)[1])
        self.assertIn('"code":"40"', self.s.child(1001, 1001)[1])

    def test_a_child_is_accepted_then_decided(self):
        self.paid_parent()
        self.assertEqual(self.s.child(1003, 1001), (200, "OK1003"))
        self.s.idle()
        self.assertEqual(self.s.state(1003), (0, 100))
        self.assertEqual(len(self.shop.of(1003)), 1)
        self.assertEqual(self.s.captures()[1003]["parent"], 1001)

    def test_a_child_of_a_child_or_of_nothing_is_refused_with_35(self):
        self.paid_parent()
        self.s.child(1003, 1001)
        self.s.idle()
        for invoice, parent in ((1004, 1003), (1005, 999)):
            self.assertIn('"code":"35"', self.s.child(invoice, parent)[1])
            self.assertEqual(self.s.state(invoice), (3, None))

    def test_each_fault_of_a_child(self):
        self.paid_parent()
        s, shop = self.s, self.shop

        def fault(name, **more):
            s.faults(dict(fault=name, on="recurring", **more))

        fault("timeout_after_accept")
        with self.assertRaises(http.client.RemoteDisconnected):
            s.child(11, 1001)
        s.idle()
        self.assertEqual(s.state(11), (0, 100))
        fault("drop")
        with self.assertRaises(http.client.RemoteDisconnected):
            s.child(12, 1001)
        self.assertEqual(s.state(12), (3, None))
        fault("server_error", code=502)
        self.assertEqual(s.child(13, 1001)[0], 502)
        self.assertEqual(s.state(13), (3, None))
        fault("refuse")
        self.assertIn('"code":"41"', s.child(14, 1001)[1])
        fault("decline")
        s.child(15, 1001)
        s.idle()
        self.assertEqual((s.state(15), shop.of(15)), ((0, 10), []))
        fault("stuck")
        s.child(16, 1001)
        s.idle()
        self.assertEqual((s.state(16), shop.of(16)), ((0, 5), []))
        fault("callback_never")
        s.child(17, 1001)
        s.idle()
        self.assertEqual((s.state(17), shop.of(17)), ((0, 100), []))
        fault("callback_duplicate", times=2)
        s.child(18, 1001)
        s.idle()
        self.assertEqual(len(shop.of(18)), 3)
        fault("callback_wrong_amount")
        s.child(19, 1001)
        s.idle()
        self.assertEqual([(c["fields"]["OutSum"], c["good"]) for c in shop.of(19)],
                         [("200.000000", True), ("199.000000", True)])
        fault("callback_wrong_signature")
        s.child(20, 1001)
        s.idle()
        self.assertEqual([c["good"] for c in shop.of(20)], [False, True])
        fault("callback_first")
        s.child(21, 1001)
        self.assertEqual(len(shop.of(21)), 1)
        fault("callback_late", delay_ms=300)
        s.child(22, 1001)
        wait("money", lambda: s.state(22) == (0, 50))
        self.assertEqual(shop.of(22), [])
        s.idle()
        self.assertEqual((s.state(22), len(shop.of(22))), ((0, 100), 1))
        fault("slow_answer", delay_ms=300)
        start = time.monotonic()
        self.assertEqual(s.child(23, 1001)[1], "OK23")
        self.assertGreaterEqual(time.monotonic() - start, 0.3)
        s.faults(dict(fault="outage", until_us=s.sim("status")["now_us"] + 10**12))
        self.assertEqual(s.child(24, 1001)[0], 503)
        self.assertEqual([s.parent(25)[0], s.http("GET", "/Merchant/Index/1")[0],
                          s.http("GET", "/RefundService/Refund/GetState?id=1")[0]], [503] * 3)
        s.faults(dict(fault="outage", until_us=1))
        self.assertEqual(s.child(24, 1001)[1], "OK24")
        captured = set(s.captures())
        self.assertFalse(captured & {12, 13, 14, 15, 16})
        self.assertTrue({11, 17, 18, 19, 20, 21, 22} <= captured)

    def test_after_five_deliveries_the_administrator_gets_a_mail(self):
        self.shop.refuse.add(1001)
        self.s.parent(1001)
        self.s.idle()
        self.assertEqual((len(self.shop.of(1001)), self.s.state(1001)), (5, (0, 100)))
        self.assertFalse(self.s.captures()[1001]["acknowledged"])
        self.assertEqual(read(self.s.path("log")), "admin e-mail: invoice 1001: ResultURL not accepted "
                         "in 5 deliveries\n")

    def test_test_mode_has_its_own_passwords_and_no_state(self):
        fields = dict(MerchantLogin=LOGIN, OutSum="94.72", InvId=3, IsTest=1, Description="t",
                      SignatureValue=md5("%s:94.72:3:%s" % (LOGIN, T1)))
        self.s.http("POST", "/Merchant/Index.aspx", fields)
        call = wait("callback", lambda: self.shop.calls and self.shop.calls[0])["wire"]
        crc = md5("94.72:3:" + T2).upper()
        self.assertEqual(call, "out_summ=94.72&OutSum=94.72&inv_id=3&InvId=3&crc=%s&SignatureValue=%s"
                         "&PaymentMethod=BankCard&IncSum=94.72&IncCurrLabel=BankCardPSR&IsTest=1&"
                         "EMail=&Fee=0.0" % (crc, crc))
        self.assertEqual(self.s.state(3), (3, None))
        self.s.parent(3)
        self.s.idle()
        self.assertEqual(self.s.state(3)[0], 4)
        self.s.http("POST", "/Merchant/Index.aspx", fields)  # a test number may be used again
        wait("second callback", lambda: [c["fields"].get("IsTest") for c in self.shop.calls].count("1") == 2)
        fields["SignatureValue"] = md5("%s:94.72:3:%s" % (LOGIN, P1))
        self.assertIn('"code":"29"', self.s.http("POST", "/Merchant/Index.aspx", fields)[1])

    def test_state_answers_say_bad_signature_and_unknown_shop(self):
        path = "/Merchant/WebService/Service.asmx/OpStateExt"
        for login, signature, result in ((LOGIN, "00", "1"), ("nobody", "00", "2")):
            _, text = self.s.http("POST", path, dict(MerchantLogin=login, InvoiceID=5,
                                                     Signature=signature))
            self.assertEqual(ET.fromstring(text).findtext("{*}Result/{*}Code"), result)

    def test_a_hold_is_told_by_jws_confirmed_once_and_cancelled(self):
        url2 = self.shop.url("/result2")
        for invoice in (31, 32):
            base = ":".join([LOGIN, "50.00", str(invoice), "true", url2, P1])
            self.s.http("POST", "/Merchant/Index.aspx", dict(
                MerchantLogin=LOGIN, OutSum="50.00", InvId=invoice, StepByStep="true",
                ResultUrl2=url2, SignatureValue=md5(base)))
            wait("hold", lambda: self.s.state(invoice) == (0, 20))
        told = wait("both are told", lambda: len(self.shop.calls) == 2 and [
            c["wire"] for c in self.shop.calls])  # in any order
        data = min((jws_data(jws) for jws in told), key=lambda each: int(each["invId"]))
        self.assertEqual((data["invId"], data["state"], data["incSum"]), ("31", "HOLD", "50.00"))
        confirm = dict(MerchantLogin=LOGIN, InvoiceID=31, OutSum="40.00",
                       SignatureValue=md5("%s:40.00:31:%s" % (LOGIN, P1)))
        self.assertEqual(self.s.http("POST", "/Merchant/Payment/Confirm", confirm)[1], "success: true")
        self.assertEqual(self.s.http("POST", "/Merchant/Payment/Confirm", confirm)[1], "success: false")
        cancel = dict(MerchantLogin=LOGIN, InvoiceID=32, OutSum="50.00",
                      SignatureValue=md5("%s::32:%s" % (LOGIN, P1)))
        self.assertEqual(self.s.http("POST", "/Merchant/Payment/Cancel", cancel)[1], "success: true")
        self.s.idle()
        self.assertEqual((self.s.state(31), self.s.state(32)), ((0, 100), (0, 60)))
        self.assertEqual([c["state"] for c in self.shop.calls if c.get("state")],
                         ["HOLD", "HOLD", "OK", "OK"])
        self.assertEqual({i: c["amount_kopecks"] for i, c in self.s.captures().items()}, {31: 4000})

    def jwt(self, payload, key, alg, digest):
        def b64(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        text = b64(json.dumps({"typ": "JWT", "alg": alg}).encode()) + b"." + b64(
            json.dumps(payload).encode())
        return (text + b"." + b64(hmac.new(key.encode(), text, digest).digest())).decode()

    def test_an_invoice_by_jwt_is_paid_and_refunded_in_parts(self):
        token = self.jwt({"MerchantLogin": LOGIN, "InvoiceType": "OneTime", "InvId": 77,
                          "OutSum": 100.10, "Description": "Pro",
                          "AdditionalParameters": {"Recurring": "true"}},
                         LOGIN + ":" + P1, "SHA256", "sha256")
        path = "/InvoiceServiceWebApi/api/CreateInvoice"
        made = json.loads(self.s.http("POST", path, body='"%s"' % token)[1])
        self.assertTrue(made["isSuccess"])
        self.s.http("GET", urllib.parse.urlparse(made["url"]).path)
        self.s.idle()
        call, = self.shop.of(77)
        self.assertEqual((call["good"], call["fields"]["shp_interface"]), (True, "InvoiceService.WebApi"))
        bad = self.jwt({"MerchantLogin": LOGIN, "OutSum": 1}, "wrong", "SHA256", "sha256")
        self.assertFalse(json.loads(self.s.http("POST", path, body=bad)[1])["isSuccess"])

        key, = [o["op_key"] for o in self.s.sim("operations?invoice=77")["operations"]]
        create, answers = "/RefundService/Refund/Create", []
        for body in ({"OpKey": key, "RefundSum": 60.05}, {"OpKey": key, "RefundSum": 40.06},
                     {"OpKey": key}):
            answers.append(json.loads(self.s.http(
                "POST", create, body=self.jwt(body, P3, "HS256", "sha256"))[1]))
        self.assertEqual([a["success"] for a in answers], [True, False, True])
        self.assertEqual(answers[1]["message"], "NotEnoughOperationFunds")
        text = self.s.http("GET", "/RefundService/Refund/GetState?id=" + answers[0]["requestId"])[1]
        self.assertIn('"amount":60.050000', text)
        self.assertEqual(self.s.http("POST", create, body=self.jwt({}, P2, "HS256", "sha256"))[0], 400)
        self.assertEqual(self.s.captures()[77]["refunded_kopecks"], 10010)

    def test_what_is_shown_is_escaped_and_unknown_is_said_plainly(self):
        self.s.faults()
        fields = self.s.init_fields(9, Email="x@y")
        fields["Description"] = "<script>alert(1)</script>"
        text = self.s.http("POST", "/Merchant/Index.aspx", fields)[1]
        self.assertNotIn("<script>alert", text)
        self.assertEqual(self.s.http("GET", "/nothing")[0], 404)
        self.assertEqual(self.s.http("POST", "/sim/faults", body='{"rules":[{"fault":"x"}]}')[0], 400)
        self.assertEqual(self.s.http("POST", "/sim/clock", body='{"now_us":5}')[0], 409)
        self.assertEqual(self.s.http("POST", "/Merchant/Recurring", body="x" * 70000)[0], 413)


class Payer(unittest.TestCase):
    def test_the_payer_decides_and_is_sent_back(self):
        shop = Shop()
        s = Sim(result_url=shop.url("/result"), payer="manual", redirect="yes",
                success_url="http://shop.example/ok?x=1", fail_url="http://shop.example/no",
                result_method="GET")
        try:
            for invoice in (1, 2, 3, 4):
                text = s.parent(invoice)[1]
                self.assertEqual(s.state(invoice), (3, None))
            page = re.search('name="page" value="([^"]+)"', text).group(1)
            status, _ = s.http("POST", "/Merchant/Pay", dict(page=page, action="pay"))
            success = "199.000000:4:%s:Shp_plan=monthly:Shp_user=42" % P1
            self.assertEqual(status, 302)
            self.assertEqual(s.headers["Location"], "http://shop.example/ok?x=1&inv_id=4&InvId=4&out_sum"
                             "m=199.000000&OutSum=199.000000&crc=%s&SignatureValue=%s&Culture=ru&Shp_pla"
                             "n=monthly&Shp_user=42" % (md5(success), md5(success)))
            s.sim("pay", {"invoice": 1, "action": "decline"})
            s.sim("pay", {"invoice": 2, "action": "abandon"})
            s.sim("pay", {"invoice": 3, "action": "expire"})
            s.idle()
            self.assertEqual([s.state(i) for i in (1, 2, 3, 4)],
                             [(0, 10), (3, None), (3, None), (0, 100)])
            self.assertTrue(shop.of(4)[0]["path"].startswith("/result?out_summ="))
            self.assertEqual(s.http("POST", "/sim/pay", body='{"invoice":1,"action":"pay"}')[0], 409)
            s.sim("pay", {"invoice": 1, "action": "revive"})
            s.idle()
            self.assertEqual((s.state(1), len(shop.of(1))), ((0, 100), 1))
        finally:
            self.assertEqual(s.close(), 0)
            shop.shutdown()
            shop.server_close()

    def test_two_pages_of_one_number_are_paid_once(self):
        s = Sim(payer="manual")
        try:
            pages = [re.search('name="page" value="([^"]+)"', s.parent(5)[1]).group(1)
                     for _ in range(2)]
            for page in pages:
                s.http("POST", "/Merchant/Pay", dict(page=page, action="pay"))
            s.idle()
            self.assertEqual(sorted(o["state"] for o in s.sim("operations")["operations"]), [60, 100])
            self.assertEqual(len(s.sim("captures")["captures"]), 1)
        finally:
            self.assertEqual(s.close(), 0)


class DrivenClock(unittest.TestCase):
    def setUp(self):
        self.shop = Shop()
        self.s = Sim(result_url=self.shop.url("/result"), clock="driven", start_us=START_US,
                     decision_delay_ms=60000, delivery_gaps_ms="1000,2000,4000,8000")

    def tearDown(self):
        self.s.close()
        self.shop.shutdown()
        self.shop.server_close()

    def quiet(self):
        return wait("idle", lambda: (lambda s: s if s["idle"] else None)(self.s.sim("status")))

    def test_time_passes_only_when_driven(self):
        self.s.parent(1)
        self.assertIsNone(self.quiet()["next_wake_us"])
        self.s.child(2, 1)
        status = self.quiet()
        self.assertEqual((status["now_us"], status["next_wake_us"]), (START_US, START_US + 60_000000))
        self.assertEqual(self.s.state(2), (0, 5))
        self.shop.refuse.add(2)
        self.s.sim("clock", {"now_us": START_US + 59_999999})
        self.assertEqual((self.s.state(2), self.shop.of(2)), ((0, 5), []))
        times = []
        for _ in range(6):
            wake_us = self.quiet()["next_wake_us"]
            if wake_us is None:
                break
            times.append((wake_us - START_US) // 1000000)
            self.assertFalse(self.s.sim("clock", {"now_us": wake_us})["idle"])
        self.assertEqual((times, len(self.shop.of(2))), ([60, 61, 63, 67, 75], 5))
        self.assertEqual(self.s.http("POST", "/sim/clock", body='{"now_us":5}')[0], 409)
        self.assertEqual(self.s.captures()[2]["time_us"], START_US + 60_000000)
        first = self.quiet()
        self.assertEqual(self.quiet(), first)


def run_with(text):
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        print(text, end="", file=file, flush=True)
        return subprocess.run([PROGRAM, "--config", file.name], capture_output=True, text=True,
                              timeout=DEADLINE_S)


class Journal(unittest.TestCase):
    def test_what_was_answered_survives_sigkill(self):
        shop = Shop()
        with tempfile.TemporaryDirectory() as folder:
            s = Sim(result_url=shop.url("/result"), journal=os.path.join(folder, "journal"),
                    decision_delay_ms=0, delivery_gaps_ms="100,100,100,100")
            shop.refuse.add(4)
            s.parent(1)
            s.idle()
            s.faults(dict(fault="callback_never", invoice=3))
            self.assertEqual([s.child(i, 1)[1] for i in (2, 3, 4)], ["OK2", "OK3", "OK4"])
            wait("a first delivery", lambda: shop.of(4))
            s.stop(signal.SIGKILL)
            with open(os.path.join(folder, "journal"), "a") as file:
                file.write('{"type":"oper')
            shop.refuse.clear()
            s.start()
            s.idle()
            self.assertEqual([s.state(i) for i in (1, 2, 3, 4)], [(0, 100)] * 4)
            self.assertTrue(s.captures()[4]["acknowledged"])
            self.assertEqual(shop.of(3), [])
            self.assertNotIn("payer@", read(os.path.join(folder, "journal")))
            self.assertEqual(s.close(), 0)
        shop.shutdown()
        shop.server_close()

    def test_a_second_one_at_its_port_or_its_journal_is_refused(self):
        with tempfile.TemporaryDirectory() as directory:
            sim = Sim(journal=(journal := os.path.join(directory, "journal")))
            for key, value, said in (("listen", f"127.0.0.1:{sim.port}", "Address already in use"),
                                     ("journal", journal, f"{journal}: another process has it")):
                lines = {**sim.keys, "listen": "127.0.0.1:0", "journal": journal + "2", key: value}
                run = run_with("".join(f"{name} = {text}\n" for name, text in lines.items()))
                self.assertTrue(run.returncode and said in run.stderr, run)
            self.assertEqual(sim.parent(7)[0], 200)
            self.assertEqual(sim.close(), 0)

    def test_nothing_is_answered_that_could_not_be_written(self):
        with tempfile.TemporaryDirectory() as folder:
            journal = os.path.join(folder, "journal")
            s = Sim(journal=journal)
            s.parent(1)
            s.idle()
            size = os.path.getsize(journal)
            resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (size, size))
            with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
                s.child(2, 1)
            self.assertNotEqual(s.process.wait(DEADLINE_S), 0)
            s.log.close()
            s.start()
            self.assertEqual((s.state(1), s.state(2)), ((0, 100), (3, None)))
            self.assertEqual(s.close(), 0)


class Configuration(unittest.TestCase):
    def test_each_mistake_is_named_with_its_line(self):
        for text, said in (("seed = 1\nseed = 2\n", ":2: 'seed' is there already"),
                           ("nonsense = 1\n", ":1: unknown key 'nonsense'"),
                           ("login = x\nactive = maybe\n", ":2: active: cannot read 'maybe'"),
                           ("fault = explode\n", "unknown fault 'explode'"),
                           ("login = x\n", "'password1_file' is missing"),
                           ("password1_file = /nonexistent\n", "/nonexistent: No such file")):
            run = run_with(text)
            self.assertEqual(run.returncode, 78, text)
            self.assertIn(said, run.stderr)

    def test_help_names_every_option(self):
        run = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0)
        self.assertIn("password1_file", run.stdout)


if __name__ == "__main__":
    unittest.main()
