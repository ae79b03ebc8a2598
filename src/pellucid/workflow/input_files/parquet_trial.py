"""Trial reading of a Parquet or Arrow file, in a separate program.

Polars panics on some damaged files, ends the process on others, and exhausts memory on a few. Here that affects
only this process. Nothing of pellucid is imported, so that it starts quickly.
"""

import sys
from contextlib import suppress

REFUSED = 3  # exit code if Polars reports the error in a sentence


def main(limit: int, reader: str) -> int:
    """Read standard input with a function of Polars in at most ``limit`` bytes; return an exit code."""
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
    import polars as pl

    try:
        getattr(pl, reader)(sys.stdin.buffer)
    except pl.exceptions.PolarsError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
