# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
"""python3 test/crypto/reference/generate.py [--check]: writes the known answers of ../vectors, or compares them."""
import struct
import sys

import noise
import textfile
import wire
from check_noise import SIDES, VECTORS, answers
from primitives import sha256, x25519_public

CLUSTERS = [b"", b"test", b"The name of a cluster may have 64 bytes, and this one has them: "]
PASSPHRASES = ["correct horse battery staple", "Stra\u00dfe \u2192 \u00dcbergang", " blanks count, so does case "]


def made(label, size=32):
    """Bytes that look random: SHA-256 of the label and a number."""
    blocks = range((size + 31) // 32)
    return b"".join(sha256(f"{label} {i}".encode()) for i in blocks)[:size]


def psk():
    """Secrets and passphrases, and the psk that each cluster makes of them.

    psk = HKDF-SHA256(salt "aemp/1 psk", ikm secret, info cluster). The secret of a passphrase (UTF-8, here in
    hex) is 32 bytes of scrypt(passphrase, salt "aemp/1 pass" 00 cluster, N = 2^15, r = 8, p = 1).
    """
    for secret in (bytes(32), bytes(range(32)), made("secret")):
        for cluster in CLUSTERS:
            yield {"cluster": cluster, "secret": secret, "secret_text": wire.text_form("s", secret),
                   "psk": wire.psk_of(secret, cluster)}
    for passphrase, cluster in zip(PASSPHRASES + PASSPHRASES[:1], CLUSTERS + CLUSTERS[1:2]):
        secret = wire.secret_of_passphrase(passphrase.encode(), cluster)
        yield {"cluster": cluster, "passphrase": passphrase.encode(), "secret": secret,
               "secret_text": wire.text_form("s", secret), "psk": wire.psk_of(secret, cluster)}


def keys():
    """Text forms: "aemp-" kind "1." base64url(value, check), check = first 4 bytes of SHA-256("aemp-" kind "1" value).

    Private keys are kept as they were drawn; X25519 clamps. fingerprint = first 8 characters of
    base64url(SHA-256(public)). The blocks with `invalid` are texts that are not of that kind (s, k or p).
    """
    for private in (bytes(32), bytes(range(32)), b"\xff" * 32, made("key 1"), made("key 2")):
        public = x25519_public(private)
        yield {"private": private, "public": public, "private_text": wire.text_form("k", private),
               "public_text": wire.text_form("p", public), "fingerprint": wire.fingerprint(public)}
    value = b"\xff" * 32
    for kind, other in ("sk", "ks", "pk"):
        good = wire.text_form(kind, value)
        changed = good[:8] + "-" + good[9:]
        bad = [good[:-1], good + "A", good + "=", good[:8], "", good.upper(), good.replace("_", "/"), changed,
               good[:-1] + chr(ord(good[-1]) ^ 1), good.replace(f"-{kind}1", f"-{kind}2"), good[:7] + good[8:],
               good[:20] + " " + good[20:], wire.text_form(other, value), good.replace(f"-{kind}1", f"-{other}1")]
        for text in bad:
            assert wire.from_text_form(kind, text) is None, text
            yield {"kind": kind, "invalid": text}
        assert wire.from_text_form(kind, good) == value


def field(kind, value):
    return struct.pack(">BH", kind, len(value)) + value


def hello(name, suite, size=0):
    """The required fields, padded to `size` bytes if that is more."""
    versions = struct.pack(">BBBBH", 1, 1, 0, 0, 1 << suite)
    fields = field(1, name.encode()) + field(2, made(name, 8)) + field(3, versions)
    room = size - len(fields) - 3
    return fields + field(0x7f, made(name + " padding", room)) if room >= 0 else fields


def handshakes():
    """(block, the RecordCiphers after it). With suite 2 the responder tells a stranger little, the rest is in READY."""
    held_back = field(4, b"\2") + field(12, bytes(8)) + field(13, b"\0")
    for suite in wire.PATTERNS:
        later = held_back if suite == 2 else b""
        for number, cluster in enumerate(CLUSTERS):
            name = f"suite{suite}.{number}"
            sizes = ((0, 0), (200, 1024), (1024, 500))[number]
            sides, block = [], {"name": name, "suite": suite, "cluster": cluster}
            secret = made(name + " secret")
            if suite != 2:
                block |= {"secret": secret, "psk": wire.psk_of(secret, cluster)}
            for who, size in zip(SIDES, sizes):
                size = 0 if suite == 2 and who == "responder" else size
                side = wire.Side(made(f"{name} {who} static"), made(f"{name} {who} ephemeral"), hello(who, suite, size))
                if suite != 1:
                    block |= {f"{who}_static": side.static, f"{who}_public": x25519_public(side.static)}
                block |= {f"{who}_ephemeral": side.ephemeral, f"{who}_hello": side.hello}
                sides.append(side)
            answer = (wire.CLOSE, b"\3again") if number == 2 else (wire.READY, later)
            messages, h, ciphers = wire.handshake(suite, cluster, wire.psk_of(secret, cluster), *sides, answer)
            block |= {"answer_type": answer[0], "answer": answer[1], "prologue": wire.prologue(suite, cluster)}
            block |= {f"message.{i + 1}": message for i, message in enumerate(messages)}
            block |= {"handshake_hash": h, "link_id": h[:8]}
            block |= {"initiator_key": ciphers[0].k, "responder_key": ciphers[1].k}
            yield block, ciphers


def handshake():
    """Whole handshakes as they go over the wire. suite: 1 NNpsk0, 2 XX, 3 XXpsk0; *_static and *_ephemeral are private.

    message.1 and .3 are the initiator's, .2 and .4 the responder's. message.4 is a record of answer_type (1 READY,
    2 CLOSE) with the data `answer`; in suite 1 message.3 is a record too. *_key are the keys of Split(), each for the
    records its owner sends; counters begin with 0, message.3 of suite 1 and message.4 have used one each.
    """
    return [block for block, _ in handshakes()]


# Of the DATA records of one direction; None is a KEYUPDATE.
SIZES = (0, 1, 2, 15, 16, 17, None, 62, 63, 64, 100, 255, 256, None, 1000, 1024, 4096, 16383, 16384)


def fill(first, size):
    return bytes((first + i) % 251 for i in range(size))


def record(cipher, kind, first, size):
    block = {"key": cipher.k, "counter": cipher.n, "type": kind, "first": first, "size": size}
    data = cipher.record(kind, fill(first, size))
    return block | ({"record": data} if size <= 256 else {"record_sha256": sha256(data)})


def records():
    """Records: u16 length, then type and data under ChaCha20-Poly1305 with nonce 00000000 LE64(counter) and no AD.

    Byte i of the data is (first + i) mod 251, for `size` bytes. Types: 0 DATA, 2 CLOSE, 3 KEYUPDATE. The
    blocks of one sender of one handshake (of handshake.txt) follow each other on that link; `key` and `counter` are
    those in force for the record. After a KEYUPDATE the key is REKEY(key), the counter goes on. Long
    records are given by their SHA-256. The last blocks are of no link: large counters.
    """
    for block, ciphers in handshakes():
        if block["answer_type"] != wire.READY or block["cluster"]:
            continue
        for who, cipher in zip(SIDES, ciphers):
            link = {"handshake": block["name"], "sender": who}
            for number, size in enumerate(SIZES):
                kind = wire.KEYUPDATE if size is None else wire.DATA
                yield link | record(cipher, kind, number * 13, size or 0)
            yield link | record(cipher, wire.CLOSE, 1, 6)
    for counter in (2**32 - 1, 2**32, 0x0123456789abcdef):
        yield record(wire.RecordCipher(made("counter"), counter), wire.DATA, 7, 40)


def rekey():
    """REKEY of Noise, `times` times over: the first 32 bytes of ENCRYPT(key, nonce 2^64 - 1, no AD, 32 zeros)."""
    for key in (bytes(32), b"\xff" * 32, made("rekey")):
        for times in (1, 2, 3, 1000):
            cipher = noise.CipherState(key)
            for _ in range(times):
                cipher.rekey()
            yield {"key": key, "times": times, "result": cipher.k}


def engine():
    """More of the format of noise.txt: every psk modifier of XX alone and some together, with the handshake hash."""
    cases = [("XXpsk0", 0, 0), ("XXpsk0", 9, 5), ("XXpsk0", 64, 300), ("XXpsk0", 79, 1024), ("XXpsk1", 9, 5),
             ("XXpsk2", 9, 5), ("XXpsk3", 9, 5), ("XXpsk0+psk3", 9, 5), ("XX", 9, 5), ("NN", 9, 5), ("NNpsk0", 79, 300)]
    for pattern, prologue, payload in cases:
        label = f"{pattern} {prologue} {payload}"
        block = {"source": "aemp", "protocol": f"Noise_{pattern}{noise.SUITE}", "prologue": made(label, prologue)}
        block |= {f"psk.{i}": made(f"{label} psk {i}") for i in range(pattern.count("psk"))}
        for what in ("static", "ephemeral") if pattern.startswith("XX") else ("ephemeral",):
            block |= {f"{who}_{what}": made(f"{label} {who} {what}") for who in SIDES}
        for i in range(5):
            block |= {f"sender.{i}": SIDES[i % 2], f"payload.{i}": made(f"{label} payload {i}", payload)}
        block = {key: textfile.text(value) for key, value in block.items()}
        yield block | answers(block)


def main(check):
    different = False
    for make in (psk, keys, handshake, records, rekey, engine):
        path = VECTORS / (make.__name__ + ".txt")
        comment = "\n".join(line.strip() for line in make.__doc__.strip().split("\n"))
        content = textfile.dump(comment + "\n\nWritten by ../reference/generate.py.", list(make()))
        if not check:
            path.write_text(content)
        elif not path.exists() or path.read_text() != content:
            print(f"{path} differs from what generate.py makes")
            different = True
    return different


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--check"]))
