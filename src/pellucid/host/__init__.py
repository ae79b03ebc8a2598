"""Conduct inside somebody else's process: settings, threads, files, streams and text that leave it unharmed.

Every other room goes through this one where it touches something that belongs to the process, to the file
system or to whoever reads its output.

- Settings of the process: :mod:`~pellucid.host.blas` (threads of the BLAS), :mod:`~pellucid.host.quiet`
  (warnings).
- Threads and forks: :mod:`~pellucid.host.helpers`, :mod:`~pellucid.host.locks`; Ctrl-C:
  :mod:`~pellucid.host.interruptions`.
- Output: :mod:`~pellucid.host.streams` (standard output and standard error), :mod:`~pellucid.host.notices`
  (warnings about the machine), :mod:`~pellucid.host.escaping` (text for a terminal, TeX, HTML, a spreadsheet).
- Files: :mod:`~pellucid.host.files` (the one atomic writer), :mod:`~pellucid.host.trust` (folders that nobody else
  can write).
- Docstrings: :mod:`~pellucid.host.docstrings` (parameters that a table describes).
- Names: :mod:`~pellucid.host.moved` (old ones, for one release).
"""
