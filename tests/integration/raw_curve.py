"""A client of ZMTP 3.1 with CURVE over a plain socket, without libzmq (https://rfc.zeromq.org/spec/23,
/26): it says what no library would, and hangs up when it likes.

`seal` makes frames ahead, so that many leave in one write.
"""
import ctypes
import ctypes.util
import os
import socket
import struct
from itertools import count

from zmq.utils import z85

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(15) + bytes(32)
MORE, COMMAND = 1, 2  # flags inside of a CURVE message
LONG = 255
PING = b"\x04PING" + bytes(2)


class Refused(Exception):
    """The peer hung up, or said what belongs to no handshake."""


def shared_key(public, secret):
    out = ctypes.create_string_buffer(32)
    if SODIUM.crypto_box_beforenm(out, public, secret):
        raise Refused("a public key of no group")
    return out.raw


def box(plain, nonce, shared):
    out = ctypes.create_string_buffer(len(plain) + 16)
    SODIUM.crypto_box_easy_afternm(out, plain, ctypes.c_ulonglong(len(plain)), nonce, shared)
    return out.raw


def unbox(sealed, nonce, shared):
    out = ctypes.create_string_buffer(len(sealed) - 16)
    if SODIUM.crypto_box_open_easy_afternm(out, sealed, ctypes.c_ulonglong(len(sealed)), nonce,
                                           shared):
        raise Refused("a box that does not open")
    return out.raw


def frame(flags, body):
    if len(body) > LONG:
        return bytes([flags | 2]) + struct.pack(">Q", len(body)) + body
    return bytes([flags, len(body)]) + body


def key_pair():
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    SODIUM.crypto_box_keypair(public, secret)
    return public.raw, secret.raw


def properties(**named):
    text = b""
    for name, value in named.items():
        name = name.replace("_", "-").encode()
        text += bytes([len(name)]) + name + struct.pack(">I", len(value)) + value
    return text


class RawCurve:
    """A connection whose handshake is done. `keys`: public and secret in Z85; `server`: public."""

    def __init__(self, endpoint, keys, server, socket_type=b"DEALER", metadata=b"", timeout=5.0):
        self.nonces = count(1)
        self.socket = connect(endpoint, timeout)
        try:
            self.shared = self._shake_hands(*map(z85.decode, (*keys, server)),
                                            properties(Socket_Type=socket_type) + metadata)
        except OSError as error:
            self.socket.close()
            raise Refused(str(error)) from error

    def _shake_hands(self, public, secret, server, metadata):
        self.socket.sendall(GREETING)
        self._read(len(GREETING))
        short_public, short_secret = key_pair()
        nonce, to_server = self._nonce(), shared_key(server, short_secret)
        self.socket.sendall(frame(4, b"\x05HELLO\x01\x00" + bytes(72) + short_public + nonce + box(
            bytes(64), b"CurveZMQHELLO---" + nonce, to_server)))
        welcome = self._command(b"\x07WELCOME")
        opened = unbox(welcome[16:], b"WELCOME-" + welcome[:16], to_server)
        shared = shared_key(opened[:32], short_secret)
        vouch_nonce, nonce = os.urandom(16), self._nonce()
        vouch = box(short_public + server, b"VOUCH---" + vouch_nonce,
                    shared_key(opened[:32], secret))
        self.socket.sendall(frame(4, b"\x08INITIATE" + opened[32:] + nonce + box(
            public + vouch_nonce + vouch + metadata, b"CurveZMQINITIATE" + nonce, shared)))
        self._command(b"\x05READY")
        return shared

    def _nonce(self):
        return struct.pack(">Q", next(self.nonces))

    def _read(self, size):
        text = b""
        while len(text) < size:
            more = self.socket.recv(size - len(text))
            if not more:
                raise Refused("hung up on")
            text += more
        return text

    def _command(self, name):
        flags, size = self._read(2)
        if flags & 2:
            size = struct.unpack(">Q", bytes([size]) + self._read(7))[0]
        body = self._read(size)
        if not body.startswith(name):
            raise Refused(f"{body[:12]} instead of {name}")
        return body[len(name):]

    def seal(self, body, flags=0):
        nonce = self._nonce()
        return frame(0, b"\x07MESSAGE" + nonce + box(
            bytes([flags]) + body, b"CurveZMQMESSAGEC" + nonce, self.shared))

    def send(self, sealed):
        self.socket.sendall(sealed)

    def reset(self):
        """Ends the connection at once: what is under way there is thrown away here."""
        if self.socket.family != socket.AF_UNIX:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def connect(endpoint, timeout):
    if endpoint.startswith("ipc://"):
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(timeout)
        made.connect(endpoint.removeprefix("ipc://"))
        return made
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout)
