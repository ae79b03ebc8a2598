"""Forwards the names that moved to the room workflow."""

from pellucid.host.moved import forwarding

__getattr__ = forwarding(
    __name__,
    {"Table": "pellucid.workflow.Dataset", "read_table": "pellucid.workflow.read_table"},
)
