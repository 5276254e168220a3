# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
"""aemp's links on top of Noise: handshakes of suites 1, 2 and 3, records, secrets and keys. Integers are big-endian."""
import base64
import struct

from noise import CipherState, HandshakeState, SUITE
from primitives import hkdf_sha256, scrypt, sha256

PATTERNS = {1: "NNpsk0", 2: "XX", 3: "XXpsk0"}
MAX_HELLO = 1024
MAX_DATA = 16384
DATA, HELLO, CLOSE, KEYUPDATE = 0, 1, 2, 3  # types of records
READY = HELLO


def header(suite):
    """The first 8 bytes: magic, version, suite, length of the rest of message 1."""
    return struct.pack(">4sBBH", b"AEMP", 1, suite, 32 if suite == 2 else 48)


def prologue(suite, cluster):
    assert len(cluster) <= 64
    return b"AEMP1\0" + header(suite) + bytes([len(cluster)]) + cluster


def framed(body):
    return struct.pack(">H", len(body)) + body


class RecordCipher(CipherState):
    """One direction of a link."""

    def record(self, kind, data):
        assert len(data) <= MAX_DATA
        sealed = self.encrypt_with_ad(b"", bytes([kind]) + data)
        if kind == KEYUPDATE:
            self.rekey()
        return framed(sealed)


class Side:
    """What one end brings: private keys and its HELLO."""

    def __init__(self, static, ephemeral, hello):
        self.static, self.ephemeral, self.hello = static, ephemeral, hello


def handshake(suite, cluster, psk, initiator, responder, answer):
    """(messages, handshake hash, the two RecordCiphers). `answer` = (READY or CLOSE, data) is message 4."""
    assert max(len(initiator.hello), len(responder.hello)) <= MAX_HELLO
    name = "Noise_" + PATTERNS[suite] + SUITE
    psks = [] if suite == 2 else [psk]
    i, r = (HandshakeState(name, side is initiator, prologue(suite, cluster), side.static,
                           side.ephemeral, psks) for side in (initiator, responder))

    def carry(writer, reader, payload):
        message = writer.write_message(payload)
        assert reader.read_message(message) == payload
        return message

    messages = [header(suite) + carry(i, r, b""), framed(carry(r, i, responder.hello))]
    if suite != 1:
        messages.append(framed(carry(i, r, initiator.hello)))
    assert i.symmetric.h == r.symmetric.h and i.symmetric.ck == r.symmetric.ck
    ciphers = [RecordCipher(cipher.k) for cipher in i.symmetric.split()]
    if suite == 1:
        messages.append(ciphers[0].record(HELLO, initiator.hello))
    messages.append(ciphers[1].record(*answer))
    return messages, i.symmetric.h, ciphers


def psk_of(secret, cluster):
    return hkdf_sha256(b"aemp/1 psk", secret, cluster, 32)


def secret_of_passphrase(passphrase, cluster):
    return scrypt(passphrase, b"aemp/1 pass\0" + cluster, 15)


def text_form(kind, value):
    """`kind` is s (secret), k (private key) or p (public key)."""
    name = f"aemp-{kind}1"
    check = sha256(name.encode() + value)[:4]
    return name + "." + base64.urlsafe_b64encode(value + check).decode()


def from_text_form(kind, text):
    """The 32 bytes, or None."""
    try:
        value = base64.b64decode(text[8:], altchars=b"-_", validate=True)[:32]
    except ValueError:
        return None
    return value if len(value) == 32 and text_form(kind, value) == text else None


def fingerprint(public):
    return base64.urlsafe_b64encode(sha256(public))[:8].decode()
