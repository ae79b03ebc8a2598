/** The digit: the sample as 8×8 or 28×28 cells, and a pad to draw one by mouse, touch or arrow keys. */
import { effect } from "@preact/signals";
import { centred } from "../../data/digit.js";
import { seen } from "../../state/looked.js";
import { brief } from "../../state/numbers.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { classOf, cut, targetOf } from "../targets.js";

const SIDE = 64; // pixels of the pad
const BRUSH = 4.2;
const SHOWN = 208;

/** @param {{ picture: any }} props that of data/digit.js */
export function Pad({ picture }) {
  const canvas = useRef(null);
  const ink = useRef(new Float64Array(SIDE * SIDE));
  const last = useRef(null);
  const [pen, setPen] = useState({ x: 32, y: 16, down: false });

  function paint(x, y) {
    const from = last.current ?? { x, y };
    const length = Math.max(1, Math.ceil(Math.hypot(x - from.x, y - from.y)));
    for (let part = 0; part <= length; part++) dab(from.x + ((x - from.x) * part) / length, from.y + ((y - from.y) * part) / length);
    last.current = { x, y };
    read();
  }

  function dab(cx, cy) {
    for (let y = Math.max(0, Math.floor(cy - BRUSH)); y <= Math.min(SIDE - 1, cy + BRUSH); y++)
      for (let x = Math.max(0, Math.floor(cx - BRUSH)); x <= Math.min(SIDE - 1, cx + BRUSH); x++) {
        const far = Math.hypot(x - cx, y - cy);
        const share = Math.max(0, Math.min(1, BRUSH - far));
        ink.current[y * SIDE + x] = Math.max(ink.current[y * SIDE + x], share);
      }
  }

  function read() {
    s.drawn.value = picture.read(centred(ink.current, SIDE, picture.side));
  }

  function clear() {
    ink.current.fill(0);
    last.current = null;
    s.drawn.value = null;
  }

  useEffect(() => effect(() => {
    const row = s.row.value;
    if (row && canvas.current) show(canvas.current, picture, row, ink.current);
  }), [picture]);
  useEffect(() => {
    if (!s.drawn.value) ink.current.fill(0);
  }, [s.drawn.value]);

  const place = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    return [((event.clientX - box.x) / box.width) * SIDE, ((event.clientY - box.y) / box.height) * SIDE];
  };
  const move = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2] };
  function onKey(event) {
    if (event.key === " ") {
      last.current = null;
      setPen({ ...pen, down: !pen.down });
    } else if (event.key === "Delete" || event.key === "Backspace") clear();
    else if (move[event.key]) {
      const x = Math.max(2, Math.min(SIDE - 3, pen.x + move[event.key][0]));
      const y = Math.max(2, Math.min(SIDE - 3, pen.y + move[event.key][1]));
      if (pen.down) paint(x, y);
      setPen({ ...pen, x, y });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return html`<figure class="pad">
    <div class="frame" style=${{ width: `${SHOWN}px`, height: `${SHOWN}px` }}>
      <canvas ref=${canvas} width=${SHOWN * 2} height=${SHOWN * 2} tabindex="0" role="img" aria-label=${t("pad.label")} aria-describedby="pad-how"
        onPointerDown=${(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          if (!s.drawn.value) ink.current.fill(0);
          last.current = null;
          paint(...place(event));
        }}
        onPointerMove=${(event) => event.buttons && paint(...place(event))} onPointerUp=${() => (last.current = null)} onKeyDown=${onKey}></canvas>
      <span class=${`pen ${pen.down ? "down" : ""}`} style=${{ left: `${(pen.x / SIDE) * 100}%`, top: `${(pen.y / SIDE) * 100}%` }}></span>
    </div>
    <figcaption id="pad-how">${t("pad.how")}</figcaption>
    <button disabled=${!s.drawn.value} onClick=${clear}>${t("pad.clear")}</button>
    <${Guess} />
  </figure>`;
}

function Guess() {
  const now = seen.value;
  const data = s.dataset.value;
  if (!now) return null;
  const P = now.A.at(-1);
  const best = classOf(P, cut());
  return html`<p class="guess">${t("pad.result", { name: data.classes[best], share: brief(100 * P[best], 1) })}
    ${now.row.own ? "" : ` ${t("pad.truth", { name: targetOf(now.row) })}`}</p>`;
}

function show(canvas, { side, cellsOf }, row, ink) {
  const context = canvas.getContext("2d");
  const size = canvas.width;
  const [r, g, b] = getComputedStyle(canvas).color.match(/\d+/g) ?? [0, 0, 0];
  context.clearRect(0, 0, size, size);
  const cell = size / side;
  cellsOf(row.x).forEach((share, p) => {
    context.fillStyle = `rgba(${r},${g},${b},${0.92 * share})`;
    context.fillRect((p % side) * cell, Math.floor(p / side) * cell, cell + 0.5, cell + 0.5);
  });
  if (!row.own) return;
  context.fillStyle = "rgba(230,159,0,0.85)";
  const dot = size / SIDE;
  for (let p = 0; p < ink.length; p++) if (ink[p] > 0.35) context.fillRect((p % SIDE) * dot + dot * 0.3, Math.floor(p / SIDE) * dot + dot * 0.3, dot * 0.4, dot * 0.4);
}
