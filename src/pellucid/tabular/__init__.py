"""Tables as they are: columns of every kind to a matrix that a network takes."""

from pellucid.tabular.encoder import TableEncoder

__all__ = ["TableEncoder"]
