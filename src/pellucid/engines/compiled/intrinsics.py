"""Operations that Numba lacks: the bits of a float and back, calls by address, counters that threads share.

Processors compute with subnormal numbers, the smallest of all, up to a hundred times as slowly as with others. A
switch of each thread makes them 0.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from llvmlite.binding import get_process_triple
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

__all__ = [
    "as_float32", "as_float64", "as_int32", "as_int64", "borrowed", "call", "count", "counted", "draw", "matrix",
    "restored", "times", "without_subnormals",
]  # fmt: skip


# Of each processor with such a switch: its bits in a register, and LLVM's names of reading and writing that.
SWITCHES = {
    "x86_64": (0x8040, "llvm.x86.sse.stmxcsr", "llvm.x86.sse.ldmxcsr"),  # of results, and of operands
    "aarch64": (1 << 24, "llvm.aarch64.get.fpcr", "llvm.aarch64.set.fpcr"),
}
# The one that LLVM compiles for: an emulated process runs on another processor than that of the machine.
PROCESSOR = get_process_triple().partition("-")[0].replace("arm64", "aarch64")


@intrinsic
def as_int32(typingctx: Any, x: Any) -> Any:
    """Return the bits of a float32 as an int32."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.IntType(32))

    return types.int32(types.float32), codegen


@intrinsic
def as_float32(typingctx: Any, x: Any) -> Any:
    """Return the float32 that has the bits of an int32."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bits = context.cast(builder, values[0], signature.args[0], types.int32)
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(x), codegen


@intrinsic
def as_int64(typingctx: Any, x: Any) -> Any:
    """Return the bits of a float64 as an int64."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@intrinsic
def as_float64(typingctx: Any, x: Any) -> Any:
    """Return the float64 that has the bits of an int64."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@intrinsic
def call(typingctx: Any, address: Any, arguments: Any) -> Any:
    """Call the C function at an address; an array goes as the pointer to its first entry."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        passed = []
        for place, kind in enumerate(signature.args[1]):
            value = builder.extract_value(values[1], place)
            if isinstance(kind, types.Array):
                value = context.make_array(kind)(context, builder, value).data
            elif isinstance(kind, types.Integer | types.Boolean):
                value = context.cast(builder, value, kind, types.int64)
            else:
                value = context.cast(builder, value, kind, types.float64)
            passed.append(value)
        function = ir.FunctionType(ir.DoubleType(), [value.type for value in passed])
        return builder.call(builder.inttoptr(values[0], function.as_pointer()), passed)

    return types.float64(address, arguments), codegen


@intrinsic
def draw(typingctx: Any, address: Any, state: Any) -> Any:
    """Return the next 32 bits of a NumPy bit generator, by the addresses of its function and its state.

    Numba takes a Generator too, but unpacks it by Python code, in which an interrupt ends the process.
    """

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = ir.IntType(8).as_pointer()
        function = ir.FunctionType(ir.IntType(32), [pointer])
        return builder.call(
            builder.inttoptr(values[0], function.as_pointer()), [builder.inttoptr(values[1], pointer)]
        )

    return types.uint32(address, state), codegen


@intrinsic
def times(typingctx: Any, x: Any, y: Any) -> Any:
    """Return the product of two uint32 in 32 bits; Numba would take 64, and a processor several times as long."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.mul(*values)

    return types.uint32(types.uint32, types.uint32), codegen


@intrinsic
def count(typingctx: Any, address: Any) -> Any:
    """Add 1 to the int64 at an address, as one operation that all threads see in the same order."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
        return builder.atomic_rmw("add", pointer, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(address), codegen


@intrinsic
def counted(typingctx: Any, address: Any) -> Any:
    """Return the int64 at an address as it is now, and with it all that was written before it was counted."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
        return builder.load_atomic(pointer, "seq_cst", 8)

    return types.int64(address), codegen


@intrinsic
def borrowed(typingctx: Any, array: Any) -> Any:
    """Return an array without its reference count, for as long as the caller holds the array itself.

    Every slice of an array is counted otherwise, by an operation that excludes all other threads.
    """

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        make = context.make_array(signature.return_type)
        given, made = make(context, builder, values[0]), make(context, builder)
        for name in ("data", "nitems", "itemsize", "shape", "strides"):
            setattr(made, name, getattr(given, name))
        return made._getvalue()  # what is not set is null

    return array(array), codegen


@intrinsic
def matrix(typingctx: Any, flat: Any, start: Any, n_rows: Any, n_columns: Any) -> Any:
    """Return a part of a contiguous array, of any shape, as a matrix, uncounted like a borrowed array.

    A slice that is then reshaped calls a function of Numba's each time.
    """

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        given, made = (context.make_array(kind) for kind in (signature.args[0], signature.return_type))
        first, *shape = (
            context.cast(builder, value, kind, types.intp)
            for value, kind in zip(values[1:], signature.args[1:], strict=True)
        )
        itemsize = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(flat.dtype)))
        view = made(context, builder)
        data = builder.gep(given(context, builder, values[0]).data, [first])
        strides = [builder.mul(shape[1], itemsize), itemsize]
        populate_array(  # type: ignore[no-untyped-call]
            view, data=data, shape=shape, strides=strides, itemsize=itemsize, meminfo=None
        )
        return view._getvalue()

    return types.Array(flat.dtype, 2, "C")(flat, start, n_rows, n_columns), codegen


@intrinsic
def without_subnormals(typingctx: Any) -> Any:
    """Let this thread compute with 0 instead of subnormal numbers; return what :func:`restored` takes."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if PROCESSOR not in SWITCHES:
            return ir.Constant(ir.IntType(64), 0)
        before = _control(builder)
        _set_control(builder, builder.or_(before, ir.Constant(before.type, SWITCHES[PROCESSOR][0])))
        return before

    return types.int64(), codegen


@intrinsic
def restored(typingctx: Any, before: Any) -> Any:
    """Let this thread compute with subnormal numbers as it did before :func:`without_subnormals`."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if PROCESSOR in SWITCHES:
            _set_control(builder, values[0])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


def _control(builder: Any) -> Any:
    """Return the register that says how this thread computes with floats."""
    name = SWITCHES[PROCESSOR][1]
    if PROCESSOR == "aarch64":
        return builder.call(_function(builder, name, ir.IntType(64), []), [])
    place = builder.alloca(ir.IntType(32))
    builder.call(_through(builder, name), [builder.bitcast(place, ir.IntType(8).as_pointer())])
    return builder.zext(builder.load(place), ir.IntType(64))


def _set_control(builder: Any, value: Any) -> None:
    name = SWITCHES[PROCESSOR][2]
    if PROCESSOR == "aarch64":
        builder.call(_function(builder, name, ir.VoidType(), [value.type]), [value])
        return
    place = builder.alloca(ir.IntType(32))
    builder.store(builder.trunc(value, ir.IntType(32)), place)
    builder.call(_through(builder, name), [builder.bitcast(place, ir.IntType(8).as_pointer())])


def _through(builder: Any, name: str) -> Any:
    """Return an instruction of x86, which takes the address of a number."""
    return _function(builder, name, ir.VoidType(), [ir.IntType(8).as_pointer()])


def _function(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    kind = ir.FunctionType(result, arguments)
    return get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
