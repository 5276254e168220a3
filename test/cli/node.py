# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
"""A node in Python, written from aemp-protocol(7) alone: plain links over unix sockets, both ways. It sends, receives, kills,
monitors and is monitored; nothing calls its functions, and nobody finds it but those that it is linked to."""
import os
import select
import socket
import struct
import time

DATA, KIL, MON, UNMON, DOWN, _, _, PING, PONG, IDLE_ASK, IDLE_OK, IDLE_NO, READY, CLOSE, BYE = range(1, 16)
GREETING = b"AEMP\x01\x7f\x00\x00"

Port = type("Port", (tuple,), {})  # (node ID, origin, serial); serial 0 is the node port

def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    size, code = next((size, code) for size, code in ((1, 24), (2, 25), (4, 26), (8, 27)) if n < 1 << 8 * size)
    return bytes([major << 5 | code]) + n.to_bytes(size, "big")

def encode(v):
    if v is None or isinstance(v, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[v]
    if isinstance(v, int):
        return head(0, v) if v >= 0 else head(1, -1 - v)
    if isinstance(v, float):
        return b"\xfb" + struct.pack(">d", v)
    if isinstance(v, (bytes, str)):
        raw = v if isinstance(v, bytes) else v.encode()
        return head(2 if raw is v else 3, len(raw)) + raw
    if isinstance(v, Port):
        return head(6, 44621) + encode([v[0], v[1].to_bytes(8, "big"), v[2]])
    if isinstance(v, (list, tuple)):
        return head(4, len(v)) + b"".join(map(encode, v))
    return head(5, len(v)) + b"".join(encode(x) for pair in v.items() for x in pair)

def decode(b, at):  # one item that begins at `at`, and where it ends
    major, low = b[at] >> 5, b[at] & 31
    at += 1
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    n, raw, at = int.from_bytes(b[at:at + size], "big") if size else low, b[at:at + size], at + size
    if major < 2:
        return -1 - n if major else n, at
    if major in (2, 3):
        return (b[at:at + n] if major == 2 else b[at:at + n].decode()), at + n
    if major == 6:
        v, at = decode(b, at)
        return (Port((v[0], int.from_bytes(v[1], "big"), v[2])) if n == 44621 and len(v) == 3 else v), at
    if major == 7:
        return (struct.unpack({2: ">e", 4: ">f", 8: ">d"}[size], raw)[0] if size > 1 else {20: False, 21: True}.get(n)), at
    items = []
    for _ in range(n * (major - 3)):
        v, at = decode(b, at)
        items.append(v)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at

def values(b, at=0):
    while at < len(b):
        v, at = decode(b, at)
        yield v

def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])

class Link:
    def __init__(self, node, sock, dialled):
        self.node, self.sock, self.up = node, sock, not dialled
        if dialled:
            sock.sendall(GREETING)
        else:
            assert self.exactly(8) == GREETING
            self.say_hello()
        hello, at = self.exactly(int.from_bytes(self.exactly(2), "big")), 0
        fields = {}
        while at < len(hello):
            kind, size = struct.unpack_from(">BH", hello, at)
            at += 3 + size
            fields[kind] = hello[at - size:at]
        self.peer, self.incarnation = fields[1].decode(), int.from_bytes(fields[2], "big")
        if dialled:
            self.say_hello()
        else:
            self.frame(READY, os.urandom(7) + b"\x01")
        node.links[self.peer] = self

    def say_hello(self):
        fields = [(1, self.node.id.encode()), (2, self.node.incarnation.to_bytes(8, "big")), (3, b"\x01\x01\x00\x00\x00\x01")]
        hello = b"".join(struct.pack(">BH", kind, len(v)) + v for kind, v in fields)
        self.sock.sendall(struct.pack(">H", len(hello)) + hello)

    def exactly(self, n):
        out = self.sock.recv(n, socket.MSG_WAITALL)
        if len(out) < n:
            raise ConnectionError("the connection has ended")
        return out

    def frame(self, kind, body=b""):
        self.sock.sendall(struct.pack(">I", len(body) << 8 | kind) + body)

    def destination(self, port):
        named_there = port[2] == 0 or port[1] == self.incarnation
        return varint(port[2] * 4) if named_there else varint(port[2] * 4 + 2) + port[1].to_bytes(8, "big")

    def named(self, body, owner, origin):
        """The port at the beginning of a body, one that its owner named if nothing else is said; and what follows."""
        v, at = body[0] & 127, 1
        while body[at - 1] > 127:
            v, at = v | (body[at] & 127) << 7 * at, at + 1
        if v % 4 == 2:
            origin, at = int.from_bytes(body[at:at + 8], "big"), at + 8
        return Port((owner, origin, v // 4)), body[at:]

    def read(self):
        word = int.from_bytes(self.exactly(4), "big")
        kind, body = word & 255, self.exactly(word >> 8)
        if kind == READY:
            self.up = True
        elif kind in (PING, IDLE_ASK):
            self.frame(PONG if kind == PING else IDLE_NO, body)
        elif kind in (DATA, KIL, MON, UNMON):
            port, rest = self.named(body, self.node.id, self.node.incarnation)
            if kind in (DATA, KIL):
                (self.node.deliver if kind == DATA else self.node.kill)(port, *values(rest))
            elif kind == UNMON or port in self.node.ports:
                self.node.monitored(port, self, kind == MON)
            else:
                self.frame(DOWN, self.destination(port) + encode("no_such_port") + encode("there is no such port"))
        elif kind == DOWN:
            port, rest = self.named(body, self.peer, self.incarnation)
            self.node.waiting.pop(port)(*values(rest))
        elif kind in (CLOSE, BYE):
            raise ConnectionError("closed: %r" % body)
        elif kind < 128 and kind not in (PONG, IDLE_OK, IDLE_NO):
            raise ConnectionError("frame of type %d" % kind)

class Node:  # `on_message` is called with what comes to the node port; other ports have a receiver each
    def __init__(self, name, on_message=print):
        self.id, self.incarnation, self.on_message = name, int.from_bytes(os.urandom(8), "big"), on_message
        self.links, self.ports, self.monitors, self.waiting, self.serial, self.listeners = {}, {}, {}, {}, 0, []

    def listen(self, path):
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(path)
        sock.listen()
        self.listeners.append(sock)

    def dial(self, path):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        link = Link(self, sock, True)
        while not link.up:
            link.read()

    def port(self, receiver):
        self.serial += 1
        port = Port((self.id, self.incarnation, self.serial))
        self.ports[port] = receiver
        return port

    def snd(self, port, *message):
        self.deliver(port, *message) if port[0] == self.id else self.remote(DATA, port, *message)

    def deliver(self, port, *message):
        if port[2] == 0 and message[:1] in (("snd",), ("time",)):  # what the tool asks of a node port
            return self.snd(message[1], *message[2:], *([time.time()] if message[0] == "time" else []))
        (self.on_message if port[2] == 0 else self.ports.get(port, lambda *_: None))(*message)

    def remote(self, kind, port, *what):
        self.links[port[0]].frame(kind, self.links[port[0]].destination(port) + b"".join(map(encode, what)))

    def mon(self, port, callback):
        self.waiting[port] = callback
        self.remote(MON, port)

    def kil(self, port, *reason):
        self.remote(KIL, port, *reason)

    def kill(self, port, *reason):
        if self.ports.pop(port, None):
            for link in self.monitors.pop(port, ()):
                link.frame(DOWN, varint(port[2] * 4) + b"".join(map(encode, reason)))

    def monitored(self, port, link, on):
        self.monitors[port] = self.monitors.get(port, set()) - {link} | ({link} if on else set())

    def step(self):
        """Waits until something comes, and does what it asks for."""
        by_socket = {link.sock: link for link in self.links.values()}
        for sock in select.select([*by_socket, *self.listeners], [], [])[0]:
            try:
                if sock in self.listeners:
                    Link(self, sock.accept()[0], False)
                else:
                    by_socket[sock].read()
            except ConnectionError:
                self.links = {peer: link for peer, link in self.links.items() if link.sock is not sock}
