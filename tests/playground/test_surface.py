"""The surface behind heat maps and boundary: coarse at once, fine after some rest, in bands."""

from playground.setups import case, dataset

SURFACE = """
const s = await load('state/store.js');
const { surface } = await load('state/surface.js');
const { forward, initialParameters, makeNet } = await load('kernel/index.js');
const data = { ...dataset, columns: [{ name: 'a' }, { name: 'b' }], X: Float64Array.from(dataset.X),
  Y: Float64Array.from(dataset.Y) };
s.setup.value = setup;
s.dataset.value = data;
const finer = async (n) => {
  for (const ends = performance.now() + 10000; surface.value.n <= n && performance.now() < ends; )
    await new Promise((done) => setTimeout(done, 5));
  return surface.value;
};
const net = s.net.value;
const theta = (scale) => initialParameters(net, setup).map((value) => scale * value);
"""


def test_a_fine_grid_has_the_values_of_a_whole_pass(node):
    """Bands together are one pass, and parameters that change meanwhile leave nothing of those before."""
    each = case(dataset(n=41), hidden=[40, 40])
    found = node(
        SURFACE
        + """
        s.theta.value = theta(1);
        const first = surface.value.n;
        await new Promise((done) => setTimeout(done, 1));
        s.theta.value = theta(2);
        const coarse = surface.value.n;
        const fine = await finer(coarse);
        const { A } = forward(net, s.theta.value, fine.X, fine.n * fine.rows);
        const off = A.map((values, k) => values.map((value, i) => Math.abs(value - fine.A[k][i]))
          .reduce((most, gap) => Math.max(most, gap), 0));
        s.running.value = true;
        s.theta.value = theta(3);
        return { first, coarse, fine: fine.n, off, moving: surface.value.n };
        """,
        setup=each.setup,
        dataset=each.dataset,
    )
    assert found["off"] == [0.0] * 4
    assert found["fine"] > found["coarse"] >= 12
    assert found["moving"] <= 50
