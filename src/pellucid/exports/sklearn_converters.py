"""Converters for skl2onnx, so that a scikit-learn Pipeline with a pellucid estimator becomes one ONNX graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.estimators import MLPClassifier, MLPRegressor, Perceptron
from pellucid.exceptions import ParameterError
from pellucid.exports.onnx_graph import onnx_model
from pellucid.exports.program import Program, program_of
from pellucid.tabular import TabularClassifier, TabularRegressor

__all__ = ["register_skl2onnx"]

LABEL, PROBABILITIES = "label", "probabilities"


def register_skl2onnx() -> None:
    """Register pellucid's estimators with skl2onnx; call it once before ``skl2onnx.to_onnx``.

    A Pipeline then converts as with scikit-learn's own estimators, even with several outputs or counts. The
    estimator takes one tensor, so an estimator for tables must have only columns of numbers; export one
    with other columns by :func:`pellucid.export`.

    Raises
    ------
    ParameterError
        If skl2onnx is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from pellucid import MLPClassifier
    >>> from pellucid.exports import register_skl2onnx
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), MLPClassifier((8,), solver="lbfgs", random_state=0)).fit(X, y)
    >>> register_skl2onnx()  # doctest: +SKIP
    >>> skl2onnx.to_onnx(model, X[:1], options={"zipmap": False})  # doctest: +SKIP
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as error:
        raise ParameterError(
            "Converting a Pipeline needs skl2onnx: pip install skl2onnx 'pellucid[onnx]'."
        ) from error
    options = {"zipmap": [True, False, "columns"], "nocl": [True, False], "output_class_labels": [False, True],
               "raw_scores": [True, False]}  # fmt: skip
    for cls in (MLPClassifier, MLPRegressor, Perceptron, TabularClassifier, TabularRegressor):
        has_probabilities = hasattr(cls, "predict_proba")
        update_registered_converter(
            cls,
            f"Pellucid{cls.__name__}",
            _set_types,
            _convert,
            options=options if has_probabilities else None,
            parser=None if has_probabilities or cls is not Perceptron else _parse_labels,
        )


def _parse_labels(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
    """Declare the one output of a classifier without probabilities."""
    from skl2onnx.common.data_types import Int64TensorType

    operator = scope.declare_local_operator("PellucidPerceptron", model)
    operator.inputs = inputs
    operator.outputs.append(scope.declare_local_variable(LABEL, Int64TensorType()))
    return operator.outputs


def _set_types(operator: Any) -> None:
    from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

    program, n_rows = program_of(operator.raw_operator), operator.inputs[0].get_first_dimension()
    real = (
        type(operator.inputs[0].type) if isinstance(operator.inputs[0].type, DoubleTensorType) else _float()
    )
    wanted = _outputs(program, len(operator.outputs))
    for output, name in zip(operator.outputs, wanted, strict=True):
        shape = [n_rows, *program.finish.outputs[name].shape[1:]]
        if name != LABEL:
            output.type = real(shape if len(shape) > 1 else [n_rows, 1])
        elif program.task == "classes" and any(isinstance(one, str) for one in program.classes):
            output.type = StringTensorType(shape)
        else:
            output.type = Int64TensorType(shape)


def _float() -> Any:
    from skl2onnx.common.data_types import FloatTensorType

    return FloatTensorType


def _outputs(program: Program, n: int) -> list[str]:
    """Return the names of the program's outputs that skl2onnx expects: labels first, then probabilities."""
    names = [LABEL, PROBABILITIES] if LABEL in program.finish.outputs else ["prediction"]
    return names[:n]


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Merge the graph of an estimator into that of its Pipeline."""
    from skl2onnx.common.data_types import DoubleTensorType

    program = program_of(operator.raw_operator)
    is_double = isinstance(operator.inputs[0].type, DoubleTensorType)
    model = _as_asked(program, container, len(operator.outputs), is_double=is_double)
    own, theirs = [*model.graph.input, *model.graph.output], [*operator.inputs, *operator.outputs]
    names = {value.name: variable.onnx_name for value, variable in zip(own, theirs, strict=True)}
    _merge(model, names, scope, container)


def _merge(model: Any, names: dict[str, str], scope: Any, container: Any) -> None:
    """Add the nodes and constants of a graph; an omitted input of a node, which has no name, stays omitted."""
    from onnx import NodeProto, TensorProto

    names = {"": "", **names}

    def named(name: str) -> str:
        if name not in names:
            names[name] = scope.get_unique_variable_name(name)
        return names[name]

    for node in model.graph.node:
        copy = NodeProto()
        copy.CopyFrom(node)
        copy.name = scope.get_unique_operator_name(node.name or node.op_type)
        copy.input[:], copy.output[:] = map(named, node.input), map(named, node.output)
        container.nodes.append(copy)
    for constant in model.graph.initializer:
        tensor = TensorProto()
        tensor.CopyFrom(constant)
        tensor.name = named(constant.name)
        container.initializers.append(tensor)
    for used in model.opset_import:
        container.node_domain_version_pair_sets.add((used.domain, used.version))


def _as_asked(program: Program, container: Any, n_outputs: int, *, is_double: bool) -> Any:
    """Return the graph with the types, the shapes and the version that a Pipeline expects."""
    from onnx import TensorProto, helper, numpy_helper, version_converter

    model = onnx_model(program, inputs="matrix")
    version = int(container.target_opset)
    if version > model.opset_import[0].version:
        model = version_converter.convert_version(model, version)
    graph = model.graph
    (given,) = graph.input
    graph.node.insert(
        0, helper.make_node("Cast", ["given"], [given.name], name="cast_given", to=TensorProto.DOUBLE)
    )
    made = []
    real = TensorProto.DOUBLE if is_double else TensorProto.FLOAT
    for name in _outputs(program, n_outputs):
        held = next(output for output in graph.output if output.name == name)
        source, kind = name, held.type.tensor_type.elem_type
        if kind not in (TensorProto.STRING, TensorProto.INT64):
            kind = TensorProto.INT64 if name == LABEL else real
            graph.node.append(
                helper.make_node("Cast", [source], [f"{name}_cast"], name=f"cast_{name}", to=kind)
            )
            source = f"{name}_cast"
        if name == "prediction" and len(held.type.tensor_type.shape.dim) == 1:
            graph.initializer.append(numpy_helper.from_array(np.array([-1, 1]), "column"))
            graph.node.append(
                helper.make_node("Reshape", [source, "column"], [f"{name}_column"], name="as_column")
            )
            source = f"{name}_column"
        made.append(helper.make_tensor_value_info(source, kind, None))
    inputs = [
        helper.make_tensor_value_info("given", TensorProto.DOUBLE if is_double else TensorProto.FLOAT, None)
    ]
    del graph.input[:], graph.output[:]
    graph.input.extend(inputs)
    graph.output.extend(made)
    return model
