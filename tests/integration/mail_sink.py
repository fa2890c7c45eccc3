"""A mail relay for tests: speaks enough SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH PLAIN,
keeps what it takes, and refuses whom it is told to refuse. It shares nothing with the sender.
"""
import base64
import email
import email.policy
import socketserver
import ssl
import subprocess
import threading


def make_certificate(directory, name="localhost"):
    """A certificate of its own and its key, in one file each."""
    certificate, key = directory / f"{name}.relay.pem", directory / f"{name}.relay.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class Mail:
    def __init__(self, sender, recipient, data, user):
        self.sender, self.recipient, self.data, self.user = sender, recipient, data, user
        self.parsed = email.message_from_bytes(data, policy=email.policy.default)
        self.name = self.parsed["Message-ID"]
        self.words = self.parsed.get_content()


class Conversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        sink = self.server.sink
        self.user = self.sender = self.recipient = None
        self.secure = False
        self.say(sink.greeting)
        if not sink.greeting.startswith("2"):
            return
        while line := self.rfile.readline(2000):
            if not line.endswith(b"\r\n"):
                sink.wrong.append(f"a line without its end: {line!r}")
            verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            if not self.obey(sink, verb.upper(), rest):
                return

    def obey(self, sink, verb, rest):
        if verb == "EHLO":
            self.ehlo(sink, rest)
        elif verb == "STARTTLS":
            self.say("220 go ahead")
            self.request = sink.context.wrap_socket(self.request, server_side=True)
            self.rfile = self.request.makefile("rb")
            self.wfile = self.request.makefile("wb", buffering=0)
            self.secure = True
        elif verb == "AUTH":
            self.sign_in(sink, rest)
        elif verb == "MAIL":
            self.sender = rest[rest.index("<") + 1:rest.index(">")]
            self.say("250 2.1.0 fine" if self.user else "530 5.7.0 sign in first")
        elif verb == "RCPT":
            self.recipient = rest[rest.index("<") + 1:rest.index(">")]
            self.say(sink.refuses.get(self.recipient, "250 2.1.5 fine"))
        elif verb == "DATA":
            self.data(sink)
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say("502 5.5.1 what?")
        return True

    def ehlo(self, sink, rest):
        sink.greeted.add(rest)
        self.say("250-relay.test")
        self.say("250-STARTTLS" if not self.secure else "250-AUTH PLAIN")
        self.say("250 SIZE 1000000")

    def sign_in(self, sink, rest):
        if not self.secure:
            sink.wrong.append("a password without TLS")
        mechanism, _, given = rest.partition(" ")
        if mechanism != "PLAIN":
            self.say("504 5.5.4 not that one")
            return
        if not given:
            self.say("334 ")
            given = self.rfile.readline(2000).decode().strip()
        _, user, password = base64.b64decode(given).decode().split("\0")
        self.user = user if (user, password) == sink.account else None
        self.say("235 2.7.0 welcome" if self.user else "535 5.7.8 no")

    def data(self, sink):
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline(2000)) != b".\r\n":
            if not line:
                return
            lines.append(line[1:] if line.startswith(b"..") else line)
        mail = Mail(self.sender, self.recipient, b"".join(lines), self.user)
        with sink.lock:
            sink.mails.append(mail)
        if sink.forgets:  # it took the e-mail, and its answer is lost
            sink.forgets -= 1
            self.request.close()
            return
        self.say("250 2.0.0 taken")


class MailSink:
    def __init__(self, directory, user, password):
        self.certificate, key = make_certificate(directory)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.account = user, password
        self.mails, self.wrong, self.greeted, self.refuses = [], [], set(), {}
        self.greeting, self.forgets, self.lock = "220 relay.test", 0, threading.Lock()
        self.server, self.port = None, 0
        self.open()

    def open(self):
        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, allow_reuse_address = True, True

            def handle_error(self, *_):
                pass  # who is killed in the middle of it

        self.server = Server(("127.0.0.1", self.port), Conversation)
        self.server.sink = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Nothing listens there."""
        self.server.shutdown()
        self.server.server_close()

    def of(self, address):
        with self.lock:
            return [mail for mail in self.mails if mail.recipient == address]
