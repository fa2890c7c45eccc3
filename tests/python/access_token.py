"""The platform's access tokens, signed as it signs them: JWS with ES256 (docs/rules.md, PROTOCOL.md)."""
import base64
import json
import subprocess


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def raw_signature(der):
    """r and s of 32 bytes each out of a DER sequence of two integers."""
    numbers, at = [], 2
    for _ in range(2):
        size = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(32, "big"))
        at += 2 + size
    return b"".join(numbers)


def sign(key, claims, header=None):
    """By the private key in the file `key`."""
    parts = [header or {"alg": "ES256"}, claims]
    text = b".".join(base64url(json.dumps(part).encode()) for part in parts)
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text, check=True,
                         capture_output=True).stdout
    return (text + b"." + base64url(raw_signature(der))).decode()
