"""The error of an equation that JAX cannot trace; this module can be imported without JAX."""

__all__ = ["NotTraceable"]


class NotTraceable(Exception):  # noqa: N818
    """Something that JAX cannot trace."""
