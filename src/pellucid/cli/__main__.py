"""``python -m pellucid.cli`` is the ``pellucid`` command."""

from pellucid.cli import main

main()
