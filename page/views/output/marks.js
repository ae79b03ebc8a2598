/** Marks of rows on a plane, on canvases. */
import * as s from "../../state/store.js";
import { classColor, css, dark, shapeOf, signed } from "../colors.js";
import { classOf } from "../targets.js";
import { PATHS } from "./shapes.js";

const shapes = new Map(Object.entries(PATHS).map(([name, d]) => [name, new Path2D(d)]));

/** The largest target: numbers are coloured by their share of it. */
export function regressionScale(data) {
  if (data.task !== "regression") return 1;
  return data.Y.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
}

/** Draw the mark of a row: of a class its shape and colour, of a number its sign and colour.
 * @param {any} context @param {number[]} at @param {any} data @param {number} i @param {number} size @param {number} spread */
export function mark(context, at, data, i, size, spread) {
  const [across, up] = at;
  const y = data.Y[i * data.outputs + s.plane.value.output];
  const k = data.task === "regression" ? -1 : data.task === "multilabel" ? y : classOf(data.Y.subarray(i * data.outputs, (i + 1) * data.outputs));
  context.save();
  context.translate(across, up);
  context.scale(size, size);
  context.fillStyle = k < 0 ? css(signed(y / spread)) : css(classColor(k));
  context.strokeStyle = dark.value ? "#000" : "#fff";
  context.lineWidth = 1.4;
  const shape = shapes.get(k < 0 ? (y < 0 ? "square" : "circle") : shapeOf(k));
  context.fill(shape);
  if (k < 0) context.strokeStyle = "#666";
  context.stroke(shape);
  context.restore();
}

/** Ring the row that is looked at.
 * @param {any} context @param {number} [x] @param {number} [y] */
export function chosenMark(context, x, y) {
  ring(context, [x, y], 8.5, dark.value ? "#000" : "#fff", 5);
  ring(context, [x, y], 8.5, dark.value ? "#fff" : "#000", 2.2);
}

/** @param {any} context @param {number[]} at @param {number} radius @param {string} color @param {number} width */
export function ring(context, [x, y], radius, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}
