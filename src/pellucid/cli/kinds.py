"""Forwards the names that moved to the room workflow."""

from pellucid.host.moved import forwarding

__getattr__ = forwarding(
    __name__,
    {"Asked": "pellucid.workflow.kinds.KnownColumns", "read_kinds": "pellucid.workflow.kinds.read_kinds"},
)
