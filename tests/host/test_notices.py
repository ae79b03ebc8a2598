"""Notices about the machine are shown once, and never end anything."""

import warnings

import pytest

from pellucid.host import notices
from pellucid.host.notices import notice


@pytest.fixture(autouse=True)
def nothing_shown_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_shown", set())


def test_a_notice_is_shown_once() -> None:
    """The same words are not repeated; other words are said."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for message in ("one", "one", "two"):
            notice(message)

    assert [(str(w.message), w.category) for w in seen] == [("one", UserWarning), ("two", UserWarning)]


@pytest.mark.parametrize("is_security", [False, True])
def test_a_filter_makes_no_error_of_it(is_security: bool) -> None:
    """Under ``-W error`` it is shown all the same."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("error")
        notice("the disk is full", is_security=is_security)

    assert [str(w.message) for w in seen] == ["the disk is full"]


def test_filters_hide_what_is_not_about_security() -> None:
    """Users who ignore warnings still learn that somebody else may be at work."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("ignore")
        notice("the disk is full")
        notice("anybody may write the folder", is_security=True)

    assert [str(w.message) for w in seen] == ["anybody may write the folder"]


@pytest.mark.parametrize("is_security", [False, True])
def test_what_cannot_be_shown_does_no_harm(is_security: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stderr that is closed, or a hook that fails, ends nothing."""
    tried = []

    def into_a_closed_file(message: Warning, *_: object, **__: object) -> None:
        tried.append(str(message))
        raise ValueError("I/O operation on closed file.")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", into_a_closed_file)
        notice("the disk is full", is_security=is_security)

    assert tried == ["the disk is full"]
