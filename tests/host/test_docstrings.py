"""Parameters described by a table, in docstrings with and without the indentation of their source."""

import pytest

from pellucid.host.docstrings import Option, documented

ROWS = [Option("n", "int, default=3", "The number. " * 12), Option("m", "float", "Another one.")]
INDENTED = """Do something.

        Parameters
        ----------
        {parameters}
        last : str
            The last.
        """
# As Python 3.13 and later hand it over.
PLAIN = "Do something.\n\nParameters\n----------\n{parameters}\nlast : str\n    The last.\n"


@pytest.mark.parametrize("docstring", [INDENTED, PLAIN], ids=["3.12", "3.13"])
def test_rows_stand_where_the_docstring_names_them(docstring: str) -> None:
    """With the indentation of what stands around them."""

    def something() -> None:
        """Do something."""

    something.__doc__ = docstring
    lines = (documented(parameters=ROWS)(something).__doc__ or "").splitlines()

    assert lines[:5] == ["Do something.", "", "Parameters", "----------", "n : int, default=3"]
    assert lines[5].startswith("    The number. The number.")
    assert lines[-4:] == ["m : float", "    Another one.", "last : str", "    The last."]


def test_a_program_without_docstrings_runs() -> None:
    """As ``python -OO`` does."""

    def something() -> None:
        pass

    assert documented(parameters=ROWS)(something) is something
