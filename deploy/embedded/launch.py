"""Becomes a command that ends when its supervisor ends, under another user if one is named.

Run by path with ``python -I -S``, between fork and exec: a plain program where a ``preexec_fn`` would not be
safe beside threads.

    launch.py SUPERVISOR_PID DEATH_SIGNAL USER COMMAND [ARGUMENT...]

``USER`` is ``-`` for the present one. Linux kills the command when the supervisor dies (PR_SET_PDEATHSIG);
elsewhere the command only stays in the supervisor's care while that lives.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _reach_everything(libc: ctypes.CDLL) -> None:
    """Keep one right of root's: passing folders that are root's alone (a checkout under /root).

    See capabilities(7): ambient capabilities outlive the exec of a program without file capabilities.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << _CAP_DAC_OVERRIDE
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, sets) == 0:
        libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def _become(user: str, libc: ctypes.CDLL) -> None:
    import pwd  # noqa: PLC0415 - most parts keep their user

    entry = pwd.getpwnam(user)
    linux = sys.platform == "linux"
    if linux:
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([entry.pw_gid])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if linux:
        _reach_everything(libc)


def main() -> None:
    """Replace this process by the command."""
    supervisor, death_signal, user, *command = sys.argv[1:]
    libc = _libc()
    if user != "-":
        _become(user, libc)
    if sys.platform == "linux":
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != int(supervisor):
            sys.exit("the supervisor ended before the command began")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
