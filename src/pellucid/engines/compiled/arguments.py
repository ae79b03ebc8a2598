"""Arguments of the driver, in named groups: declared here once, for Python and for the compiled code.

The text of this module stands before that of the driver in a generated module. An annotation is the name of a
type there, see ``TYPES`` in :mod:`pellucid.engines.compiled.modules`; what begins with ``GIVEN`` is read-only.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

INT: TypeAlias = int
REAL_NUMBER: TypeAlias = float
INTS: TypeAlias = NDArray[np.int64]
INT_MATRIX: TypeAlias = NDArray[np.int64]
GIVEN_INTS: TypeAlias = NDArray[np.int64]
NUMBERS: TypeAlias = NDArray[np.float64]
NUMBER_MATRIX: TypeAlias = NDArray[np.float64]
VECTOR: TypeAlias = NDArray[Any]  # in the dtype of the network
MATRIX: TypeAlias = NDArray[Any]
GIVEN_VECTOR: TypeAlias = NDArray[Any]
GIVEN_MATRIX: TypeAlias = NDArray[Any]
CSR: TypeAlias = tuple[int, ...]  # four addresses and the number of rows
TEAM: TypeAlias = tuple[int, int]


class Tables(NamedTuple):
    """A network as operations: what forward and backward walk along."""

    operations: "INT_MATRIX"
    parts: "INTS"
    sizes: "INTS"
    rates: "NUMBER_MATRIX"


class LossPlaces(NamedTuple):
    """Places of what stands at the end of a pass, and the parts of loss, output activation and update."""

    scores: "INT"
    delta: "INT"
    biases: "INT"
    outputs: "INT"
    loss_part: "INT"
    output_part: "INT"
    update_part: "INT"
    is_fused: "INT"


class Sizes(NamedTuple):
    """Numbers of rows (of all, a batch, a block), outputs, factors and members; what there is.

    ``has_pieces`` is 1 if one worker, too, makes some gradient in pieces.
    """

    n_samples: "INT"
    batch_size: "INT"
    block_size: "INT"
    n_outputs: "INT"
    has_weights: "INT"
    is_sparse: "INT"
    n_factors: "INT"
    n_members: "INT"
    has_pieces: "INT"


class Settings(NamedTuple):
    """Penalties, the mean weight of a row, the largest norm of a gradient."""

    l1: "REAL_NUMBER"
    l2: "REAL_NUMBER"
    alpha: "REAL_NUMBER"
    mean_weight: "REAL_NUMBER"
    max_norm: "REAL_NUMBER"


class TrainingSet(NamedTuple):
    """The training set, and the options of the loss per output."""

    X: "GIVEN_MATRIX"
    sparse: "CSR"
    Y: "GIVEN_MATRIX"
    weights: "GIVEN_VECTOR"
    options: "MATRIX"


class Steps(NamedTuple):
    """The steps to run: the order of the rows, where they begin, and what changes from one to the next.

    ``course`` holds learning rate times weight decay, and the factor on dropout, per step.
    """

    order: "GIVEN_INTS"
    has_order: "INT"
    first_step: "INT"
    batch_weights: "NUMBERS"
    course: "NUMBER_MATRIX"
    scalars: "NUMBER_MATRIX"
    keys: "INT_MATRIX"


class Updated(NamedTuple):
    """Arrays that training changes; gradients, a row per block if loops make any; pieces of the flat vector."""

    parameters: "VECTOR"
    gradients: "MATRIX"
    memory: "MATRIX"
    state: "VECTOR"
    pieces: "INT_MATRIX"


class Buffers(NamedTuple):
    """Arrays that passes write, for a batch; scratch, a row per worker; ``zeros`` are read only."""

    values: "VECTOR"
    derivatives: "VECTOR"
    pending: "VECTOR"
    kept: "VECTOR"
    batch: "MATRIX"
    Y_batch: "MATRIX"
    w_batch: "VECTOR"
    scratch: "MATRIX"
    zeros: "VECTOR"


class Sums(NamedTuple):
    """The sums of the epoch so far; those of workers: losses of blocks, squares of pieces, penalty, norm."""

    terms: "NUMBERS"
    shared: "NUMBERS"


class Workers(NamedTuple):
    """Number of this worker, the number of workers, and the addresses by which they meet."""

    team: "TEAM"
    worker: "INT"
    n_workers: "INT"


class Pass(NamedTuple):
    """One pass over the rows of a batch, of which one worker takes first_row … last_row - 1, block by block."""

    X: "GIVEN_MATRIX"
    n_rows: "INT"
    w: "VECTOR"
    share: "REAL_NUMBER"
    sparse: "CSR"
    rows: "GIVEN_INTS"
    keys: "INTS"
    dropout: "REAL_NUMBER"
    first_row: "INT"
    last_row: "INT"
    block: "INT"


RUN_STEPS = {
    "tables": Tables,
    "places": LossPlaces,
    "sizes": Sizes,
    "settings": Settings,
    "data": TrainingSet,
    "buffers": Buffers,
    "steps": Steps,
    "updated": Updated,
    "sums": Sums,
    "workers": Workers,
}
