"""Fitted tabular estimators in model files: the written content, and its reading.

A file holds only statistics of the training rows: the categories, medians and scales of the columns; mean, scale
and range of the targets; the errors of predictions for held-out rows; and, sorted, the classes or categories of
these rows by which coverage is requested. A checkpoint holds predictions for held-out rows.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from math import inf
from typing import Any

import numpy as np

from pellucid.core import Network
from pellucid.exceptions import ModelFileError
from pellucid.persistence.container import Tensors
from pellucid.persistence.encoders import check_histogram, unpack_encoder
from pellucid.persistence.estimators import (
    LATER,
    SPARSE_LABELS,
    check_labels,
    is_history_row,
    pack_parameters,
    sparse_labels,
)
from pellucid.persistence.fields import (
    Check,
    check_fields,
    each,
    of_type,
    one_of,
    optional,
    positive,
    whole,
)
from pellucid.persistence.history import encode_rows
from pellucid.persistence.networks import pack_network, take, unpack_network
from pellucid.persistence.standings import pack_training, unpack_training
from pellucid.persistence.values import Custom, decode, encode
from pellucid.tabular import TableEncoder, TabularClassifier
from pellucid.tabular.encoding.histograms import Histogram
from pellucid.tabular.encoding.plain_columns import as_plain, histogram_from_plain
from pellucid.tabular.estimator_settings import LOSSES
from pellucid.tabular.linear.linear_model import FITTED
from pellucid.tabular.linear.linear_path import LinearPath
from pellucid.tabular.members.member import Member
from pellucid.tabular.members.targets import Targets
from pellucid.training import Outcome

__all__ = ["pack_table_estimator", "unpack_table_estimator"]

ESTIMATOR: dict[str, Check] = {
    "parameters": of_type(dict),
    "encoder": of_type(dict),
    "networks": of_type(list),
    "members": each(of_type(dict)),
}
OF_CLASSES: dict[str, Check] = {
    "classes": of_type(np.ndarray),
    "labels": one_of("binary", "multiclass", "multilabel-indicator"),
    "temperature": lambda value: type(value) is float and 0.0 < value < np.inf,
}
OF_NUMBERS: dict[str, Check] = {
    "loss": one_of(*LOSSES),
    "levels": each(of_type(float)),
    "huber_delta": positive,
    "n_targets": whole(1),
    "is_flat": of_type(bool),
}
LINEAR: dict[str, Check] = {"linear": of_type(dict), "linear_network": of_type(dict)}  # where there is one
SPREAD: dict[str, Check] = {"spread": of_type(dict)}  # where it varies
PREDICTED: dict[str, Check] = {"predicted": each(optional(of_type(dict)))}  # missing in earlier files
UNJUDGED: dict[str, Check] = {"no_row_held_out": lambda value: value is True}  # with fewer than 10 rows
TRIED: dict[str, Check] = {"tried": each(of_type(dict))}  # by the searching preset
NETWORKS = ("networks", "linear_network", "spread")  # which are checked as such
SCALES = ("mean", "scale", "low", "high")
SCORES = ("conformal_scores", "conformal_weight", "conformal_groups", "conformal_by", "conformal_classes")
COUNTED = SCORES[2:]  # whole numbers from 0
ENDINGS = ("converged", "max_iter", "out_of_time", "stopped", "interrupted", "diverged")
SCALED: dict[str, Check] = {name: optional(of_type(np.ndarray)) for name in SCALES}
SHARE: dict[str, Check] = {"share": lambda value: type(value) is float and 0.0 < value <= 1.0}
ROW: dict[str, Check] = {
    "recipe": of_type(str),
    "folds": whole(),
    "round": whole(1),
    "seconds": lambda value: type(value) is float and 0.0 <= value < inf,
    "loss": lambda value: type(value) is float and value == value,
    "share": lambda value: type(value) is float and 0.0 <= value <= 1.0,
}
PATH: dict[str, Check] = {
    **SHARE,
    **SCALED,
}
MEMBER: dict[str, Check] = {
    "history": lambda value: type(value) is list and value != [] and all(map(is_history_row, value)),
    "reason": one_of(*ENDINGS),
    "message": of_type(str),
    "n_epochs": whole(),
    **SCALED,
}


# ---- there --------------------------------------------------------------------------------------------------


def pack_table_estimator(model: Any) -> tuple[dict[str, Any], Tensors]:
    """Return the estimator's part of a header, and its tensors."""
    plain = model.to_plain()
    members = plain["members"]
    header: dict[str, Any] = {
        "parameters": pack_parameters(plain["parameters"], LATER[type(model).__name__]),
        "encoder": encode(plain["encoder"].to_plain(), "encoder"),
        "networks": [],
        "members": [_record(member) for member in members],
    }
    if plain["predicted"]:
        header["predicted"] = encode(
            [None if one is None else as_plain(asdict(one)) for one in plain["predicted"]], "predicted"
        )
    if plain["tried"]:
        header["tried"] = encode(list(plain["tried"]), "tried_")
    tensors: Tensors = {}
    for place, member in enumerate(members):
        packed, arrays = pack_network(member.network)
        header["networks"].append(packed["network"])
        tensors |= {f"{place}.{name}": array for name, array in arrays.items()}
    if plain["linear"] is not None:
        packed, arrays = _packed_path(plain["linear"])
        header, tensors = header | packed, tensors | arrays
    if plain["training"] is not None:
        header["training"], more = pack_training(plain["training"])
        tensors |= more
    tensors |= {name: _as_stored(name, plain[name]) for name in SCORES if plain.get(name) is not None}
    if "conformal_scores" in tensors and not len(tensors["conformal_scores"]):  # a file has no empty tensors
        header["no_row_held_out"] = True
    if isinstance(model, TabularClassifier):
        header |= {
            "classes": encode(plain["classes"], "classes_"),
            "labels": plain["labels"],
            "temperature": plain["temperature"],
            **sparse_labels(plain),
        }
        return header, tensors
    targets = members[0].targets
    header |= {
        "loss": targets.loss.name,
        "levels": list(targets.levels),
        "huber_delta": targets.loss.options.get("delta", 1.0),
        "n_targets": plain["n_targets"],
        "is_flat": plain["is_flat"],
    }
    if plain["spread"] is not None:
        packed, arrays = pack_network(plain["spread"])
        header["spread"] = packed["network"]
        tensors |= {f"spread.{name}": array for name, array in arrays.items()}
    return header, tensors


def _as_stored(name: str, scores: Any) -> Any:
    return scores.astype(np.float64) if name in COUNTED else scores


def _packed_path(path: LinearPath) -> tuple[dict[str, Any], Tensors]:
    packed, arrays = pack_network(path.member.network)
    scales = {name: getattr(path.member.targets, name) for name in SCALES}
    header = {
        "linear": encode({"share": path.share, **scales}, "linear_"),
        "linear_network": packed["network"],
    }
    return header, {f"linear.{name}": array for name, array in arrays.items()}


def _record(member: Member) -> dict[str, Any]:
    ending = {name: getattr(member.outcome, name) for name in ("reason", "message", "n_epochs")}
    scales = {name: getattr(member.targets, name) for name in SCALES}
    share = {} if member.share == 1.0 else {"share": member.share}  # missing in earlier files
    record: dict[str, Any] = encode({"history": [], **ending, **scales, **share}, "members")
    record["items"][0][1] = encode_rows(member.history, "history")
    return record


# ---- and back -----------------------------------------------------------------------------------------------


def unpack_table_estimator(cls: type, header: dict[str, Any], tensors: Tensors, custom: Custom) -> Any:
    """Return the estimator, and remove its tensors from ``tensors``."""
    of_classes, training = cls is TabularClassifier, header.pop("training", None)
    found = {name: decode(value, custom) for name, value in header.items() if name not in NETWORKS}
    found |= {name: header[name] for name in NETWORKS if name in header}
    extras = SPARSE_LABELS if of_classes and "sparse_labels" in found else {}
    extras |= PREDICTED if "predicted" in found else {}
    extras |= SPREAD if not of_classes and "spread" in found else {}
    extras |= TRIED if "tried" in found else {}
    extras |= UNJUDGED if "no_row_held_out" in found else {}
    extras |= LINEAR if "linear" in found or "linear_network" in found else {}
    check_fields(found, ESTIMATOR | (OF_CLASSES if of_classes else OF_NUMBERS) | extras, "The estimator")
    encoder = unpack_encoder(found["encoder"])
    if of_classes:
        check_labels(found["labels"], found["classes"], sparse="sparse_labels" in found)
        n_outputs, several = len(found["classes"]), found["labels"] == "multilabel-indicator"
        targets = (Targets.of_labels if several else Targets.of_classes)(n_outputs)
    else:
        n_outputs = found["n_targets"] * max(1, len(found["levels"]))
    networks = [_network(place, packed, tensors, custom) for place, packed in enumerate(found["networks"])]
    for network in networks:
        _check_network(network, encoder, n_outputs)
    empty = _without_rows(found, of_classes=of_classes)
    if of_classes:
        found |= _take_scores(tensors, 1, empty, may_be_none=True)
        if found["conformal_scores"] is not None and found["conformal_classes"] is None:
            raise ModelFileError("Its held-out rows have scores, but no classes.")
    else:
        targets = _targets_of_numbers(found)
        found |= _take_scores(tensors, found["n_targets"], empty, may_be_none=training is not None)
        found["spread"] = _spread(found, encoder, tensors, custom)
    if not 0 < len(networks) == len(found["members"]):
        raise ModelFileError("It must hold at least one network, with a record for each.")
    members = [
        _member(network, record, targets) for network, record in zip(networks, found["members"], strict=True)
    ]
    if "linear" in found:
        network = _network("linear", found["linear_network"], tensors, custom)
        _check_network(network, encoder, n_outputs)
        found["linear"] = _path(network, found["linear"], targets)
    state = None if training is None else unpack_training(training, members, tensors)
    own = {
        "encoder": encoder,
        "members": members,
        "training": state,
        "sparse_labels": "sparse_labels" in found,
    }
    for row in found.get("tried", []):
        later = {"refits": whole()} if "refits" in row else {}  # missing in earlier files
        check_fields(row, ROW | later, "A row of what was tried")
    own["predicted"] = _histograms(found.get("predicted", []), found, of_classes=of_classes)
    model: Any = cls.from_plain({**found, **own})  # type: ignore[attr-defined]
    return model


def _histograms(plain: list[Any], found: dict[str, Any], *, of_classes: bool) -> tuple[Histogram | None, ...]:
    """Return the histograms of predictions: one of the classes, or one for each label or target."""
    n, most = 1, inf
    if not of_classes:
        n = found["n_targets"]
    elif found["labels"] == "multilabel-indicator":
        n, most = len(found["classes"]), 2
    else:
        most = len(found["classes"])
    if len(plain) not in (0, n):
        raise ModelFileError(f"It must hold {n} histograms of predictions; it holds {len(plain)}.")
    for one in plain:
        if one is not None:
            check_histogram(one)
            if of_classes and not all(1 <= bound <= most for bound in one["bounds"]):
                raise ModelFileError(
                    "A histogram of its predictions names a class that the model does not have."
                )
    return tuple(map(histogram_from_plain, plain))


def _network(place: int | str, packed: Any, tensors: Tensors, custom: Custom) -> Network:
    names = [name for name in (f"{place}.parameters", f"{place}.state") if name in tensors]
    own = {name.partition(".")[2]: tensors.pop(name) for name in names}
    network = unpack_network(packed, own, custom)
    tensors |= {f"{place}.{name}": array for name, array in own.items()}  # what it has no use for
    return network


def _spread(found: dict[str, Any], encoder: TableEncoder, tensors: Tensors, custom: Custom) -> Network | None:
    """Return the network of the spread, if there is one."""
    if "spread" not in found:
        return None
    network, n_inputs = _network("spread", found["spread"], tensors, custom), len(encoder.names_)
    ends = network.layer_sizes[0], network.layer_sizes[-1], network.output_activation.name
    if ends != (n_inputs, found["n_targets"], "exp") or network.lookup is not None:
        raise ModelFileError("The network of its spread does not match its columns or targets.")
    return network


def _check_network(network: Network, encoder: TableEncoder, n_outputs: int) -> None:
    """Refuse a network with other columns or codes than the encoder's, which would read out of bounds."""
    n_dense, codes = encoder.n_numeric_ + encoder.n_plain_, encoder.cardinalities_
    lookup = network.lookup
    lookups = [] if lookup is None else [(lookup.n_plain, lookup.n_codes)]
    expected = [(n_dense, codes)] if codes else []
    sizes = network.layer_sizes
    if lookups != expected or (sizes[0], sizes[-1]) != (n_dense + len(codes), n_outputs):
        raise ModelFileError("One of its networks does not match its columns or targets.")


def _targets_of_numbers(found: dict[str, Any]) -> Targets:
    levels = tuple(found["levels"])
    in_order = all(0.0 < q < 1.0 for q in levels) and list(levels) == sorted(set(levels))
    if not in_order or bool(levels) != (found["loss"] == "quantile"):
        raise ModelFileError("The stored quantiles are invalid; expected increasing values in (0, 1).")
    if found["is_flat"] and found["n_targets"] > 1:
        raise ModelFileError("It has several targets, but is marked as having one.")
    return Targets.of_numbers(
        found["loss"], found["n_targets"], levels=levels, huber_delta=found["huber_delta"]
    )


def _member(network: Network, record: Any, targets: Targets) -> Member:
    check_fields(record, MEMBER | (SHARE if "share" in record else {}), "A member")
    scales = {name: record[name] for name in SCALES}
    if network.output_activation.name != targets.output_activation or not _are_scales(scales, targets):
        raise ModelFileError("The output of one of its networks does not match its targets.")
    outcome = Outcome(record["reason"], record["message"], record["n_epochs"])
    share = record.get("share", 1.0)
    return Member(network, replace(targets, **scales), record["history"], outcome, share=share)


def _path(network: Network, record: Any, targets: Targets) -> LinearPath:
    check_fields(record, PATH, "The linear model")
    scales = {name: record[name] for name in SCALES}
    if network.output_activation.name != targets.output_activation or not _are_scales(scales, targets):
        raise ModelFileError("The output of its linear model does not match its targets.")
    return LinearPath(Member(network, replace(targets, **scales), [], FITTED), record["share"])


def _are_scales(scales: dict[str, Any], targets: Targets) -> bool:
    """Return whether these are scales of numbers, or None for classes."""
    if targets.output_activation in ("softmax", "logistic"):
        return all(array is None for array in scales.values())
    shape = (targets.n_outputs // max(1, len(targets.levels)),)
    is_free = scales["low"] is None and scales["high"] is None  # as a linear model may be
    for array in scales.values() if not is_free else (scales["mean"], scales["scale"]):
        if array is None or array.dtype != np.float64 or array.shape != shape:
            return False
        if not np.isfinite(array).all():
            return False
    return bool((scales["scale"] > 0.0).all() and (is_free or (scales["low"] <= scales["high"]).all()))


def _without_rows(found: dict[str, Any], *, of_classes: bool) -> tuple[str, ...]:
    """Return the names of scores that are empty, and so not in the file, if no row was held out."""
    if "no_row_held_out" not in found:
        return ()
    by = () if found["parameters"].get("coverage_by") is None else ("conformal_by",)
    return ("conformal_scores", *by, *SCORES[4:][: int(of_classes)])


def _take_scores(
    tensors: Tensors, n_targets: int, empty: tuple[str, ...], *, may_be_none: bool
) -> dict[str, Any]:
    if not empty and may_be_none and "conformal_scores" not in tensors:  # a training in progress
        return dict.fromkeys(SCORES)
    n_rows = 0 if empty else len(tensors["conformal_scores"])
    scores = take(tensors, "conformal_scores", (n_rows, n_targets), np.float64)
    weight, *counted = (
        take(tensors, name, (n_rows,), np.float64) if name in (empty or tensors) else None
        for name in SCORES[1:]
    )
    if not np.isfinite(scores).all() or not (weight is None or (np.isfinite(weight) & (weight > 0.0)).all()):
        raise ModelFileError("Stored conformal scores or weights are invalid.")
    for which in counted:
        if which is not None and not ((which >= 0.0) & (which < 2**31) & (which == np.floor(which))).all():
            raise ModelFileError(
                "Its groups, categories and classes of held-out rows must be whole numbers from 0."
            )
    if counted[0] is not None and not (counted[0] < n_rows).all():
        raise ModelFileError("Its groups of held-out rows must be numbered up to their number.")
    whole_numbers = (None if which is None else which.astype(np.intp) for which in counted)
    return dict(zip(SCORES, (scores, weight, *whole_numbers), strict=True))
