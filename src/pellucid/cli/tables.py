"""Forwards the names that moved to the room workflow."""

from pellucid.host.moved import forwarding

__getattr__ = forwarding(
    __name__,
    {"Table": "pellucid.workflow.dataset.Dataset", "read_table": "pellucid.workflow.dataset.read_table"},
)
