#!/usr/bin/env python3
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
"""terminal.py COLUMNSxROWS SCRIPT COMMAND...: runs the command in a pseudo-terminal of that size, types what the script says, and
prints the screens that it asks for, as plain text. Exit code: the command's, or 99 where it did not do what was waited for.

The script has a step a line:
  wait TEXT      until the screen has this text; \\n is the end of a line
  gone TEXT      until it does not
  type TEXT      these keys; \\r \\t \\e and \\xHH stand for themselves
  resize CxR     the terminal has another size
  run COMMAND    run it in a shell
  drawn          until the whole screen, which ends with an ED, was drawn that began after this step: that is the second one
  screen         print the screen, between lines of its width
  end            until the command has ended
The terminal knows what ECMA-48 calls CUP, CUF, ED, EL and SGR, and the alternate screen of xterm; all else is an error."""
import fcntl, os, pty, re, select, struct, sys, termios, time

PATIENCE = 30


class Screen:
    def __init__(self, columns, rows):
        self.columns, self.rows, self.rest, self.drawn = columns, rows, b"", 0
        self.clear()

    def clear(self):
        self.lines = [[" "] * self.columns for _ in range(self.rows)]
        self.x = self.y = 0

    def resize(self, columns, rows):
        old, x, y = self.lines, self.x, self.y
        self.columns, self.rows = columns, rows
        self.clear()
        down = max(0, y + 1 - rows)  # what is above goes out at the top
        for to, line in enumerate(old[down:down + rows]):
            self.lines[to][:] = (line + [" "] * columns)[:columns]
        self.x, self.y = min(x, columns - 1), y - down

    def feed(self, data):
        data, self.rest = self.rest + data, b""
        at = 0
        while at < len(data):
            if data[at] == 0x1b:
                found = re.compile(rb"\x1b\[([?0-9;]*)([A-Za-z])").match(data, at)
                if not found:
                    if len(data) - at > 32:
                        raise SystemExit("terminal.py: an unknown sequence: %r" % data[at:at + 32])
                    self.rest = data[at:]
                    return
                self.sequence(found[1].decode(), found[2].decode())
                at = found.end()
                continue
            length = 1 if data[at] < 0x80 else 2 if data[at] < 0xe0 else 3 if data[at] < 0xf0 else 4
            if at + length > len(data):
                self.rest = data[at:]
                return
            self.put(data[at:at + length].decode())
            at += length

    def put(self, char):
        if char == "\r":
            self.x = 0
        elif char == "\n":
            self.down()
        elif char == "\t":
            self.x = min(self.columns - 1, self.x // 8 * 8 + 8)
        elif char >= " ":
            if self.x == self.columns:
                self.x = 0
                self.down()
            self.lines[self.y][self.x] = char
            self.x += 1

    def down(self):
        if self.y + 1 < self.rows:
            self.y += 1
        else:
            self.lines = self.lines[1:] + [[" "] * self.columns]

    def sequence(self, parameters, final):
        numbers = [int(n) for n in re.findall(r"\d+", parameters)]
        first = numbers[0] if numbers else 0
        if final == "H":
            self.y = max(first, 1) - 1
            self.x = (numbers[1] if len(numbers) > 1 else 1) - 1
        elif final == "C":
            self.x = min(self.columns - 1, self.x + max(first, 1))
        elif final == "J":
            for y in range(0 if first == 2 else self.y + 1, self.rows):
                self.lines[y] = [" "] * self.columns
            if first == 0:
                self.lines[self.y][self.x:] = [" "] * (self.columns - self.x)
                self.drawn += 1
        elif final == "K":
            self.lines[self.y][self.x:] = [" "] * (self.columns - self.x)
        elif final in "hl" and parameters in ("?1049", "?25"):
            if parameters == "?1049":
                self.clear()
        elif final != "m":
            raise SystemExit("terminal.py: an unknown sequence: %s%s" % (parameters, final))

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines)


def size_of(text):
    return tuple(int(n) for n in text.split("x"))


def main():
    size, script, command = size_of(sys.argv[1]), open(sys.argv[2]).read().split("\n"), sys.argv[3:]
    screen = Screen(*size)
    pid, fd = pty.fork()
    if pid == 0:
        # The size is there before the command looks.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.execv(command[0], command)

    unread = b""

    # Not further than to the end of a whole screen at a time.
    def until(what, step):
        nonlocal unread
        limit = time.monotonic() + PATIENCE
        while not what():
            if unread:
                end = unread.find(b"\x1b[J")
                end = len(unread) if end < 0 else end + 3
                screen.feed(unread[:end])
                unread = unread[end:]
                continue
            if not select.select([fd], [], [], max(0, limit - time.monotonic()))[0]:
                print("terminal.py: waited in vain: %s\n%s" % (step, screen.text()), file=sys.stderr)
                os.kill(pid, 9)
                os.waitpid(pid, 0)
                sys.exit(99)
            try:
                data = os.read(fd, 65536)
            except OSError:  # the command has ended
                data = b""
            if not data:
                return
            unread = data

    for step in script:
        verb, _, rest = step.partition(" ")
        rest = rest.replace("\\n", "\n")
        if verb == "wait":
            until(lambda: rest in screen.text(), step)
            if rest not in screen.text():
                print("terminal.py: it ended before: %s\n%s" % (step, screen.text()), file=sys.stderr)
                sys.exit(99)
        elif verb == "gone":
            until(lambda: rest not in screen.text(), step)
        elif verb == "type":
            os.write(fd, re.sub(rb"\\x(..)|\\(.)", lambda m: bytes([int(m[1], 16)]) if m[1] else
                                {b"r": b"\r", b"t": b"\t", b"e": b"\x1b"}[m[2]], rest.encode()))
        elif verb == "resize":
            screen.resize(*size_of(rest))
            fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", screen.rows, screen.columns, 0, 0))
        elif verb == "run":
            if os.system(rest) != 0:
                sys.exit(99)
        elif verb == "drawn":
            last = screen.drawn + 2
            until(lambda: screen.drawn >= last, step)
        elif verb == "screen":
            edge = "-" * screen.columns
            print(edge, screen.text().rstrip("\n"), edge, sep="\n")
        elif verb == "end":
            until(lambda: False, step)
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
