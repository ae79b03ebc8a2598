"""Files that are cut, altered, foreign, newer or hostile in form: always refused, never loaded differently."""

import json
import os
import pickle
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from pellucid import Network, load, save
from pellucid.exceptions import ModelFileError
from pellucid.persistence import read_header
from persistence.forgery import UNSIGNED, array, assert_same_network, forge, parts, refused, seal

FILES = ["classifier_file", "regressor_file", "network_file"]


@pytest.fixture
def file(request: pytest.FixtureRequest) -> Path:
    """Return one of the model files."""
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return the smallest file there is: two parameters."""
    save(Network([1, 1], random_state=0), tmp_path / "tiny")
    return tmp_path / "tiny"


def refuses_all(path: Path, damaged: Iterator[bytes]) -> int:
    """Check that each of these contents is refused, and return how many there were."""
    n = 0
    for n, data in enumerate(damaged, start=1):  # noqa: B007
        with path.open("r+b" if path.exists() else "wb") as file:  # in place: quicker than a new file
            file.write(data)
            file.truncate()
        for reader in (load, read_header):
            try:
                reader(path)
            except ModelFileError as error:
                if path.name not in str(error):
                    pytest.fail(f"The error does not name the file: {error}")
            else:
                pytest.fail(f"{reader.__name__} took a damaged file: {data[:2000]!r}")
    return n


# ---- cut, altered, lengthened -------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, indirect=True)
def test_cut_anywhere(file: Path, rng: np.random.Generator) -> None:
    """A file cut at any of 50 random places, and near its ends, is refused."""
    data = file.read_bytes()
    places = [*rng.integers(len(data), size=50), *range(20), *range(len(data) - 20, len(data))]

    assert refuses_all(file, (data[:place] for place in places)) == 90


@pytest.mark.parametrize("file", FILES, indirect=True)
def test_one_byte_flipped(file: Path, rng: np.random.Generator) -> None:
    """A file with any one of 200 random bytes set to another random value is refused."""
    data = file.read_bytes()

    def flipped() -> Iterator[bytes]:
        for place in rng.integers(len(data), size=200):
            altered = bytearray(data)
            altered[place] ^= int(rng.integers(1, 256))
            yield bytes(altered)

    assert refuses_all(file, flipped()) == 200


def all_flips(data: bytes, masks: Any) -> Iterator[bytes]:
    """Yield the data with each byte altered by each mask."""
    for place in range(len(data)):
        for mask in masks:
            altered = bytearray(data)
            altered[place] ^= mask
            yield bytes(altered)


def test_every_byte_of_a_tiny_file(tiny: Path) -> None:
    """Each bit of each byte of a whole file, header and tensors, is guarded."""
    data = tiny.read_bytes()

    assert refuses_all(tiny, all_flips(data, [1 << bit for bit in range(8)])) == 8 * len(data)


@pytest.mark.slow
def test_all_other_values_everywhere(tiny: Path) -> None:
    """Each of the 255 other values of each byte of a whole file is refused."""
    data = tiny.read_bytes()

    assert refuses_all(tiny, all_flips(data, range(1, 256))) == 255 * len(data)


@pytest.mark.parametrize("file", FILES, indirect=True)
def test_appended_bytes(file: Path) -> None:
    """Anything after the end is refused: a zero, a space, a newline, another file, the file itself."""
    data = file.read_bytes()

    assert refuses_all(file, iter([data + more for more in (b"\0", b" ", b"\n", b"PK\3\4", data)])) == 5


def test_bytes_in_front_removed_and_swapped(tiny: Path) -> None:
    """A file with bytes before its beginning, a hole, or two parts swapped is refused."""
    data = tiny.read_bytes()
    holes = (data[:k] + data[k + 1 :] for k in range(len(data)))
    swapped = (data[k:] + data[:k] for k in range(1, len(data)))
    doubled = (data[:k] + data[k : k + 1] + data[k:] for k in range(len(data)))

    assert refuses_all(tiny, iter([b"\0" + data, b"\xef\xbb\xbf" + data])) == 2
    assert refuses_all(tiny, holes) + refuses_all(tiny, doubled) == 2 * len(data)
    assert refuses_all(tiny, swapped) == len(data) - 1


def test_two_halves_of_two_files(tmp_path: Path) -> None:
    """The header of one model with the tensors of another is refused."""
    for k in (0, 1):
        save(Network([3, 3, 1], random_state=k), tmp_path / f"{k}")
    one, other = ((tmp_path / f"{k}").read_bytes() for k in (0, 1))
    assert one[-50:] != other[-50:]

    assert refuses_all(tmp_path / "0", iter([one[:-50] + other[-50:], other[:-50] + one[-50:]])) == 2


def test_a_digest_of_zeros(tiny: Path) -> None:
    """A file whose digest was taken back to zeros, as it is before it is signed, is refused."""
    data = tiny.read_bytes()
    start = data.index(b'"sha256":"') + 10
    assert set(data[start : start + 64]) <= set(b"0123456789abcdef")

    zeros = data[:start] + b"0" * 64 + data[start + 64 :]
    upper = data[:start] + data[start : start + 64].upper() + data[start + 64 :]
    assert refuses_all(tiny, iter([zeros, upper])) == 2


# ---- foreign files ------------------------------------------------------------------------------------------


def zipped(path: Path) -> None:
    """Write a zip file."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model", "x" * 100)


def numpy_file(path: Path) -> None:
    """Write an array as NumPy does."""
    with path.open("wb") as file:
        np.save(file, np.arange(10))


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


FOREIGN: dict[str, Callable[[Path], Any]] = {
    "empty": lambda p: p.write_bytes(b""),
    "one byte": lambda p: p.write_bytes(b"{"),
    "seven bytes": lambda p: p.write_bytes(b"\0" * 7),
    "eight zeros": lambda p: p.write_bytes(b"\0" * 8),
    "zeros": lambda p: p.write_bytes(b"\0" * 1000),
    "ones": lambda p: p.write_bytes(b"\xff" * 1000),
    "text": lambda p: p.write_text("hello, world\n" * 100),
    "csv": lambda p: p.write_text("a,b\n1,2\n" * 100),
    "JSON": lambda p: p.write_text(json.dumps({"class": "Network", "format_version": 1, "network": {}})),
    "JSON of its own": lambda p: p.write_text(
        json.dumps({"__metadata__": {"pellucid": "{}", "sha256": UNSIGNED}})
    ),
    "numpy": numpy_file,
    "pickle": lambda p: p.write_bytes(pickle.dumps({"a": np.arange(3)})),
    "pickle bomb": lambda p: p.write_bytes(pickle.dumps(Bomb(p.parent / "exploded"))),
    "pickle after a length": lambda p: p.write_bytes(
        (8).to_bytes(8, "little") + pickle.dumps(Bomb(p.parent / "exploded"))
    ),
    "zip": zipped,
    "no metadata": lambda p: p.write_bytes(safetensors.numpy.save({"a": np.arange(3.0)})),
    "no tensors": lambda p: p.write_bytes(safetensors.numpy.save({})),
    "other metadata": lambda p: p.write_bytes(
        safetensors.numpy.save({"a": np.arange(3.0)}, {"format": "pt"})
    ),
    "no digest": lambda p: p.write_bytes(safetensors.numpy.save({}, {"pellucid": "{}"})),
    "no header": lambda p: p.write_bytes(safetensors.numpy.save({}, {"sha256": UNSIGNED})),
    "empty header": lambda p: p.write_bytes(
        safetensors.numpy.save({}, {"pellucid": "{}", "sha256": UNSIGNED})
    ),
    "header no JSON": lambda p: p.write_bytes(
        safetensors.numpy.save({}, {"pellucid": "x", "sha256": UNSIGNED})
    ),
    "header a list": lambda p: p.write_bytes(
        safetensors.numpy.save({}, {"pellucid": "[]", "sha256": UNSIGNED})
    ),
    "short digest": lambda p: p.write_bytes(safetensors.numpy.save({}, {"pellucid": "{}", "sha256": "0"})),
    "no text digest": lambda p: p.write_bytes(
        safetensors.numpy.save({}, {"pellucid": "{}", "sha256": "\u2603" * 64})
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file(kind: str, tmp_path: Path) -> None:
    """A file of another kind is refused by name, a pickle without being unpickled."""
    path = tmp_path / "foreign"
    FOREIGN[kind](path)

    assert refuses_all(path, iter([path.read_bytes()])) == 1
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("metadata", [None, [], "x", 3, {"pellucid": None, "sha256": UNSIGNED},
                                      {"pellucid": {}, "sha256": UNSIGNED}, {"pellucid": "{}", "sha256": [0] * 64},
                                      {"pellucid": "{}", "sha256": "\ud800" * 64}])  # fmt: skip
@pytest.mark.parametrize("wrap", [True, False], ids=["metadata", "whole"])
def test_headers_of_another_shape(tmp_path: Path, metadata: Any, wrap: bool) -> None:
    """A header that is JSON, but not of the kind that we write, is refused."""
    head = json.dumps({"__metadata__": metadata} if wrap else metadata).encode()

    assert refuses_all(tmp_path / "odd", iter([len(head).to_bytes(8, "little") + head])) == 1


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a FileNotFoundError, as everywhere."""
    for reader in (load, read_header):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            reader(tmp_path / "nowhere")


def test_a_folder(tmp_path: Path) -> None:
    """A folder in place of a file is an IsADirectoryError for load, and save leaves nothing in or beside it."""
    folder = tmp_path / "folder"
    folder.mkdir()

    with pytest.raises(IsADirectoryError):
        load(folder)
    with pytest.raises(IsADirectoryError):
        save(Network([1, 1]), folder)
    assert list(tmp_path.rglob("*")) == [folder]


# ---- well signed, and hostile in form -----------------------------------------------------------------------


def test_seal_makes_files_that_load(network_file: Path, network: Network) -> None:
    """The files of the tests below are refused for what is wrong with them: without it they load."""
    network_file.write_bytes(seal(*parts(network_file)))

    assert_same_network(load(network_file), network)


@pytest.mark.parametrize("file", FILES, indirect=True)
@pytest.mark.parametrize("version", [2, 3, 10**30])
def test_a_newer_version(file: Path, version: int) -> None:
    """A file of a newer format says so, by whom it was written, and what to do."""

    def change(header: dict[str, Any], tensors: dict[str, Any]) -> None:
        header |= {
            "format_version": version,
            "pellucid_version": "77.0",
            "class": "Later",
            "network": "unheard of",
        }

    forge(file, change)

    message = refused(file, match=str(version))
    assert "newer" in message or "Upgrade" in message
    assert "77.0" in message


@pytest.mark.parametrize(
    "version", [None, "1", "2", 1.0, 2.5, True, 0, -1, [1], {"$": "dict", "items": []}], ids=repr
)
def test_a_version_that_is_none(network_file: Path, version: Any) -> None:
    """A format version that is not a positive integer is refused; so is none at all."""

    def change(header: dict[str, Any], tensors: dict[str, Any]) -> None:
        header["format_version"] = version

    forge(network_file, change)

    assert refuses_all(network_file, iter([network_file.read_bytes()])) == 1


def resealed(path: Path, change: Callable[[str], str]) -> None:
    """Change the JSON text of a file, and sign it again."""
    text, layout, data = parts(path)
    assert change(text) != text
    path.write_bytes(seal(change(text), layout, data))


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_are_none(network_file: Path, token: str) -> None:
    """NaN and infinity as bare tokens are not JSON, and are refused."""
    resealed(network_file, lambda text: text.replace('["dropout",[0.1,0.1]]', f'["dropout",[{token},0.1]]'))

    refused(network_file)


def test_nan_where_nobody_looks(network_file: Path) -> None:
    """A bare NaN is refused in a part of the header that loading does not need, too."""
    notes = '"notes":{"$":"dict","items":[%s]}'
    resealed(network_file, lambda text: text.replace(notes % "", notes % '["a",NaN]'))

    assert refuses_all(network_file, iter([network_file.read_bytes()])) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"class":"Network"', '"class":"MLPRegressor","class":"Network"'),
        ('"format_version":1', '"format_version":99,"format_version":1'),
        ('{"$":"dict","items":[[', '{"$":"tuple","$":"dict","items":[['),
    ],
    ids=["class", "version", "kind"],
)
def test_a_name_twice_in_the_header(network_file: Path, old: str, new: str) -> None:
    """Two readers may differ about a name that stands twice, so it is refused."""
    resealed(network_file, lambda text: text.replace(old, new, 1))

    refused(network_file)


@pytest.mark.parametrize(
    "extra",
    [
        ',"parameters":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}',
        ',"parameters":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}',
        ',"__metadata__":{"pellucid":"{}","sha256":"' + "1" * 64 + '"}',
    ],
    ids=["tensor", "another dtype", "metadata"],
)
def test_a_name_twice_in_the_layout(tiny: Path, extra: str) -> None:
    """A tensor, or the metadata, that stands twice is refused."""
    text, layout, data = parts(tiny)
    tiny.write_bytes(seal(text, layout, data, extra))

    refused(tiny)


DEPTHS = [50, 400, 5000, 100_000]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(
    "kind", ["[%s]", '{"$":"tuple","items":[%s]}', '{"a":%s}'], ids=["list", "tuple", "dict"]
)
def test_deep_nesting(classifier_file: Path, depth: int, kind: str) -> None:
    """JSON nested to any depth is loaded as it is or refused, and never overflows a stack."""
    opening, closing = kind.split("%s")
    deep = opening * depth + closing * depth
    resealed(classifier_file, lambda text: text.replace('["alpha",0.0001]', f'["alpha",{deep}]'))

    try:
        value = load(classifier_file).alpha
    except ModelFileError:
        refused(classifier_file)
    else:
        levels = 1
        while value:
            value, levels = value[0], levels + 1
        assert levels == depth


@pytest.mark.parametrize("depth", DEPTHS)
def test_deep_nesting_of_notes(network_file: Path, depth: int) -> None:
    """The same holds of what only ``read_header`` reads: it reads it, or says that it cannot."""
    deep = "[" * depth + "]" * depth
    none = '"notes":{"$":"dict","items":[]}'
    notes = f'"notes":{{"$":"dict","items":[["deep",{deep}]]}}'
    resealed(network_file, lambda text: text.replace(none, notes))

    try:
        header = read_header(network_file)
    except ModelFileError:
        assert depth >= 100
    else:
        assert str(header["notes"]["deep"]) == deep


@pytest.mark.parametrize("depth", DEPTHS)
def test_deep_nesting_beside_the_header(tiny: Path, depth: int) -> None:
    """The safetensors header itself, nested to any depth, is refused."""
    text, layout, data = parts(tiny)
    tiny.write_bytes(seal(text, layout, data, ',"a":' + "[" * depth + "]" * depth))

    refused(tiny)


@pytest.mark.parametrize("size", [2**63, 2**64 - 1, 2**62, 10**12, 2**32, 1000], ids=str)
def test_a_header_that_claims_to_be_huge(tiny: Path, size: int) -> None:
    """A length beyond the file's end is refused without asking for that much memory."""
    data = tiny.read_bytes()
    tiny.write_bytes(size.to_bytes(8, "little") + data[8:])
    tracemalloc.start()
    try:
        refused(tiny)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 5e6


LAYOUTS: dict[str, dict[str, Any]] = {
    "longer than the data": {"dtype": "F64", "shape": [3], "data_offsets": [0, 24]},
    "shorter than the data": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]},
    "shape of another size": {"dtype": "F64", "shape": [3], "data_offsets": [0, 16]},
    "huge shape": {"dtype": "F64", "shape": [2**40, 2**40], "data_offsets": [0, 16]},
    "overflowing shape": {"dtype": "F64", "shape": [2**63, 2], "data_offsets": [0, 16]},
    "huge offsets": {"dtype": "F64", "shape": [2], "data_offsets": [2**63, 2**63 + 16]},
    "backward offsets": {"dtype": "F64", "shape": [2], "data_offsets": [16, 0]},
    "negative offsets": {"dtype": "F64", "shape": [2], "data_offsets": [-16, 0]},
    "negative shape": {"dtype": "F64", "shape": [-2], "data_offsets": [0, 16]},
    "no shape": {"dtype": "F64", "data_offsets": [0, 16]},
    "unknown dtype": {"dtype": "F99", "shape": [2], "data_offsets": [0, 16]},
    "dtype that numpy lacks": {"dtype": "BF16", "shape": [8], "data_offsets": [0, 16]},
    "dtype of eight bits": {"dtype": "F8_E4M3", "shape": [16], "data_offsets": [0, 16]},
    "object dtype": {"dtype": "object", "shape": [2], "data_offsets": [0, 16]},
    "text": {"dtype": "F64", "shape": "[2]", "data_offsets": "0"},
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_layouts_that_lie(tiny: Path, kind: str) -> None:
    """A tensor whose dtype, shape or place is not that of the data is refused."""
    text, layout, data = parts(tiny)
    assert len(data) == 16
    tiny.write_bytes(seal(text, {**layout, "parameters": LAYOUTS[kind]}, data))

    refused(tiny)


def test_overlapping_tensors(tiny: Path) -> None:
    """Two tensors that share bytes are refused, and so are bytes that belong to none."""
    text, layout, data = parts(tiny)
    tiny.write_bytes(seal(text, {**layout, "state": layout["parameters"]}, data))
    refused(tiny)

    tiny.write_bytes(seal(text, layout, data + b"\0" * 8))
    refused(tiny)


def test_text_of_any_kind_in_an_error(network_file: Path) -> None:
    """An error quotes the contents of a file, so that they cannot control a terminal."""

    def change(header: dict[str, Any], tensors: dict[str, Any]) -> None:
        header["class"] = "{0.__class__} %s \x1b[2J\n"

    forge(network_file, change)

    assert "\x1b" not in refused(network_file)


# ---- no code ------------------------------------------------------------------------------------------------

CODE = (
    "import",
    "exec",
    "compile",
    "marshal",
    "pickle",
    "os.",
    "subprocess",
    "ctypes",
    "code.",
    "socket",
    "shutil",
)
_heard: list[tuple[str, Any]] = []
_listening = False


def _listen(event: str, arguments: Any) -> None:
    if _listening:
        _heard.append((event, arguments))


sys.addaudithook(_listen)


def heard_while(action: Callable[[], Any]) -> list[tuple[str, Any]]:
    """Return what Python's audit events say an action did, once everything that it needs is imported."""
    global _listening
    for _ in range(2):
        _heard.clear()
        _listening = True
        try:
            action()
        except ModelFileError:
            pass
        finally:
            _listening = False
    return list(_heard)


def test_the_audit_hook_hears() -> None:
    """The hook of the tests below notices code that is compiled, run or imported, and files that are opened."""
    events = {event for event, _ in heard_while(lambda: (eval("1 + 1"), open(__file__).close()))}

    assert {"compile", "exec", "open"} <= events


@pytest.mark.parametrize("file", FILES, indirect=True)
def test_loading_runs_no_code(file: Path) -> None:
    """Loading opens one file, for reading, and compiles, runs and imports nothing."""
    events = heard_while(lambda: load(file))

    opened = [arguments for event, arguments in events if event == "open"]
    assert [(Path(path), flags & os.O_ACCMODE) for path, _, flags in opened] == [(file, os.O_RDONLY)]
    assert not [event for event, _ in events if event.startswith(CODE)]


HOSTILE: dict[str, Any] = {
    "eval": {"$": "eval", "value": "__import__('os').system('true')"},
    "class": {"$": "class", "name": "os.system"},
    "dunder": {"$": "__class__", "items": []},
    "py/object": {"py/object": "os.system", "$": "py/object"},
    "dtype with an expression": array("(__import__('os'),)f8", [1.0]),
    "dtype with a number": array("(2,)f8", [1.0]),
    "dtype with commas": array("2f8,(3,)i4", [1.0]),
    "dtype of fields": array({"names": ["a"], "formats": ["O"]}, [1.0]),
    "dtype with commas by name": {"$": "dtype", "name": "2f8,(3,)i4"},
    "dtype by module": {"$": "dtype", "name": "os.system"},
    "bit generator": {"$": "generator", "state": {"$": "dict", "items": [["bit_generator", "os.system"]]}},
    "generator's class": {
        "$": "generator",
        "state": {"$": "dict", "items": [["bit_generator", "__class__"]]},
    },
    "activation by path": {"$": "activation", "name": "../../os.system"},
    "initializer by path": {"$": "initializer", "name": "os.system", "scale": 1.0},
    "loss by path": {"$": "loss", "name": "builtins.eval", "options": {"__class__": "x"}},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_values_run_no_code(classifier_file: Path, kind: str) -> None:
    """A value that hopes to be evaluated, imported or looked up is refused before anything of it is run."""

    def change(header: dict[str, Any], tensors: dict[str, Any]) -> None:
        for row in header["parameters"]["items"]:
            if row[0] == "alpha":
                row[1] = HOSTILE[kind]

    forge(classifier_file, change)

    events = heard_while(lambda: load(classifier_file))
    assert not [event for event, _ in events if event.startswith(CODE)]
    refused(classifier_file)
