"""What the reading process takes away from itself before it touches a file."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct

from .limits import ProcessLimits

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_CPU_GRACE_S = 5

# Berkeley packet filter, as seccomp(2) takes it: (code, jump if true, jump if false, constant).
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM = 1
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE = 0, 4
_X32_CALLS = 0x40000000

# Calls that no reader needs: those of the network, of starting programs, and of looking into other processes.
_REFUSED = {
    # socket, connect, accept, bind, listen, execve, ptrace, accept4, process_vm_readv, process_vm_writev, execveat, io_uring_setup
    "x86_64": (0xC000003E, (41, 42, 43, 49, 50, 59, 101, 288, 310, 311, 322, 425)),
    "aarch64": (0xC00000B7, (198, 203, 202, 200, 201, 221, 117, 242, 270, 271, 281, 425)),
}


def enter(limits: ProcessLimits, *, parent: int) -> bool:
    """Give up what reading a file does not need.

    Parameters
    ----------
    limits : ProcessLimits
    parent : int
        Process whose end is also the end of this one.

    Returns
    -------
    bool
        Whether the operating system also refuses network and programs; false on systems other than Linux on x86-64 or ARM64.
    """
    die_with(parent)
    for name, value, more in (
        (resource.RLIMIT_AS, limits.memory_bytes, 0),
        # At the soft limit comes a signal that says why the process ends; at the hard one SIGKILL.
        (resource.RLIMIT_CPU, limits.cpu_s, _CPU_GRACE_S),
        (resource.RLIMIT_FSIZE, limits.written_bytes, 0),
        (resource.RLIMIT_NOFILE, limits.open_files, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        hard = resource.getrlimit(name)[1]
        most = value + more if hard == resource.RLIM_INFINITY else min(value + more, hard)
        resource.setrlimit(name, (min(value, most), most))
    return _refuse_calls()


def die_with(parent: int) -> None:
    """End this process when its parent ends, were it by kill -9."""
    libc = _libc()
    if libc is None:
        return
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we could say so
        os._exit(1)


def _libc() -> ctypes.CDLL | None:
    if platform.system() != "Linux":
        return None
    with contextlib.suppress(OSError):
        return ctypes.CDLL(None, use_errno=True)
    return None


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _refuse_calls() -> bool:
    libc = _libc()
    architecture, calls = _REFUSED.get(platform.machine(), (0, ()))
    if libc is None or not calls:
        return False
    code = _filter(architecture, calls)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p).value)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(architecture: int, calls: tuple[int, ...]) -> bytes:
    steps = [
        (_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        (_JUMP_GREATER_EQUAL, len(calls) + 1, 0, _X32_CALLS),
        *((_JUMP_EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)
