"""What time it is: the only module that reads the wall clock."""

import time


def now() -> int:
    """The present instant in UTC microseconds since 1970."""
    return time.time_ns() // 1000
