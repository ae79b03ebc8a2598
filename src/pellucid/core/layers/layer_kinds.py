"""The kinds of layer in one table, one row each.

To add one: write its file with ``forward``, ``gradient``, ``backward`` and ``loops``, and its row. Options of
networks and estimators, model files, both engines, traces, tests and documentation follow from the table.
"""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.core.activations import ACTIVATIONS
from pellucid.core.layers.activation import Activate
from pellucid.core.layers.batch_norm import BatchNorm
from pellucid.core.layers.dense import Dense
from pellucid.core.layers.dropout import Dropout
from pellucid.core.layers.layer import Layer
from pellucid.core.layers.layer_norm import LayerNorm
from pellucid.core.layers.lookup import Lookup
from pellucid.core.layers.parametric import ParametricActivate
from pellucid.core.layers.periodic import Periodic
from pellucid.core.layers.residual import Residual
from pellucid.core.layers.scale import Scale
from pellucid.core.layers.sharing import Fan, SeparateDense, SharedDense
from pellucid.core.layers.unclip import Unclip

__all__ = ["INPUT_LAYERS", "LAYERS", "NORMALIZATIONS", "LayerRow"]


@dataclass(frozen=True)
class LayerRow:
    """Kind of layer, with its place in a network.

    Parameters
    ----------
    name : str
        Its name in the table; a normalization is chosen by it, and a model file holds it.
    place : {"input", "block", "normalization"}
        ``"input"``: before the first block, by ``input_layers=``. ``"normalization"``: between the dense layer and
        the activation of a block, by ``normalization=name``; it is made from the number of units alone.
        ``"block"``: elsewhere in a block, where other options put it.
    summary : str
        A description of one line.
    example : Layer
        A small one, which takes 3 inputs. Tests use it, and so does compiling ahead.
    """

    name: str
    place: str
    summary: str
    example: Layer

    @property
    def kind(self) -> type[Layer]:
        """Its class."""
        return type(self.example)


LAYERS: dict[str, LayerRow] = {
    row.name: row
    for row in (
        LayerRow("lookup", "input", "codes become learned rows", Lookup(2, (4,), 3)),
        LayerRow("periodic", "input", "numbers become waves of them", Periodic(2, 1, 4, 3)),
        LayerRow("scale", "input", "each input times a learned factor", Scale(3)),
        LayerRow("unclip", "input", "clipped numbers straight again", Unclip(2, 1)),
        LayerRow("dense", "block", "a W + b", Dense(3, 2)),
        LayerRow("batch_norm", "normalization", "each unit standardized over the batch", BatchNorm(3)),
        LayerRow("layer_norm", "normalization", "the units of a row standardized", LayerNorm(3)),
        LayerRow("activate", "block", "φ(z)", Activate(ACTIVATIONS["tanh"])),
        LayerRow("parametric", "block", "z + α (φ(z) - z)", ParametricActivate(ACTIVATIONS["mish"], 3)),
        LayerRow("dropout", "block", "silences units at random in training", Dropout(0.3)),
        LayerRow("residual", "block", "adds an earlier value", Residual(0)),
        LayerRow("fan", "block", "gives each member its view of the inputs", Fan(2, 3)),
        LayerRow("shared_dense", "block", "a W + b for members that share W", SharedDense(3, 1, 2)),
        LayerRow("separate_dense", "block", "a W + b for members with a W each", SeparateDense(3, 1, 2)),
    )
}
INPUT_LAYERS = {row.kind.__name__: row for row in LAYERS.values() if row.place == "input"}
NORMALIZATIONS = {row.name: row for row in LAYERS.values() if row.place == "normalization"}
