/**
 * Messages between the page and an engine outside of it: JSON, and a tail of float64 numbers.
 *
 * A message is the length of its JSON as an unsigned integer of 32 bits, little endian; the JSON in UTF-8, padded
 * with spaces so that the tail begins at a multiple of 8; and the tail. `arrays` in the JSON lists the pieces of the
 * tail in order, each a place in the message and a number of values: ["theta", 25], ["dataset.X", 600].
 * `src/pellucid/playground/protocol.py` says the same in Python.
 *
 * Commands of the page: `hello {version, token}`, `setup {setup, dataset?}`, `run {until, pace}`, `pause`,
 * `jump {step}`, `edit {index, value}`, `undo`, `redo`, `ack {frame}`, `data {name, text, target?}`,
 * `ask {what, ...}`. A command with an `id` gets it back with its answer. Of what an engine sends, `frame` and
 * `progress {step, until}` are acknowledged.
 */

export const VERSION = 1;

/**
 * @param {Record<string, any>} message with typed arrays at any place in it
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(message) {
  /** @type {[string, ArrayLike<number>][]} */
  const pieces = [];
  const body = withoutArrays(message, "", pieces);
  body.arrays = pieces.map(([place, array]) => [place, array.length]);
  const json = new TextEncoder().encode(JSON.stringify(body));
  const length = json.length + ((8 - ((json.length + 4) % 8)) % 8);
  const numbers = pieces.reduce((sum, [, array]) => sum + array.length, 0);
  const bytes = new Uint8Array(4 + length + 8 * numbers);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  bytes.fill(32, 4, 4 + length);
  bytes.set(json, 4);
  let at = 4 + length;
  for (const [, array] of pieces) {
    for (let i = 0; i < array.length; i++, at += 8) view.setFloat64(at, array[i], true);
  }
  return bytes;
}

/**
 * @param {ArrayBuffer | Uint8Array} data
 * @returns {Record<string, any>}
 */
export function decode(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const { arrays = [], ...message } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  for (const [place, size] of arrays) {
    const path = place.split(".");
    const key = path.pop();
    const holder = path.reduce((object, name) => object[name], message);
    const array = new Float64Array(size);
    for (let i = 0; i < size; i++, at += 8) array[i] = view.getFloat64(at, true);
    holder[key] = array;
  }
  return message;
}

/** @param {any} value @param {string} place @param {[string, ArrayLike<number>][]} pieces */
function withoutArrays(value, place, pieces) {
  const body = {};
  for (const [key, each] of Object.entries(value)) {
    const here = place ? `${place}.${key}` : key;
    if (ArrayBuffer.isView(each)) pieces.push([here, /** @type {any} */ (each)]);
    else if (each && typeof each === "object" && !Array.isArray(each)) body[key] = withoutArrays(each, here, pieces);
    else body[key] = each;
  }
  return body;
}

/** What an engine outside of the page needs of a command: of own data the numbers, not the cells. */
export function slim(command) {
  if (command.type !== "setup") return command;
  const { setup, dataset, ...rest } = command;
  const { edits, ...parts } = setup;
  if (setup.data.name !== "own") return { ...rest, setup };
  const { name, task, columns, n, classes, X, Y, weights } = dataset;
  const arrays = weights ? { X, Y, weights } : { X, Y };
  const described = (columns ?? []).map((column) => ({ name: column.name ?? column, kind: column.kind ?? "number" }));
  return { ...rest, setup: { ...parts, edits, data: { name: "own" } },
    dataset: { name, task, columns: described, n, classes, ...arrays } };
}
