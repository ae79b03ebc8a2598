/** The transport bar: phases, batches and epochs forward and back, run and pause, the timeline. */
import { computed } from "@preact/signals";
import { byBatch, byEpoch, byPhase, jump, setPace, toggle, toStart } from "../state/commands.js";
import { currentPhase } from "../state/looked.js";
import * as s from "../state/store.js";
import { t } from "../words/words.js";
import { html } from "./html.js";
import { NumberField } from "./input/method.js";

const PACES = [1, 5, 25, 100];
const MOST_STEPS = 1e7; // that a page goes at once

function Step({ act, name, key, forward, lit, disabled }) {
  const arrow = forward ? "▶" : "◀";
  const word = t(`transport.${name}`);
  return html`<button class=${lit ? "lit" : ""} disabled=${disabled} onClick=${act}
    aria-label=${t(forward ? "transport.forward" : "transport.back", { unit: word })} title=${`${t(forward ? "transport.forward" : "transport.back", { unit: word })} (${key})`}>
    ${forward ? html`${word}<i aria-hidden="true">${arrow}</i>` : html`<i aria-hidden="true">${arrow}</i>${word}`}</button>`;
}

const atStart = computed(() => s.course.value.step === 0);
const untried = computed(() => s.furthest.value === 0);

/** The buttons change when the run starts or stops; the place changes with every frame. */
export function Transport() {
  const first = atStart.value;
  const running = s.running.value || Boolean(s.going.value);
  const fresh = first && !running && untried.value;
  return html`<section class="transport" aria-label=${t("transport.title")}>
    <div class="buttons" role="group" aria-label=${t("transport.steps")}>
      <button class="icon" disabled=${first} onClick=${toStart} aria-label=${t("transport.start")} title=${`${t("transport.start")} (0)`}><i aria-hidden="true">❘◀</i></button>
      <${Step} act=${() => byEpoch(-1)} name="epoch" key="<" disabled=${first} />
      <${Step} act=${() => byBatch(-1)} name="batch" key="," disabled=${first} />
      <${Step} act=${() => byPhase(-1)} name="phase" key="[" disabled=${first && !s.phase.value} />
      <span class="divider"></span>
      <${Step} act=${() => byPhase(1)} name="phase" key="]" forward />
      <${Step} act=${() => byBatch(1)} name="batch" key="." forward lit=${fresh} />
      <${Step} act=${() => byEpoch(1)} name="epoch" key=">" forward />
      <button class="run" aria-pressed=${running} onClick=${toggle} title=${t("transport.runKey")}>
        <i aria-hidden="true">${running ? "❚❚" : "▶▶"}</i>${t(running ? "transport.pause" : "transport.run")}</button>
      <label class="pace"><span class="sr">${t("transport.pace")}</span><select value=${s.pace.value} title=${t("transport.pace")} onChange=${(event) => setPace(Number(event.currentTarget.value))}>
        ${PACES.map((pace) => html`<option value=${pace} selected=${pace === s.pace.value}>${t("transport.perFrame", { n: pace })}</option>`)}</select></label>
    </div>
    <${NumberField} label=${t("transport.go")} value="" low=${0} high=${MOST_STEPS} whole onSet=${jump} />
    <${Where} />
  </section>`;
}

function Where() {
  const { step, batches } = s.course.value;
  const text = where(step, batches);
  const going = s.going.value;
  return html`<div class="where">
      <output>${text}</output>
      ${going && html`<label>${t("transport.going", going)}<progress max=${going.until} value=${going.step}></progress></label>`}
      <input type="range" min="0" max=${Math.max(s.furthest.value, 1)} value=${step} step="1" aria-label=${t("transport.timeline")} aria-valuetext=${text}
        onInput=${(event) => jump(Number(event.currentTarget.value))} />
    </div>`;
}

export function where(step, batches) {
  const phase = currentPhase.value;
  const place = t("transport.where", { epoch: Math.floor(step / batches), batch: step % batches, batches, step });
  return phase ? `${place} · ${t(`phases.${phase.kind}`, { layer: phase.block + 1 })}` : place;
}

/** Keys of the transport, anywhere but in fields. Page keys are those of a clicker. */
export const KEYS = {
  " ": toggle,
  "[": () => byPhase(-1),
  "]": () => byPhase(1),
  ",": () => byBatch(-1),
  ".": () => byBatch(1),
  "<": () => byEpoch(-1),
  ">": () => byEpoch(1),
  PageUp: () => byPhase(-1),
  PageDown: () => byPhase(1),
  0: toStart,
};
