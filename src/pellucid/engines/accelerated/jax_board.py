"""Exchange of numbers between processes of one machine through shared memory, inside an XLA program.

Each rank has a place on the board for each of its neighbors: a counter of the parts that it has put there, and
room for two parts, the one that is being read and the next. A waiting rank spins for a moment before it sleeps,
since waking up takes as long as a step of a small network. Nothing here notices the loss of a neighbor: the
supervisor does, and ends the ranks that wait.
"""

from __future__ import annotations

import ctypes
import os
from functools import partial
from mmap import mmap
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numba import cfunc, types

from pellucid.engines.accelerated.team import LINE, PART, PLACE, Team, board_size
from pellucid.engines.compiled import intrinsics

__all__ = ["Board"]

_ffi: Any = jax.ffi  # JAX and Numba have no types for these
_shape: Any = jax.ShapeDtypeStruct
call: Any = intrinsics.call
count: Any = intrinsics.count
counted: Any = intrinsics.counted

TARGET = "pellucid_board"
LOOKS = 1 << 20  # looks at a counter before a rank sleeps: one to three milliseconds
NAP = 50  # microseconds
# Where the structures of XLA_FFI_CallFrame hold what is needed here, in bytes: jaxlib's xla/ffi/api/c_api.h.
EXTENSION, ARGUMENTS, RESULTS = 8, 72, 112
KIND, METADATA, IS_METADATA = 8, 24, 1
VERSION_OF_HANDLER = 24
KNOWN = np.array([0, 3], np.int32)  # of the interface: XLA refuses a handler of another
DATA, SIZES = 24, 40
LOW = 0xFFFFFFFF


class Board:
    """The memory that the ranks of a machine share, at one of them.

    Parameters
    ----------
    team : Team
        The place of this process.
    file : int
        The descriptor of the memory, of :func:`pellucid.engines.accelerated.team.board_size` bytes.
    is_bound : bool
        True if this process has a processor of its own, so that it may keep it while it waits.
    """

    def __init__(self, team: Team, file: int, *, is_bound: bool) -> None:
        self.memory = mmap(file, board_size(team.n_ranks))
        os.close(file)
        start = np.frombuffer(self.memory, np.uint8).ctypes.data
        self.handler = _handler(team.rank, team.n_ranks, start, LOOKS if is_bound else 0)
        capsule = _ffi.pycapsule(ctypes.c_void_p(self.handler.address))
        _ffi.register_ffi_target(TARGET, capsule, platform="cpu")
        numbers = np.arange(5, dtype=np.float32)
        found = np.asarray(jax.jit(partial(self.both, bit=None))(numbers))
        if not (found == numbers).all():
            raise RuntimeError("XLA does not call a handler as it is written here.")

    def both(self, numbers: Any, bit: int | None) -> Any:
        """Return the numbers of two neighbors, those of the lower rank first.

        Parameters
        ----------
        numbers : Array of shape (n,)
            Those of this rank.
        bit : int or None
            The bit in which the two ranks differ; None to exchange with nobody, for a test.

        Returns
        -------
        Array of shape (2, n)
            The numbers, of the same dtype.
        """
        shape = _shape((2, numbers.size), numbers.dtype)
        how = jnp.array([0 if bit is None else 1 + bit, numbers.dtype.itemsize], jnp.uint32)
        return _ffi.ffi_call(TARGET, shape, has_side_effect=True)(numbers, how)


def _handler(rank: int, n_ranks: int, board: int, looks: int) -> Any:
    """Return a handler of XLA's foreign calls, as machine code; ``board`` is an address."""
    library = ctypes.CDLL(None)
    copy, sleep = (
        int(ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0) for name in ("memcpy", "usleep")
    )
    n_bits, known = n_ranks.bit_length() - 1, KNOWN.ctypes.data

    @cfunc(types.int64(types.int64))
    def handler(frame):  # type: ignore[no-untyped-def]
        extension = counted(frame + EXTENSION)
        if extension != 0 and counted(extension + KIND) & LOW == IS_METADATA:
            version = counted(extension + METADATA) + VERSION_OF_HANDLER
            call(copy, (version, known, 8))
            return 0
        arguments = counted(frame + ARGUMENTS)
        numbers, how = counted(arguments), counted(counted(arguments + 8) + DATA)
        which, itemsize = counted(how) & LOW, counted(how) >> 32
        ours, size = counted(numbers + DATA), itemsize * counted(counted(numbers + SIZES))
        out = counted(counted(counted(frame + RESULTS)) + DATA)
        bit = max(which - 1, 0)
        is_upper, peer = (rank >> bit) & 1, rank ^ (1 << bit)
        call(copy, (out + is_upper * size, ours, size))
        if which == 0:
            call(copy, (out + (1 - is_upper) * size, ours, size))
            return 0
        mine = board + (rank * n_bits + bit) * PLACE
        theirs = board + (peer * n_bits + bit) * PLACE
        for start in range(0, size, PART):
            n = min(PART, size - start)
            number = counted(mine)  # of the part: its neighbor has read the one before the last
            room = LINE + (number & 1) * PART
            call(copy, (mine + room, ours + start, n))
            count(mine)
            looked = 0
            while counted(theirs) <= number:
                looked += 1
                if looked > looks:
                    call(sleep, (NAP,))
            call(copy, (out + (1 - is_upper) * size + start, theirs + room, n))
        return 0

    return handler
