"""A frozen program contains the sources that kernels are compiled from, and all other files of the package."""

import runpy
import tomllib
from pathlib import Path

import pellucid
from pellucid.host.pyinstaller import get_hook_dirs


def test_the_hook_is_found_and_collects_sources() -> None:
    """PyInstaller looks for hook-pellucid.py in the folders of the entry point."""
    (folder,) = get_hook_dirs()

    assert runpy.run_path(str(Path(folder, "hook-pellucid.py")))["module_collection_mode"] == "pyz+py"


def test_the_hook_collects_every_file_that_is_no_module() -> None:
    """Each goes to the folder that it has in the package."""
    (folder,) = get_hook_dirs()
    package = Path(pellucid.__file__).parent
    files = [path for path in package.rglob("*.*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    datas = runpy.run_path(str(Path(folder, "hook-pellucid.py")))["datas"]

    expected = [(path, path.parent.relative_to(package.parent)) for path in files if path.name != "py.typed"]
    assert sorted((Path(file), Path(to)) for file, to in datas) == sorted(expected)


def test_the_entry_point_is_that_function() -> None:
    """As it stands in the project's file."""
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8"))
    module, _, name = project["project"]["entry-points"]["pyinstaller40"]["hook-dirs"].partition(":")

    assert (module, name) == (get_hook_dirs.__module__, get_hook_dirs.__name__)
