"""ONNX Runtime: prediction only, by a graph of Gemm, activation and Softmax."""

import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from benchmarks.networks import Case, start

OPERATIONS = {"relu": "Relu", "tanh": "Tanh"}


def model_of(case: Case) -> bytes:
    nodes, initializers, last = [], [], len(case.sizes) - 2
    for k, (W, b) in enumerate(start(case)):
        initializers += [numpy_helper.from_array(W, f"W{k}"), numpy_helper.from_array(b, f"b{k}")]
        nodes.append(helper.make_node("Gemm", [f"a{k}", f"W{k}", f"b{k}"], [f"z{k}"]))
        operation = "Softmax" if k == last else OPERATIONS[case.activation]
        nodes.append(helper.make_node(operation, [f"z{k}"], [f"a{k + 1}"]))
    X = helper.make_tensor_value_info("a0", TensorProto.FLOAT, ["rows", case.sizes[0]])
    P = helper.make_tensor_value_info(f"a{last + 1}", TensorProto.FLOAT, ["rows", case.sizes[-1]])
    graph = helper.make_graph(nodes, "mlp", [X], [P], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


_threads = 2


def set_threads(n: int) -> None:
    global _threads
    _threads = n


def predictors(case: Case):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads
    session = onnxruntime.InferenceSession(model_of(case), options, providers=["CPUExecutionProvider"])

    def predict(X):
        return session.run(None, {"a0": X})[0]

    return predict, predict
