/** A lesson that is open: its setup and notation, and whether its task is done. */
import { batch, computed } from "@preact/signals";
import { rings } from "../views/network/health.js";
import { choose, setSetup } from "./commands.js";
import { outputs, seen } from "./looked.js";
import { perceptron } from "./perceptron.js";
import * as s from "./store.js";

export function openLesson(lesson) {
  if (!setSetup(lesson.setup)) return;
  batch(() => {
    s.lesson.value = lesson;
    s.notation.value = lesson.notation;
    s.sample.value = 0;
    s.hint.value = Infinity;
    s.health.value = Boolean(lesson.health);
    s.overlay.value = "values";
    if (lesson.chosen) choose(lesson.chosen);
  });
}

/** Whether the task of the open lesson is done. */
export const done = computed(() => {
  const lesson = s.lesson.value;
  const now = seen.value;
  if (!lesson?.done || !now || !outputs.value) return false;
  return lesson.done({
    seen: now,
    outputs: outputs.value,
    net: s.net.value,
    theta: s.calm.value,
    setup: s.setup.value,
    step: s.course.value.step,
    phase: s.phase.value,
    drawn: s.drawn.value,
    rings: rings.value,
    mistakes: perceptron.value,
  });
});
