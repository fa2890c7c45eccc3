#!/usr/bin/python3
"""services/web/nginx.conf as shipped, in Debian's nginx, before real processes: what browsers and Robokassa get
through it, and what does not get through. Skipped, with the reason, where there is no nginx.

usage: test_proxy.py BIN_DIRECTORY NGINX_CONF
"""
import http.client
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse

from page_rig import Page, World, check, equal, new_account, until, wait_until
from process_rig import SKIPPED

REPLACED = ((r"listen 443 ssl http2;", "listen 127.0.0.1:{port} ssl http2;"),
            (r"/etc/kopeck/public/balance\.pem", "{directory}/balance.pem"),
            (r"/etc/kopeck/secret/balance\.key", "{directory}/balance.key"),
            (r"/var/log/nginx/kopeck\.log", "{directory}/access.log"),
            (r"/var/log/nginx/kopeck-error\.log", "{directory}/error.log"))
CONNECTIONS = 32  # of one address, as the file says


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    def __init__(self, conf, web, directory):
        self.port, self.web, self.directory = free_port(), web, directory  # `web`: the origin that it was told
        text = open(conf, encoding="utf-8").read()
        for pattern, put in REPLACED:
            text, count = re.subn(pattern, put.format(port=self.port, directory=directory), text)
            equal(f"{pattern} stands there once", 1, count)
        text, count = re.subn(r"server 127\.0\.0\.1:8080;", f"server {web};", text)
        equal("both listeners of web", 2, count)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=balance.example", "-days", "2", "-keyout", f"{directory}/balance.key",
                        "-out", f"{directory}/balance.pem"], check=True, capture_output=True)
        temporary = " ".join(f"{kind}_temp_path {directory}/{kind};" for kind in
                             ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{directory}/nginx.conf", "w", encoding="utf-8") as out:
            out.write(f"daemon off; master_process off; pid {directory}/nginx.pid;\n"
                      f"error_log stderr;\nevents {{}}\nhttp {{ {temporary}\n{text}\n}}\n")
        self.process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", f"{directory}/nginx.conf"],
                                        stderr=open(f"{directory}/main.log", "wb"))

    def connect(self):
        context = ssl.create_default_context(cafile=f"{self.directory}/balance.pem")
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 30),
                                   server_hostname="balance.example")

    def is_up(self):
        try:
            self.connect().close()
            return True
        except OSError:
            check(self.process.poll() is None, "nginx ended: " + self.log("main.log"))
            return False

    def log(self, name):
        return open(f"{self.directory}/{name}", encoding="utf-8", errors="replace").read()

    def ask(self, method, path, fields=None, headers=()):
        """What comes once everybody has answered in time, which on a busy machine may take a while."""
        return until(path, lambda: (page := self.ask_once(method, path, fields, headers)).status != 503 and page)

    def ask_once(self, method, path, fields, headers):
        """An answer over HTTP/1.1: Page."""
        connection = self.connect()
        body = urllib.parse.urlencode(fields).encode() if fields else b""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.web}", "Connection: close", "Sec-Fetch-Site: same-origin",
                 "Sec-Fetch-Dest: document", *(f"{name}: {value}" for name, value in headers)]
        if method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        page = Page(answer)
        connection.close()
        return page


def expect_pages(nginx, world):
    """The whole way of a customer, over TLS: his session, a form, and the long address of a payment page."""
    account = new_account()
    page = nginx.ask("GET", f"/enter?k={world.token(account)}")
    equal("signed in", (303, "/balance"), (page.status, page.location))
    cookie = ("Cookie", page.headers["Set-Cookie"].split(";")[0])
    page = nginx.ask("GET", "/balance", headers=[cookie])
    equal("the page", 200, page.status)
    equal("a year of TLS alone", "max-age=31536000", page.headers["Strict-Transport-Security"])
    ticket = page.forms()["/balance/topup"]["ticket"]
    page = nginx.ask("POST", "/balance/topup", {"ticket": ticket, "amount": "500"}, [cookie])
    check(page.status == 303 and page.location.startswith(f"http://{world.sim}/"), f"{page.status} {page.shown}")
    packed = nginx.ask("GET", "/balance", headers=[cookie, ("Accept-Encoding", "gzip")])
    equal("HTML is compressed", ("gzip", True), (packed.headers["Content-Encoding"], len(packed.body) < 8 * 1024))
    done = subprocess.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "-H", f"Host: {nginx.web}",
                           f"https://127.0.0.1:{nginx.port}/balance"], capture_output=True, text=True, check=True)
    equal("HTTP/2 is spoken", "2 401", done.stdout)


def expect_notices(nginx):
    page = nginx.ask("POST", "/robokassa/result", {"OutSum": "1", "InvId": "1", "SignatureValue": "00"})
    equal("a notice comes to payment, which refuses it", (400, "bad sign\n"), (page.status, page.text))


def expect_no_other_address(nginx):
    """Sign-ins are five a minute of an address: what a client says of his own counts for nothing."""
    found = [nginx.ask("GET", "/enter?k=x", headers=[("X-Real-IP", f"10.9.8.{n}"), ("X-Forwarded-For", "10.1.1.1")]).status
             for n in range(7)]
    check(found[-1] == 429 and set(found) <= {401, 429}, f"six addresses of one client: {found}")


def expect_bounds(nginx):
    equal("a form is 16 KiB at most", 413, nginx.ask("POST", "/balance/topup", {"amount": "1" * 17000}).status)
    held = []
    for _ in range(CONNECTIONS):  # forms that never end
        connection = nginx.connect()
        connection.sendall(b"POST /balance/topup HTTP/1.1\r\nHost: balance.example\r\nContent-Length: 100\r\n\r\nx")
        held.append(connection)
    time.sleep(0.3)
    equal("one more of the same address", 429, nginx.ask("GET", "/balance").status)
    equal("but a notice", 400, nginx.ask("POST", "/robokassa/result", {"InvId": "1"}).status)
    for connection in held:
        connection.close()
    check(wait_until(lambda: nginx.ask("GET", "/balance").status == 401, 10, 0.1), "and it serves on")


def expect_no_query_in_logs(nginx):
    logs = nginx.log("access.log") + nginx.log("error.log") + nginx.log("main.log")
    check('"GET /enter" 303' in logs and '"POST /robokassa/result" 400' in logs, "requests are written down")
    check("k=" not in logs and "?" not in logs, "and their queries are not")


def main():
    if not shutil.which("nginx") and not shutil.which("/usr/sbin/nginx"):
        print("skipped: there is no nginx")
        return SKIPPED
    with World(sys.argv[1]) as world:
        nginx = Nginx(sys.argv[2], world.address, world.place.directory)
        try:
            check(wait_until(nginx.is_up, 10, 0.05), "nginx does not open its port")
            expect_pages(nginx, world)
            expect_notices(nginx)
            expect_no_other_address(nginx)
            expect_bounds(nginx)
            expect_no_query_in_logs(nginx)
        finally:
            nginx.process.terminate()
            nginx.process.wait(10)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
