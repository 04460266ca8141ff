"""Makes system calls of a real server fail: the k-th write to a table ends with ENOSPC, the k-th fsync with EIO, and
so on.

The kernel asks this process about each call of the kinds below (seccomp's user notification); no line of the server
knows of it. Linux 5.19 or later on x86-64; no privilege is needed. """

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import re
import select
import socket
import struct
import subprocess
import sys
import threading

CALLS = {"read": 0, "write": 1, "close": 3, "pread64": 17, "pwrite64": 18, "fsync": 74, "fdatasync": 75,
         "ftruncate": 77, "openat": 257,
         "mkdirat": 258, "unlinkat": 263, "fallocate": 285}
NAMES = {number: name for name, number in CALLS.items()}
AT_FDCWD = -100 & 0xFFFFFFFF  # the working folder
BY_PATH = {"openat", "mkdirat", "unlinkat"}  # their second argument is a path, the first argument of the others a file
O_CREAT = 0o100

_libc = ctypes.CDLL(None, use_errno=True)
_SECCOMP = 317
_NEW_LISTENER, _WAIT_KILLABLE = 1 << 3, 1 << 5
_RECV, _SEND = 0xC0502100, 0xC0182101


def _program() -> bytes:
    """Asks about CALLS of x86-64, lets the others pass."""
    def statement(code, value, yes=0, no=0):
        return struct.pack("HBBI", code, yes, no, value)

    numbers = list(CALLS.values())
    program = [statement(0x20, 4), statement(0x15, 0xC000003E, 0, len(numbers) + 1), statement(0x20, 0)]
    program += [statement(0x15, number, len(numbers) - at, 0) for at, number in enumerate(numbers)]
    return b"".join([*program, statement(0x06, 0x7FFF0000), statement(0x06, 0x7FC00000)])


class Faults:
    """What fails. `popen` are the arguments with which the process must be started, once or several times."""

    def __init__(self):
        self._lock = threading.Lock()
        self._rule = None
        self.fired: list[str] = []  # calls that were made to fail
        self.broken: str = ""  # why the calls are not watched
        self._mine, self._childs = socket.socketpair()
        self.popen = {"preexec_fn": self._install}
        threading.Thread(target=self._watch, daemon=True).start()

    def unsupported(self) -> str:
        """Why this machine cannot do it; empty when it can."""
        if sys.platform != "linux" or platform.machine() != "x86_64":
            return "it needs Linux on x86-64"
        if tuple(map(int, re.match(r"(\d+)\.(\d+)", platform.release()).groups())) < (5, 19):
            return "it needs Linux 5.19"
        subprocess.run(["/bin/true"], **self.popen)
        return self.broken

    def fail(self, calls: str, path: str, error: int, nth: int = 1, times: int = 1) -> None:
        """From now on the nth call of one of these names on a path that holds the pattern, and those after it, `times`
        in all, fail."""
        with self._lock:
            self._rule = {"calls": set(calls.split()), "path": re.compile(path), "error": error, "left": nth - 1,
                          "times": times}
            self.fired = []

    def stop(self) -> list[str]:
        """Nothing fails any more; what did."""
        with self._lock:
            self._rule = None
            return self.fired

    def _install(self) -> None:
        """In the child, before it becomes the server: only calls that are not watched may be made."""
        program = ctypes.create_string_buffer(_program())
        pointer = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program.raw) // 8, ctypes.addressof(program)))
        _libc.prctl(38, 1, 0, 0, 0)
        listener = _libc.syscall(_SECCOMP, 1, _NEW_LISTENER | _WAIT_KILLABLE, pointer)
        if listener < 0:
            os.writev(self._childs.fileno(), [os.strerror(ctypes.get_errno()).encode()])
        else:
            socket.send_fds(self._childs, [b"listen"], [listener])
        os.readv(self._childs.fileno(), [bytearray(1)])

    def _watch(self) -> None:
        """Takes the listeners of one child after the other."""
        while True:
            word, listeners, _, _ = socket.recv_fds(self._mine, 200, 1)
            if listeners:
                threading.Thread(target=self._serve, args=listeners, daemon=True).start()
            else:
                self.broken = word.decode()
            self._mine.send(b"x")

    def _serve(self, listener: int) -> None:
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        while True:
            events = poll.poll()[0][1]
            if not events & select.POLLIN:  # the last process is gone
                os.close(listener)
                return
            call = bytearray(80)
            try:
                fcntl.ioctl(listener, _RECV, call)
                ident, pid, _, number = struct.unpack_from("QIIi", call)
                error = self._error(pid, NAMES[number], struct.unpack_from("6Q", call, 32))
                fcntl.ioctl(listener, _SEND, struct.pack("QqiI", ident, 0, -error, 0 if error else 1))
            except OSError as gone:  # the caller was killed meanwhile
                if gone.errno not in (errno.ENOENT, errno.EINPROGRESS):
                    raise

    def _error(self, pid: int, call: str, arguments: tuple[int, ...]) -> int:
        with self._lock:
            rule = self._rule
            if rule is None or call not in rule["calls"] or call == "openat" and not arguments[2] & O_CREAT:
                return 0
            try:
                if call in BY_PATH:
                    path = _below(pid, arguments[0], _path(pid, arguments[1]))
                else:
                    path = os.readlink(f"/proc/{pid}/fd/{arguments[0] & 0xFFFFFFFF}")
            except OSError:
                return 0
            if not rule["path"].search(path):
                return 0
            if rule["left"]:
                rule["left"] -= 1
                return 0
            if not rule["times"]:
                return 0
            rule["times"] -= 1
            self.fired.append(f"{call} {path}")
            return rule["error"]


def _below(pid: int, folder: int, path: str) -> str:
    """A path from the folder that it is relative to on, when that is an open one."""
    if path.startswith("/") or (folder & 0xFFFFFFFF) == AT_FDCWD:
        return path
    return os.path.join(os.readlink(f"/proc/{pid}/fd/{folder & 0xFFFFFFFF}"), path)


def _path(pid: int, address: int) -> str:
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(4096).partition(b"\0")[0].decode(errors="replace")
