"""Conduct inside somebody else's process: settings, threads, files, streams and text that leave it unharmed.

Every other room goes through this one where it touches something that belongs to the process, to the file
system or to whoever reads its output. Modules: :mod:`~pellucid.host.blas` and :mod:`~pellucid.host.quiet`
(settings of the process: threads of the BLAS, warnings), :mod:`~pellucid.host.helpers` and
:mod:`~pellucid.host.locks` (threads, forks), :mod:`~pellucid.host.streams` (standard output and standard error),
:mod:`~pellucid.host.notices` (warnings about the machine), :mod:`~pellucid.host.files` (the one atomic writer),
:mod:`~pellucid.host.trust` (folders that nobody else can write).
"""
