#!/usr/bin/python3
"""The customer's page and the operators' desk in Debian's Chromium: starts every process, lets browser.test.js and
desk.test.js in, and does for them what a platform does. proxy.test.js looks at a second web through Debian's nginx as
it is shipped, over TLS; where there is no nginx it says so. Skipped, with the reason, where there is no Chromium, no
node, or no `npm ci` was made.

usage: test_browser.py BIN_DIRECTORY [ARTEFACTS [TEST_NAME_PATTERN]]

With SHOTS=docs/page in the environment README's pictures are made anew there.
"""
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
sys.path.insert(0, str(HERE.parent / "python"))
from desk_rig import Desk  # noqa: E402
from page_rig import World, check, wait_until  # noqa: E402
from process_rig import Process  # noqa: E402
from test_proxy import Nginx, free_port  # noqa: E402

SKIPPED = 77
NGINX_CONF = HERE.parents[1] / "services/web/nginx.conf"
NAME = "balance.example"  # as nginx.conf has it


def missing():
    for program in ("chromium", "node"):
        if not shutil.which(program):
            return f"there is no {program}"
    return None if (HERE / "node_modules/playwright-core").is_dir() else "npm ci --prefix tests/browser was not run"


class Proxied:
    """A second web of a world, that browsers come to through nginx alone; `origin` is None where there is no nginx."""

    def __init__(self, world):
        self.origin = self.nginx = None
        if not shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"):
            return
        place, address = world.place, f"127.0.0.1:{free_port()}"
        directory = place.directory / "proxy"
        directory.mkdir()
        self.nginx = Nginx(NGINX_CONF, address, directory)
        self.origin = f"https://{NAME}:{self.nginx.port}"
        config = place.path("etc", "web.cfg").read_text()
        for old, new in ((world.address, address), (f"http://{address}", self.origin), ("web.ready", "web_proxied.ready")):
            check(old in config, f"web's configuration has {old}")
            config = config.replace(old, new)
        place.path("etc", "web_proxied.cfg").write_text(config)
        self.web = Process(place, "web_proxied", "kopeck-web")

    def __enter__(self):
        if self.nginx:
            self.web.start()
            check(self.web.wait_ready(60), self.web.said())
            check(wait_until(self.nginx.is_up, 10, 0.05), "nginx does not open its port")
        return self

    def __exit__(self, *_):
        if self.nginx:
            self.nginx.process.terminate()
            self.nginx.process.wait(10)
            self.web.kill()


class Control(http.server.BaseHTTPRequestHandler):
    """Who may come in, and what happens to his account."""
    world = desk = None
    lock = threading.Lock()

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        fields = dict(urllib.parse.parse_qsl(address.query))
        account = bytes.fromhex(fields.get("account", ""))
        with self.lock:
            if address.path == "/account":
                said = os.urandom(16).hex()
            elif address.path == "/token":
                said = self.world.token(account)
            elif address.path == "/desk":
                said = self.desk.link()
            elif address.path == "/consent":
                said = self.world.consent(account)
            elif address.path == "/invoices":
                said = str(sum(made["account"] == account
                               for made in self.world.events("payment", "payment.created")))
            elif address.path == "/faults":
                said = self.world.faults(json.loads(fields["rules"])) or "ok"
            elif address.path == "/revive":
                said = self.world.revive(int(fields["invoice"])) or "ok"
            elif address.path == "/use":
                said = self.world.use(account) or "ok"
            elif address.path == "/mailed":
                said = self.world.mailed(fields["address"])
            elif address.path == "/threshold":
                said = self.world.threshold(int(fields["kopecks"])) or "ok"
            else:
                {"/give": self.world.give, "/charge": self.world.charge}[address.path](account, int(fields["kopecks"]))
                said = "ok"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_):
        pass


def main():
    why = missing()
    if why:
        print(f"skipped: {why}")
        return SKIPPED
    artefacts = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="kopeck-browser-")
    os.makedirs(artefacts, exist_ok=True)
    with World(sys.argv[1], mails=True) as world, Desk(world) as desk, Proxied(world) as proxied:
        Control.world, Control.desk = world, desk
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Control)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        only = [f"--test-name-pattern={sys.argv[3]}"] if len(sys.argv) > 3 else []
        done = subprocess.run(["node", "--test", "--test-concurrency=1", *only, "browser.test.js", "desk.test.js",
                               "proxy.test.js"], cwd=HERE, check=False,
                              env={**os.environ, "PROXIED": proxied.origin or "", "WEB": f"http://{world.address}", "ARTEFACTS": artefacts,
                                   "CONTROL": f"http://127.0.0.1:{server.server_port}",
                                   "CHROMIUM": shutil.which("chromium")})
        server.shutdown()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
