# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
"""X25519, ChaCha20-Poly1305, HKDF and scrypt from their RFCs. Slow and not constant time: for vectors only."""
import hashlib
import hmac
import struct

P25519 = 2**255 - 19
P1305 = 2**130 - 5


def sha256(data):
    return hashlib.sha256(data).digest()


def hmac_sha256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf_sha256(salt, ikm, info, length):
    """RFC 5869, section 2."""
    prk = hmac_sha256(salt, ikm)
    out = block = b""
    while len(out) < length:
        block = hmac_sha256(prk, block + info + bytes([len(out) // 32 + 1]))
        out += block
    return out[:length]


def scrypt(password, salt, log2_n):
    """RFC 7914 with r = 8, p = 1 and 32 bytes of output."""
    n = 1 << log2_n
    return hashlib.scrypt(password, salt=salt, n=n, r=8, p=1, maxmem=2 * 128 * 8 * n, dklen=32)


def x25519(scalar, u):
    """RFC 7748, section 5: the Montgomery ladder."""
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    x1 = (int.from_bytes(u, "little") & (2**255 - 1)) % P25519
    x2, z2, x3, z3 = 1, 0, x1, 1
    for t in reversed(range(255)):
        bit = k >> t & 1
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb)**2 % P25519, x1 * (da - cb)**2 % P25519
        x2, z2 = aa * bb % P25519, e * (aa + 121665 * e) % P25519
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P25519 - 2, P25519) % P25519).to_bytes(32, "little")


def x25519_public(scalar):
    return x25519(scalar, (9).to_bytes(32, "little"))


def quarter_round(x, a, b, c, d):
    """RFC 8439, section 2.1."""
    for to, of, into, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        x[to] = (x[to] + x[of]) & 0xffffffff
        y = x[into] ^ x[to]
        x[into] = (y << by | y >> (32 - by)) & 0xffffffff


def chacha20_block(key, counter, nonce):
    """RFC 8439, section 2.3."""
    start = struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce)
    x = list(start)
    for _ in range(10):
        for i in range(4):
            quarter_round(x, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter_round(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<16I", *((a + b) & 0xffffffff for a, b in zip(x, start)))


def chacha20(key, counter, nonce, data):
    """RFC 8439, section 2.4."""
    blocks = range((len(data) + 63) // 64)
    stream = b"".join(chacha20_block(key, counter + i, nonce) for i in blocks)
    return bytes(a ^ b for a, b in zip(data, stream))


def poly1305(key, message):
    """RFC 8439, section 2.5."""
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    acc = 0
    for i in range(0, len(message), 16):
        acc = (acc + int.from_bytes(message[i:i + 16] + b"\1", "little")) * r % P1305
    return ((acc + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def aead_tag(key, nonce, ad, ciphertext):
    def padded(data):
        return data + bytes(-len(data) % 16)
    lengths = struct.pack("<QQ", len(ad), len(ciphertext))
    return poly1305(chacha20_block(key, 0, nonce)[:32], padded(ad) + padded(ciphertext) + lengths)


def aead_seal(key, nonce, ad, plain):
    """RFC 8439, section 2.8: ciphertext and tag."""
    ciphertext = chacha20(key, 1, nonce, plain)
    return ciphertext + aead_tag(key, nonce, ad, ciphertext)


def aead_open(key, nonce, ad, sealed):
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if not hmac.compare_digest(tag, aead_tag(key, nonce, ad, ciphertext)):
        raise ValueError("bad tag")
    return chacha20(key, 1, nonce, ciphertext)
