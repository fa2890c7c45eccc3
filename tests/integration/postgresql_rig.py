"""A PostgreSQL server of a test's own, and a place whose processes keep their journals in it."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from process_rig import START_S, Process, Violation, wait_until
from services_table import JOURNALS

TOOLS = Path(__file__).resolve().parents[2] / "tools"
SCRIPT, REPLICATED = TOOLS / "postgres_server", TOOLS / "replicated"


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


REJOIN_S = 120  # a primary that was killed recovers, is rewound and starts again
PASSWORD = "canary-of-the-database"
# Over the network with TLS and a password, as a server on another machine is reached.
ACCESS = """local all all trust
local replication all trust
hostssl all all 127.0.0.1/32 scram-sha-256
"""


class Server:
    """On a local socket in its directory, and on a port of this machine."""

    def __init__(self, *options):
        self.directory = Path(tempfile.mkdtemp(prefix="kopeck-postgres-"))
        self.directory.chmod(0o711)
        self.port, self.options, self.child = _free_port(), options, None
        self.programs = Path(self._run("clients").strip())
        self._run("make", self.directory)
        self._let_in()

    def _let_in(self):
        data = self.directory / "data"
        (data / "pg_hba.conf").write_text(ACCESS)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=postgres",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", data / "server.key",
                        "-out", data / "server.crt"], check=True, capture_output=True)
        (data / "server.key").chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(data / "server.key", "postgres", "postgres")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("ssl = on\n")

    def make_role(self, name):
        self.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
        self.sql(f"GRANT CREATE ON DATABASE postgres TO {name}")

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

    def place(self, process, directory):
        """Reached by the ledger over the network, by the others by the local socket."""
        if process != "ledger":
            return f"host={self.directory} port={self.port}\nuser=postgres"
        self.make_role(process)
        shutil.copy(self.directory / "data" / "server.crt", directory / "root.crt")
        (directory / "pgpass").write_text(f"127.0.0.1:*:*:{process}:{PASSWORD}\n")
        (directory / "pgpass").chmod(0o600)
        return (f"host=127.0.0.1 port={self.port}\nuser={process}\n"
                f"sslmode=verify-full sslrootcert={directory / 'root.crt'}")

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


class Cluster:
    """Three servers that Patroni keeps, of which what is committed is on two (tools/replicated). Its
    primary is killed, and its next start is the failover, which nobody makes but they."""

    NODES = ("n1", "n2", "n3")

    def __init__(self, *net, inside=lambda node: ()):
        """`inside`: the words before the command that keeps a node, say for a network of its own."""
        self.directory = Path(tempfile.mkdtemp(prefix="kopeck-replicated-"))
        self.runs, self.inside = {}, inside
        self.programs = Path(subprocess.run([SCRIPT, "clients"], capture_output=True, text=True,
                                            check=True).stdout.strip())
        self.order("make", *net)

    def order(self, verb, *words, refused=False):
        done = subprocess.run([REPLICATED, verb, self.directory, *words], capture_output=True,
                              text=True, timeout=120)
        if (done.returncode != 0) != refused:
            raise Violation(f"replicated {verb}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def run(self, node):
        with (self.directory / f"{node}.said").open("ab") as said:
            self.runs[node] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *self.inside(node), REPLICATED, "run",
                 self.directory, node], stdout=said, stderr=said)

    def roles(self):
        return dict(line.split(" ", 1) for line in self.order("status").splitlines())

    def primary(self):
        return next((node for node, role in self.roles().items() if role.startswith("primary")),
                    None)

    def is_safe(self, standbys):
        """Whether there is a primary that has found who waits with it, and so many standbys."""
        roles = list(self.roles().values())
        return (sum(role.startswith("standby 0/") for role in roles) >= standbys and
                any(re.search("primary.*waits for.*n[123]", role) for role in roles) and
                any(role.endswith("synchronous") for role in roles))

    def sql(self, node, text):
        done = subprocess.run([self.programs / "psql", "-AtXq", "-h", self.directory / node, "-U",
                               "postgres", "-c", text], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Violation(f"{node}: {text}: {done.stderr}")
        return done.stdout.strip()

    def start(self, standbys=2):
        """All that do not run; and whoever was killed is back."""
        for node in self.NODES:
            if node not in self.runs:
                self.run(node)
        self.wait_until_safe(standbys)

    def wait_until_safe(self, standbys):
        if not wait_until(lambda: self.is_safe(standbys), REJOIN_S, 0.2):
            raise Violation(self.order("status"))

    def kill(self):
        """The primary's server. Its Patroni finds that out."""
        self.order("kill", self.primary())

    def crash(self, node):
        """As a machine whose power is cut."""
        self.order("crash", node)
        self.runs.pop(node).wait(START_S)

    def place(self, _process, directory):
        shutil.copy(self.directory / "pgpass", directory / "pgpass")
        return (f"host={self.order('hosts').strip()}\nuser=postgres\n"
                "connect_timeout=3 tcp_user_timeout=5000\n"
                "keepalives_idle=3 keepalives_interval=1 keepalives_count=2")

    def close(self):
        for node in list(self.runs):
            self.crash(node)  # an orderly end takes its time
        shutil.rmtree(self.directory, ignore_errors=True)


def second_ledger(place, lines=""):
    """The same ledger once more, with doors of its own; `lines` of its section journal."""
    text = place.path("etc", "ledger.cfg").read_text()
    for door in ("command", "replay", "publish", "feed"):
        endpoint = place.endpoints["ledger", door]
        place.endpoints["second", door] = endpoint + "2"
        text = text.replace(f'"{endpoint}"', f'"{endpoint}2"')
    text = text.replace("/run/ledger.ready", "/run/second.ready")
    place.path("etc", "second.cfg").write_text(text.replace("journal\n", "journal\n" + lines, 1))
    for half in ("cert", "cert_secret"):
        folder = place.path("keys", "public" if half == "cert" else "secret")
        (folder / f"second.{half}").symlink_to(folder / f"ledger.{half}")
    return Process(place, "second", "kopeck-ledger")


def move_in(place, server):
    """All journals of a place that has none yet."""
    for name in JOURNALS:
        directory = place.path("var", name)
        directory.mkdir(mode=0o700)
        (directory / "connection").write_text(
            f"{server.place(name, directory)}\ndbname=postgres\nschema={name}\n")
    for file in place.path("etc", "").glob("*.cfg"):
        text = re.sub(r'((?:directory|journal) = ")(/[^"]*/var/(?:' + "|".join(JOURNALS) + ')")',
                      r"\1postgresql:\2", file.read_text())
        file.write_text(text)
