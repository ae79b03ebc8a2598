"""Model files and checkpoints: safetensors with a JSON header; loading runs no code."""

from pellucid.persistence.checkpoint import Checkpoint
from pellucid.persistence.models import load, read_header, save

__all__ = ["Checkpoint", "load", "read_header", "save"]
