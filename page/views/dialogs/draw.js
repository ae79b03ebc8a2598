/** Draw points: pick a class or a value, click where points belong; arrows and Enter do the same. */
import { setData } from "../../state/commands.js";
import { t } from "../../words/words.js";
import { classColor, css, shapeOf } from "../colors.js";
import { html, useRef, useState } from "../html.js";
import { PATHS } from "../output/shapes.js";

const SIZE = 320;
const CLASSES = 4;

export function Draw({ close }) {
  const [points, setPoints] = useState([]);
  const [kind, setKind] = useState("classes");
  const [k, setK] = useState(0);
  const [cursor, setCursor] = useState({ x: 0, y: 0 });
  const canvas = useRef(null);
  const add = (x, y) => setPoints((before) => [...before, { x: Math.round(x * 1000) / 1000, y: Math.round(y * 1000) / 1000, k }]);
  const at = (event) => {
    const box = canvas.current.getBoundingClientRect();
    return [((event.clientX - box.x) / box.width) * 2 - 1, 1 - ((event.clientY - box.y) / box.height) * 2];
  };
  const regression = kind === "regression";
  const used = new Set(points.map((point) => point.k));
  const ready = points.length > 1 && (regression || used.size > 1);
  function open() {
    const names = ["A", "B", "C", "D"];
    const spec = regression
      ? { name: "own", columns: ["x", "y"], rows: points.map(({ x, y }) => [x, y]), target: "y", use: null, task: "regression", title: t("draw.points") }
      : { name: "own", columns: ["x1", "x2", "class"], rows: points.map(({ x, y, k: c }) => [x, y, names[c]]), target: "class", use: null, task: null, title: t("draw.points") };
    setData(spec, { batch_size: Math.max(1, Math.min(10, points.length)) });
    close();
  }
  const step = { ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, 0.05], ArrowDown: [0, -0.05] };
  return html`<p>${t("draw.how")}</p>
    <div class="row">
      <label><span>${t("own.task")}</span><select onChange=${(event) => {
        setKind(event.currentTarget.value);
        setPoints([]);
      }}><option value="classes">${t("own.tasks.classes")}</option><option value="regression">${t("own.tasks.regression")}</option></select></label>
      ${!regression && html`<fieldset class="overlays"><legend class="sr">${t("draw.class")}</legend>${Array.from({ length: CLASSES }, (_, c) => html`<label><input type="radio" name="class" checked=${c === k} onChange=${() => setK(c)} />
        <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true"><path d=${PATHS[shapeOf(c)]} fill=${css(classColor(c))} /></svg>${"ABCD"[c]}</label>`)}</fieldset>`}
    </div>
    <svg class="draw" ref=${canvas} width=${SIZE} height=${SIZE} viewBox="-1 -1 2 2" tabindex="0" role="application" aria-label=${t("draw.label", { n: points.length })}
      onPointerDown=${(event) => add(...at(event))}
      onKeyDown=${(event) => {
        if (step[event.key]) setCursor({ x: Math.max(-1, Math.min(1, cursor.x + step[event.key][0])), y: Math.max(-1, Math.min(1, cursor.y + step[event.key][1])) });
        else if (event.key === "Enter" || event.key === " ") add(cursor.x, cursor.y);
        else if (event.key === "Backspace") setPoints(points.slice(0, -1));
        else return;
        event.preventDefault();
      }}>
      <path class="grid" d="M-1,0H1M0,-1V1" />
      ${points.map((point) => html`<path transform=${`translate(${point.x},${-point.y}) scale(0.0085)`} d=${PATHS[shapeOf(regression ? 0 : point.k)]} fill=${css(classColor(regression ? 1 : point.k))} />`)}
      <path class="cursor" transform=${`translate(${cursor.x},${-cursor.y})`} d="M-.05,0H.05M0,-.05V.05" />
    </svg>
    <div class="row end"><span role="status">${t("draw.count", { n: points.length })}</span>
      <button disabled=${!points.length} onClick=${() => setPoints(points.slice(0, -1))}>${t("top.undo")}</button>
      <button class="primary" disabled=${!ready} onClick=${open}>${t("own.open")}</button></div>`;
}
