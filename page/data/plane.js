/** Planes through the inputs: two columns with the others held, or the first two principal components. */

const cache = new WeakMap();

function median(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const column = (data, j) => Float64Array.from({ length: data.n }, (_, i) => data.X[i * data.d + j]);

export function medians(data) {
  if (!cache.has(data)) cache.set(data, Float64Array.from({ length: data.d }, (_, j) => median(column(data, j))));
  return cache.get(data);
}

function range(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const pad = (high - low || 1) * 0.12;
  return [low - pad, high + pad];
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** The first two principal components by power iteration on the covariance, and the mean. */
const components = new WeakMap();
export function principal(data) {
  if (components.has(data)) return components.get(data);
  const { n, d } = data;
  const mean = Float64Array.from({ length: d }, (_, j) => column(data, j).reduce((a, b) => a + b, 0) / n);
  const rows = Math.min(n, 2000);
  const times = (v) => {
    const out = new Float64Array(d);
    for (let i = 0; i < rows; i++) {
      let along = 0;
      for (let j = 0; j < d; j++) along += (data.X[i * d + j] - mean[j]) * v[j];
      for (let j = 0; j < d; j++) out[j] += along * (data.X[i * d + j] - mean[j]);
    }
    return out;
  };
  const found = [];
  for (let c = 0; c < 2; c++) {
    let v = Float64Array.from({ length: d }, (_, j) => Math.cos(1 + j * (c + 1)));
    for (let round = 0; round < 60; round++) {
      let next = times(v);
      for (const other of found) {
        const along = dot(next, other);
        next = next.map((value, j) => value - along * other[j]);
      }
      const size = Math.sqrt(dot(next, next)) || 1;
      v = next.map((value) => value / size);
    }
    found.push(v);
  }
  components.set(data, { mean, first: found[0], second: found[1] });
  return components.get(data);
}

/** Return the plane of two columns (`x`, `y` their numbers) or of principal components (`x` is "pca"). */
export function axes(data, { x, y }) {
  if (data.d === 1) {
    return {
      x: 0,
      y: null,
      names: [data.columns[0].name, ""],
      medians: medians(data),
      xRange: range(data.X),
      yRange: [0, 1],
      project: (i) => [data.X[i], 0],
      place: (row) => [row[0], 0],
      point: (u, _v, _base, out) => (out[0] = u),
    };
  }
  if (x === "pca") {
    const { mean, first, second } = principal(data);
    const place = (row) => {
      const centered = Float64Array.from(row, (value, j) => value - mean[j]);
      return [dot(centered, first), dot(centered, second)];
    };
    const project = (i) => place(data.X.subarray(i * data.d, (i + 1) * data.d));
    const all = Array.from({ length: Math.min(data.n, 2000) }, (_, i) => project(i));
    return {
      x,
      y,
      names: ["PCA 1", "PCA 2"],
      medians: mean,
      xRange: range(all.map((p) => p[0])),
      yRange: range(all.map((p) => p[1])),
      project,
      place,
      point: (u, v, _base, out) => {
        for (let j = 0; j < data.d; j++) out[j] = mean[j] + u * first[j] + v * second[j];
      },
    };
  }
  return {
    x,
    y,
    names: [data.columns[x].name, data.columns[y].name],
    medians: medians(data),
    xRange: range(column(data, x)),
    yRange: range(column(data, y)),
    project: (i) => [data.X[i * data.d + x], data.X[i * data.d + y]],
    place: (row) => [row[x], row[y]],
    point: (u, v, base, out) => {
      out.set(base);
      out[x] = u;
      out[y] = v;
    },
  };
}
