"""Conduct inside somebody else's process: settings, threads, files, streams and text that leave it unharmed.

Every other room goes through this one where it touches something that belongs to the process, to the file
system or to whoever reads its output. Modules: :mod:`~pellucid.host.blas` (counted process-wide settings),
:mod:`~pellucid.host.escaping` (text for a terminal, TeX, HTML, …), :mod:`~pellucid.host.files` (the one atomic
writer).
"""
