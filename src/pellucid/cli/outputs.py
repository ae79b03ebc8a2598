"""Forwards the names that moved to the room workflow."""

from pellucid.host.moved import forwarding

__getattr__ = forwarding(__name__, {"write_table": "pellucid.workflow.output_files.write_table"})
