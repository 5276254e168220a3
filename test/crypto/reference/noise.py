# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
"""The Noise Protocol Framework, revision 34, for NN and XX with any psk modifiers, 25519_ChaChaPoly_SHA256."""
import struct

from primitives import aead_open, aead_seal, hmac_sha256, sha256, x25519, x25519_public

PATTERNS = {  # section 7.5; the initiator writes the first message, then they take turns
    "NN": ["e", "e ee"],
    "XX": ["e", "e ee s es", "s se"],
}
SUITE = "_25519_ChaChaPoly_SHA256"


def message_patterns(protocol_name):
    """Sections 8 and 9.4: psk0 opens the first message, pskN closes the Nth."""
    name = protocol_name.removeprefix("Noise_").removesuffix(SUITE)
    tokens = [message.split() for message in PATTERNS[name[:2]]]
    for modifier in filter(None, name[2:].split("+")):
        at = int(modifier.removeprefix("psk"))
        tokens[max(at, 1) - 1].insert(0 if at == 0 else len(tokens[at - 1]), "psk")
    return tokens


def hkdf(chaining_key, ikm, outputs):
    """Section 4.3."""
    temp_key, out = hmac_sha256(chaining_key, ikm), [b""]
    for i in range(outputs):
        out.append(hmac_sha256(temp_key, out[-1] + bytes([i + 1])))
    return out[1:]


class CipherState:
    """Section 5.1. `k` is None until there is a key."""
    MAX_NONCE = 2**64 - 1

    def __init__(self, k=None, n=0):
        self.k, self.n = k, n

    @staticmethod
    def nonce(n):
        """Section 12.3."""
        return bytes(4) + struct.pack("<Q", n)

    def encrypt_with_ad(self, ad, plain):
        if self.k is None:
            return plain
        self.n += 1
        return aead_seal(self.k, self.nonce(self.n - 1), ad, plain)

    def decrypt_with_ad(self, ad, sealed):
        if self.k is None:
            return sealed
        plain = aead_open(self.k, self.nonce(self.n), ad, sealed)
        self.n += 1
        return plain

    def rekey(self):
        """Sections 4.2 and 11.3: the nonce goes on counting."""
        self.k = aead_seal(self.k, self.nonce(self.MAX_NONCE), b"", bytes(32))[:32]


class SymmetricState:
    """Section 5.2."""

    def __init__(self, protocol_name):
        name = protocol_name.encode()
        self.h = name.ljust(32, b"\0") if len(name) <= 32 else sha256(name)
        self.ck = self.h
        self.cipher = CipherState()

    def mix_key(self, ikm):
        self.ck, k = hkdf(self.ck, ikm, 2)
        self.cipher = CipherState(k)

    def mix_hash(self, data):
        self.h = sha256(self.h + data)

    def mix_key_and_hash(self, ikm):
        self.ck, temp_h, k = hkdf(self.ck, ikm, 3)
        self.mix_hash(temp_h)
        self.cipher = CipherState(k)

    def encrypt_and_hash(self, plain):
        sealed = self.cipher.encrypt_with_ad(self.h, plain)
        self.mix_hash(sealed)
        return sealed

    def decrypt_and_hash(self, sealed):
        plain = self.cipher.decrypt_with_ad(self.h, sealed)
        self.mix_hash(sealed)
        return plain

    def split(self):
        """From initiator to responder, and back."""
        return [CipherState(k) for k in hkdf(self.ck, b"", 2)]


class HandshakeState:
    """Section 5.3. `s` and `e` are private keys: a given `e` in place of a random one."""

    def __init__(self, protocol_name, initiator, prologue, s=None, e=None, psks=()):
        self.initiator, self.s, self.e, self.psks = initiator, s, e, list(psks)
        self.rs = self.re = None
        self.symmetric = SymmetricState(protocol_name)
        self.symmetric.mix_hash(prologue)
        self.messages = message_patterns(protocol_name)
        self.has_psk = any("psk" in tokens for tokens in self.messages)

    def dh(self, token):
        """`es`: the initiator's e with the responder's s. All zero is refused (section 12.1 permits it)."""
        mine, theirs = token if self.initiator else reversed(token)
        private, public = {"e": self.e, "s": self.s}[mine], {"e": self.re, "s": self.rs}[theirs]
        shared = x25519(private, public)
        if shared == bytes(32):
            raise ValueError("all-zero shared secret")
        self.symmetric.mix_key(shared)

    def mix_token(self, token):
        if token == "psk":
            self.symmetric.mix_key_and_hash(self.psks.pop(0))
        elif token in ("ee", "es", "se", "ss"):
            self.dh(token)

    def mix_ephemeral(self, public):
        self.symmetric.mix_hash(public)
        if self.has_psk:  # section 9.2
            self.symmetric.mix_key(public)

    def write_message(self, payload):
        out = b""
        for token in self.messages.pop(0):
            if token == "e":
                public = x25519_public(self.e)
                out += public
                self.mix_ephemeral(public)
            elif token == "s":
                out += self.symmetric.encrypt_and_hash(x25519_public(self.s))
            else:
                self.mix_token(token)
        return out + self.symmetric.encrypt_and_hash(payload)

    def read_message(self, message):
        for token in self.messages.pop(0):
            if token == "e":
                self.re, message = message[:32], message[32:]
                self.mix_ephemeral(self.re)
            elif token == "s":
                length = 48 if self.symmetric.cipher.k else 32
                self.rs = self.symmetric.decrypt_and_hash(message[:length])
                message = message[length:]
            else:
                self.mix_token(token)
        return self.symmetric.decrypt_and_hash(message)
