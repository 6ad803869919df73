"""How much memory this process has held at most."""

import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """The peak of resident memory of this process in MiB.

    Linux keeps `ru_maxrss` over an exec: a process started by a large one would show its parent's peak as its own.
    `VmHWM` begins anew with each program; elsewhere than on Linux `ru_maxrss` is what there is.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
