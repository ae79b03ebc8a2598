"""Several steps of gradient descent: each starts where the one before ended, and fixed parameters stay."""

import numpy as np
import pytest

from pellucid import Network, trace
from pellucid.courses import get_example
from pellucid.exceptions import ParameterError
from pellucid.explain.json_ import read_json, set_json


def mininn() -> tuple[Network, np.ndarray, np.ndarray]:
    """Return a network of the size of note 002's MiniNN, 2-2-2-1, and the rows of XOR."""
    net = Network([2, 2, 2, 1], activation="logistic", output_activation="logistic", random_state=0)
    return net, np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize("rows", [1, 4])
def test_steps_are_gradient_descent(rows: int) -> None:
    """The losses and parameters are those of a loop around ``gradients``."""
    net, X, y = mininn()
    course = trace(net, X[:rows], y[:rows], learning_rate=0.5).steps(20)

    assert len(course) == 21
    for each in course:
        found = net.gradients(X[:rows], y[:rows, None])
        assert each.loss == pytest.approx(found.loss, rel=1e-10)
        np.testing.assert_allclose(each.network.parameters, net.parameters, rtol=1e-10)
        net.parameters -= 0.5 * found.flat
    assert all(each.replay().max_error < 1e-9 for each in course[::5])


def test_the_page_lists_them() -> None:
    """Losses in the notation's own measure, and outputs where there is one sample."""
    net, X, y = mininn()
    t = trace(net, X[1:2], y[1:2], loss="squared_error", learning_rate=0.5)
    for name, factor in (("pellucid", 1.0), ("mit", 2.0)):
        page = t.document(name, steps=20)
        losses, outputs = page.find("steps", 0), page.find("steps", 1)
        np.testing.assert_allclose(losses.array[:, 0], [factor * each.loss for each in t.steps(20)])
        np.testing.assert_allclose(outputs.array[:, 0], [each.outputs.item() for each in t.steps(20)])
        assert losses.rows[-1] == "step 20"
        np.testing.assert_array_equal(read_json(set_json(page)).find("steps").array, losses.array)
    text = t.to_text(steps=20, width=80)
    assert "20 steps of gradient descent" in text
    assert all(f"step {i} " in text for i in range(21))
    assert "steps of gradient" not in t.to_text()
    assert not [
        e
        for step in trace(net, X, y).document(steps=2).steps
        for e in step.entries
        if e.block == 1 and e.role == "steps"
    ]


def test_what_an_example_fixes_stays_fixed_in_every_step() -> None:
    """The KAIST notes have no biases: after ten steps neither."""
    course = get_example("kaist-example").trace().steps(10)
    assert all(not biases.any() for biases in course[-1].network.biases)
    assert course[-1].loss < 0.5 * course[0].loss
    assert course[3].replay().max_error < 1e-9
    assert course[0].document().steps[0].title == course[-1].document().steps[0].title


@pytest.mark.parametrize("n", [-1, 2.5, True, 10_001, "3"])
def test_a_number_of_steps_that_is_none(n: object) -> None:
    with pytest.raises(ParameterError, match="'steps' must be an integer from 0 to 10,000"):
        get_example("iowa-grounded").trace().steps(n)
