"""Ctrl-C at a bytecode of the programmer's choice."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def interrupted_at(number: int, run: Callable[[], Any], *modules: Any) -> bool:
    """Call ``run`` with a KeyboardInterrupt before the bytecode of that number in the files of these modules.

    Return whether there was one.
    """
    files = {module.__file__ for module in modules}
    left = number

    def at(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return at

    earlier = sys.gettrace()
    sys.settrace(at)
    try:
        run()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(earlier)
    return left <= 0


def at_every_bytecode(
    run: Callable[[], Any], check: Callable[[int], None], *modules: Any, step: int = 1
) -> int:
    """Interrupt ``run`` at its first bytecode, its second and so on, with a check after each; return how many.

    With a ``step`` only every so many are tried.
    """
    number = 1
    while interrupted_at(number, run, *modules):
        check(number)
        number += step
    return number - step
