# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
"""python3 test/crypto/reference/check_noise.py: noise.py must agree with every vector of ../vectors/noise.txt."""
import pathlib
import sys

import noise
import textfile

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
SIDES = ("initiator", "responder")


def handshake_state(block, side):
    def value(name):
        return bytes.fromhex(block[name]) if name in block else None
    psks = [value(key) for key in block if key.startswith("psk.")]
    return noise.HandshakeState(block["protocol"], side == "initiator", value("prologue"),
                                value(side + "_static"), value(side + "_ephemeral"), psks)


def answers(block):
    """What noise.py makes of the inputs in `block`: message.N and handshake_hash."""
    states = {side: handshake_state(block, side) for side in SIDES}
    ciphers, made = {}, {}
    for i in range(sum(key.startswith("payload.") for key in block)):
        sender = block[f"sender.{i}"]
        receiver = SIDES[1 - SIDES.index(sender)]
        payload = bytes.fromhex(block[f"payload.{i}"])
        if states[sender].messages:
            message = states[sender].write_message(payload)
            read = states[receiver].read_message(message)
        else:
            ciphers = ciphers or {side: states[side].symmetric.split() for side in SIDES}
            direction = SIDES.index(sender)
            message = ciphers[sender][direction].encrypt_with_ad(b"", payload)
            read = ciphers[receiver][direction].decrypt_with_ad(b"", message)
        assert read == payload
        made[f"message.{i}"] = message.hex()
    hashes = [state.symmetric.h.hex() for state in states.values()]
    assert hashes[0] == hashes[1]
    return made | {"handshake_hash": hashes[0]}


def main():
    failed = 0
    blocks = textfile.load(VECTORS / "noise.txt")
    for number, block in enumerate(blocks):
        for key, value in answers(block).items():
            if block.get(key, value) != value:
                print(f"{number} {block['source']} {block['protocol']}: {key} differs")
                failed += 1
    print(f"{len(blocks)} vectors, {failed} differences")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
