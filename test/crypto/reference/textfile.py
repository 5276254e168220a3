# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
"""The files of ../vectors: blocks of `key = value` lines, a blank line between blocks, `#` comments.

Keys are unique in a block. Bytes are written in hex, nothing stands for no bytes.
"""


def text(value):
    return value.hex() if isinstance(value, bytes) else str(value)


def dump(comment, blocks):
    lines = ["# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.", "#"]
    lines += [("# " + line).rstrip() for line in comment.strip().split("\n")]
    for block in blocks:
        lines += [""] + [f"{key} = {text(value)}".rstrip() for key, value in block.items()]
    return "\n".join(lines) + "\n"


def load(path):
    """Blocks of strings."""
    blocks = [{}]
    for line in path.read_text().splitlines():
        if not line:
            blocks.append({})
        elif not line.startswith("#"):
            key, _, value = line.partition(" =")
            assert key not in blocks[-1], f"{path}: {key} twice"
            blocks[-1][key] = value.strip()
    return [block for block in blocks if block]
