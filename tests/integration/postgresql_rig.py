"""A PostgreSQL server of a test's own, and a place whose processes keep their journals in it."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from process_rig import START_S, Violation, wait_until
from services_table import JOURNALS

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "postgres_server"


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """On a local socket in its directory, and on a port of this machine."""

    def __init__(self, *options):
        self.directory = Path(tempfile.mkdtemp(prefix="kopeck-postgres-"))
        self.directory.chmod(0o711)
        self.port, self.options, self.child = _free_port(), options, None
        self.programs = Path(self._run("clients").strip())
        self._run("make", self.directory)

    def _run(self, *words):
        done = subprocess.run([SCRIPT, *words], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Violation(f"postgres_server {words[0]}: {done.stderr}")
        return done.stdout

    def start(self):
        with (self.directory / "log").open("ab") as log:
            self.child = subprocess.Popen(
                [SCRIPT, "run", self.directory, "-c", "listen_addresses=127.0.0.1",
                 "-c", f"port={self.port}", *self.options], stdout=log, stderr=log)
        if not wait_until(self.is_ready, START_S, 0.05):
            raise Violation(f"the server does not start: {(self.directory / 'log').read_text()}")

    def is_ready(self):
        return subprocess.run([self.programs / "pg_isready", "-q", "-h", self.directory,
                               "-p", str(self.port)], check=False).returncode == 0

    def stop_at_once(self):
        """As `pg_ctl stop -m immediate` does: no checkpoint, its next start recovers."""
        self.child.send_signal(signal.SIGQUIT)
        self.child.wait(START_S)

    def kill(self):
        """All of it, as the machine's kernel would: its processes die with their parent."""
        self.child.kill()
        self.child.wait(START_S)
        if not wait_until(self._is_gone, START_S, 0.02):
            raise Violation("processes of the killed server live on")

    def _is_gone(self):
        data = str(self.directory / "data").encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "cwd").encode() == data:
                    return False
            except OSError:
                pass  # it has just ended
        return True

    def sql(self, text):
        done = subprocess.run([self.programs / "psql", "-AtXq", "-h", self.directory, "-p",
                               str(self.port), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-c",
                               text], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Violation(f"{text}: {done.stderr}")
        return done.stdout.strip()

    def close(self):
        if self.child is not None and self.child.poll() is None:
            self.stop_at_once()
        shutil.rmtree(self.directory, ignore_errors=True)


def journal_of(place, name):
    return f"postgresql:{place.path('var', name)}"


def move_in(place, server):
    """All journals of a place that has none yet: the ledger reaches the server by its port, the
    others by its local socket."""
    for name in JOURNALS:
        directory = place.path("var", name)
        directory.mkdir(mode=0o700)
        host = "127.0.0.1" if name == "ledger" else server.directory
        (directory / "connection").write_text(
            f"host={host} port={server.port}\nuser=postgres dbname=postgres\nschema={name}\n")
    for file in place.path("etc", "").glob("*.cfg"):
        text = re.sub(r'((?:directory|journal) = ")(/[^"]*/var/(?:' + "|".join(JOURNALS) + ')")',
                      r"\1postgresql:\2", file.read_text())
        file.write_text(text)
