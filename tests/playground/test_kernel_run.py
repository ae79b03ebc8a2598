"""Back and forth in time: the same bits, edits that can be undone, and a finite state after a divergence."""

from typing import Any

import numpy as np
import pytest

from playground.setups import case, dataset

STATE = """
const { Run } = await load("kernel/index.js");
const run = new Run(setup, dataset);
const bits = (values) => Array.from(new BigUint64Array(Float64Array.from(values).buffer), String).join();
const seen = () => [run.step, bits(run.theta), bits(run.memory), bits(run.statistics), String(run.rng.state),
  bits(run.losses.slice(0, run.step)), [...run.order].join(),
  JSON.stringify(run.epochs.filter((row) => row.step <= run.step))].join("|");
"""


@pytest.mark.thorough
@pytest.mark.parametrize("network", [{}, {"dropout": 0.4}, {"normalization": "batch_norm"}])
def test_sixty_jumps_meet_the_same_bits(
    javascript: Any, rng: np.random.Generator, network: dict[str, Any]
) -> None:
    """Wherever a run jumps, within epochs too, everything is as it was on the way there."""
    targets = rng.integers(0, 3001, 60).tolist()
    apart = javascript(
        STATE
        + """
        const known = [seen()];
        while (run.step < 3000) { run.stepOnce(); known.push(seen()); }
        const kept = run.checkpoints.steps().length;
        return [kept, targets.filter((step) => { run.jump(step); return seen() !== known[step]; })];
        """,
        targets=targets,
        **case(dataset(n=41), network=network).given,
    )

    assert 10 < apart[0] <= 64
    assert apart[1] == []


def test_batch_and_epoch_there_and_back(javascript: Any) -> None:
    """A step or an epoch forward and back restores all; so does the way back to the start."""
    assert javascript(
        STATE
        + """
        const start = seen();
        run.jump(37);
        const here = seen();
        for (const way of [1, run.batches, 500]) {
          run.jump(37 + way);
          run.jump(37);
          if (here !== seen()) return false;
        }
        run.jump(0);
        return start === seen();
        """,
        **case(dataset(n=41)).given,
    )


def test_checkpoints_are_few_small_and_near(node: Any) -> None:
    """At most 64 and within their budget, after any number of steps; and no step is far from one."""
    found = node(
        """
        const { Checkpoints } = await load("kernel/checkpoints.js");
        return [[1e8, 8], [1e8, 5e6], [100, 60]].map(([budget, bytes]) => {
          const kept = new Checkpoints(20, budget);
          let most = 0;
          for (let step = 0; step <= 50000; step++) {
            if (kept.wants(step)) kept.add({ step, bytes });
            most = Math.max(most, kept.moments.size);
          }
          return [most, kept.steps()];
        });
        """
    )

    for (most, steps), allowed in zip(found, (64, 20, 2), strict=True):
        assert most <= allowed
        assert steps[0] == 0
        assert steps[-1] == 50000
    for steps, gap in ((found[0][1], 2600), (found[1][1], 10300)):
        assert max(np.diff(steps)) <= gap
        assert max(np.diff(steps[-8:])) == 20


def test_fifty_edits_are_undone_and_made_again(javascript: Any, rng: np.random.Generator) -> None:
    """Each undo restores the bits before an edit, each redo those after it."""
    places = np.column_stack([np.sort(rng.integers(0, 400, 50)), rng.integers(0, 21, 50)]).tolist()
    edits = [[*place, value] for place, value in zip(places, rng.normal(size=50), strict=True)]
    found = javascript(
        STATE
        + """
        const states = [];
        for (const [step, index, value] of edits) {
          run.jump(step);
          states.push(seen());
          run.edit(index, value);
        }
        const last = seen();
        let wrong = 0;
        for (let k = 49; k >= 0; k--) {
          run.undo();
          if (run.step !== edits[k][0] || seen() !== states[k]) wrong++;
        }
        const ends = [run.canUndo, run.undo()];
        for (let k = 0; k < 50; k++) run.redo();
        return [wrong, ends, run.canRedo, seen() === last];
        """,
        edits=edits,
        **case(dataset(n=41), hidden=[5]).given,
    )

    assert found == [0, [False, False], False, True]


def test_an_edit_changes_the_course_from_its_step_on(javascript: Any) -> None:
    """A typed weight is there at its step, nothing changes before it, and a setup with the edit gives the same."""
    setup = case(dataset(n=41))
    found = javascript(
        STATE
        + """
        run.jump(30);
        const before = seen();
        run.jump(25);
        run.edit(4, 0.5);
        const at = run.theta[4];
        run.jump(200);
        const far = bits(run.theta);
        run.jump(24);
        run.jump(25);
        const again = run.theta[4];
        const other = new Run({ ...setup, edits: [{ step: 25, index: 4, value: 0.5 }] }, dataset);
        other.jump(200);
        run.undo();
        run.jump(30);
        return [at, again, far === bits(other.theta), before === seen()];
        """,
        **setup.given,
    )

    assert found == [0.5, 0.5, True, True]


@pytest.mark.parametrize(
    ("index", "value", "message"), [(99, 0.0, "'index' must be in 0..20"), (0, np.inf, "finite")]
)
def test_an_impossible_edit_is_refused(node: Any, index: int, value: float, message: str) -> None:
    """The index and the value are checked, and nothing has changed."""
    said, same = node(
        STATE
        + """
        const before = seen();
        try {
          run.edit(index, value);
        } catch (error) {
          return [error.message, before === seen() && !run.canUndo];
        }
        """,
        index=index,
        value=value,
        **case(dataset(n=41)).given,
    )

    assert message in said
    assert same


def test_divergence_keeps_the_last_finite_state(javascript: Any) -> None:
    """A step that would leave the finite numbers is not made; from the state before it one can go back, not on."""
    each = case(
        dataset("regression", n=40),
        network={"activation": ["relu"]},
        optimizer={"name": "momentum", "learning_rate": 30.0},
    )
    reason, step, finite, went_on, back, again = javascript(
        STATE
        + """
        run.runTo(5000);
        const [reason, step] = [run.diverged, run.step];
        const finite = [...run.theta, ...run.memory].every(Number.isFinite);
        const kept = seen();
        const wentOn = run.stepOnce();
        run.jump(0);
        const back = run.diverged;
        run.jump(5000);
        return [reason, step, finite, wentOn, back, run.step === step && kept === seen()];
        """,
        **each.given,
    )

    assert "not a finite number" in reason
    assert 0 < step < 5000
    assert finite
    assert not went_on
    assert back is None
    assert again
