/** The log of commands: what undo pops. An entry is {undo, redo}, two functions. */
import { signal } from "@preact/signals";

const LIMIT = 200;
const done = signal(/** @type {any[]} */ ([]));
const undone = signal(/** @type {any[]} */ ([]));

export const canUndo = () => done.value.length > 0;
export const canRedo = () => undone.value.length > 0;

/** Note a command that was carried out. */
export function note(entry) {
  done.value = [...done.value, entry].slice(-LIMIT);
  undone.value = [];
}

function move(from, to, action) {
  const entry = from.value.at(-1);
  if (!entry) return false;
  from.value = from.value.slice(0, -1);
  to.value = [...to.value, entry];
  entry[action]();
  return true;
}

export const undo = () => move(done, undone, "undo");
export const redo = () => move(undone, done, "redo");

/** Forget everything, as after new data from outside. */
export function clear() {
  done.value = [];
  undone.value = [];
}
