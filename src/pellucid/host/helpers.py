"""Threads that help: counted on only once they have come, and done without where there are none.

A thread may be refused ("can't start new thread"), come late, be gone in a forked child, or not be a thread at
all: with gevent, nothing runs alongside a loop of compiled code. So a helper first reports for duty, from a thread
of the system other than the caller's. Where helpers do not come, the caller does all of the work alone.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

__all__ = ["COMING", "TICK", "Helpers", "import_whole", "settle", "whole"]

T = TypeVar("T")
Call = Callable[[], Any]
TICK = 0.05  # seconds: no wait of the main thread is longer, since some signal handlers do not end a wait
TORN = ("numba", "llvmlite", "pellucid.engines.compiled.")  # what does not survive half an import
COMING = 1.0  # seconds that a new thread may take if nothing else can be done meanwhile

_thread_id = getattr(threading, "get_native_id", threading.get_ident)  # of the system, even where gevent is


class Helpers:
    """Threads next to the calling one that wait for work until they are dismissed.

    Parameters
    ----------
    n_helpers : int
        The number of helpers.
    name : str
        The prefix of the names of the threads.
    """

    def __init__(self, n_helpers: int, name: str) -> None:
        self.n_helpers, self.name = n_helpers, name
        self.threads: list[threading.Thread] = []
        self._process, self._n_missing, self.are_absent = 0, n_helpers, False
        # Pairs of a future and a call; anything else says goodbye.
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        self._reports: SimpleQueue[bool] = SimpleQueue()

    def are_here(self, patience: float = 0.0) -> bool:
        """Return whether all helpers have reported for duty; the first call starts them.

        Parameters
        ----------
        patience : float, default=0.0
            The seconds to wait for each.

        Returns
        -------
        bool
            False while one is late, and permanently if one cannot be started.
        """
        if self._process != os.getpid():  # called for the first time, or in a forked child
            self._call()
        with suppress(Empty):
            while self._n_missing and not self.are_absent:
                self.are_absent = not self._reports.get(block=patience > 0.0, timeout=patience)
                self._n_missing -= 1
        return not self._n_missing and not self.are_absent

    def _call(self) -> None:
        self._process, self._n_missing, self.are_absent = os.getpid(), self.n_helpers, False
        self._inbox, self._reports = SimpleQueue(), SimpleQueue()
        self.threads = []
        # Says goodbye when this object is gone, in a way that nothing can interrupt.
        farewell = weakref.ref(self, self._inbox.put)
        try:
            for k in range(self.n_helpers):
                known = self._inbox, self._reports, _thread_id(), farewell
                # Daemons, since a helper that nobody dismissed must not keep the program from ending.
                thread = threading.Thread(target=_serve, args=known, name=f"{self.name}-{k}", daemon=True)
                self.threads.append(thread)
                thread.start()
        except RuntimeError:  # the system's limit, the end of the program, a system without threads
            self.are_absent = True

    def together(
        self, calls: Iterable[Call], own: Call, stop: Call, futures: list[Future[Any]] | None = None
    ) -> None:
        """Run something in this thread while helpers take calls; end when nobody works any more.

        An error in a call is raised.

        Parameters
        ----------
        calls : iterable of callable
            The calls for helpers, each once. Calls that no helper has begun when ``own`` ends are canceled.
        own : callable
            The call for this thread.
        stop : callable
            Tells those who work that they should end. It is called when ``own`` has ended or failed, before
            anybody is waited for.
        futures : list of Future, optional
            Gets one per call, also where something is raised.
        """
        futures = [] if futures is None else futures
        try:
            try:
                for call in calls:
                    futures.append(future := Future[Any]())
                    self._inbox.put((future, call))
                own()
            finally:
                _end(futures, stop)
        finally:  # Ctrl-C may end one of the two anywhere
            _end(futures, stop)
        for future in futures:
            if not future.cancelled():
                future.result()

    def dismiss(self, *, join: bool = False) -> None:
        """Have the helpers end.

        Parameters
        ----------
        join : bool, default=False
            True to wait for it.
        """
        self._inbox.put(None)
        if join:
            for thread in self.threads:
                while thread.is_alive():
                    thread.join(TICK)


def _serve(inbox: SimpleQueue[Any], reports: SimpleQueue[bool], caller: int, _: Any) -> None:
    """Report for duty and do what comes, until told to go."""
    is_beside = _thread_id() != caller
    reports.put(is_beside)
    while is_beside:
        given = inbox.get()
        if not isinstance(given, tuple):
            inbox.put(given)  # for the next one
            return
        future, call = given
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)
        del given, future, call  # what they hold on to may be large


def _end(futures: Sequence[Future[Any]], stop: Call) -> None:
    stop()
    for future in futures:
        future.cancel()
    settle(futures)


def settle(futures: Sequence[Future[Any]]) -> None:
    """Wait until all have ended, whatever happens; an interrupt in between is raised then.

    Parameters
    ----------
    futures : sequence of Future
        The running call, which will end by itself.
    """
    interrupt: BaseException | None = None
    while not all(future.done() for future in futures):
        try:
            wait(futures, TICK)
        except BaseException as error:
            interrupt = error
    try:
        if interrupt is not None:
            raise interrupt
    finally:
        del interrupt  # it would hold on to itself by this frame


def whole(function: Callable[..., T], *arguments: Any) -> T:
    """Run something that an interrupt would leave broken; what comes meanwhile is raised after it.

    Signal handlers, Ctrl-C's among them, run in the main thread only. So another thread does the work while the
    main thread waits. Where there is no other, the main thread does the work, unprotected.

    Parameters
    ----------
    function : callable
        The function to run.
    *arguments
        Its arguments.

    Returns
    -------
    object
        Its return value.
    """
    if threading.current_thread() is not threading.main_thread():
        return function(*arguments)
    helpers, futures = Helpers(1, "pellucid-whole"), list[Future[T]]()
    try:
        if not helpers.are_here(COMING):
            return function(*arguments)
        call = partial(copy_context().run, function, *arguments)
        helpers.together([call], partial(settle, futures), lambda: None, futures)
        return futures[0].result()
    finally:
        helpers.dismiss(join=True)
        futures.clear()  # an error would hold on to itself


def import_whole(name: str) -> Any:
    """Import a module, so that an interrupt leaves it imported or not, never half.

    Parameters
    ----------
    name : str
        Its full name.

    Returns
    -------
    module
        The module.
    """
    module = sys.modules.get(name)
    if module is not None and not getattr(module.__spec__, "_initializing", False):
        return module
    known = set(sys.modules)
    try:
        return whole(import_module, name)
    except ImportError:
        raise
    except BaseException:
        if name not in sys.modules:  # interrupted in this thread: half of a package is worse than none
            for torn in set(sys.modules) - known:
                if torn.startswith(TORN):
                    del sys.modules[torn]
        raise
