"""What a measurement of many sockets asks of its process."""

import resource


def most_files() -> int:
    """Open as many files as this process may be allowed to; how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
