/** The page: bars and panels, keys, the spoken status, dialogs. */
import { host, root } from "../ports/door.js";
import * as log from "../state/log.js";
import * as s from "../state/store.js";
import { t } from "../words/words.js";
import { Calculation } from "./calculation.js";
import { Dialogs } from "./dialogs/dialogs.js";
import { dropped, textOf } from "./dialogs/own.js";
import { html, useEffect } from "./html.js";
import { Hints } from "./hints.js";
import { Data } from "./input/data.js";
import { Method } from "./input/method.js";
import { Network } from "./network/network.js";
import { Output } from "./output/output.js";
import { TopBar } from "./topbar.js";
import { KEYS, Transport } from "./transport.js";

const FIELDS = "input, select, textarea, [contenteditable], dialog";

function onKey(event) {
  if (event.defaultPrevented || event.altKey || s.dialog.value) return;
  const field = event.target.closest?.(FIELDS);
  if (event.ctrlKey || event.metaKey) {
    const key = event.key.toLowerCase();
    if (field && field.type !== "range" && field.type !== "checkbox" && field.type !== "radio") return;
    if (key === "z" && !event.shiftKey) log.undo();
    else if (key === "y" || (key === "z" && event.shiftKey)) log.redo();
    else return;
    event.preventDefault();
    return;
  }
  if (field && (field.type !== "range" || event.key.length > 1)) return;
  if (event.key === " " && event.target.closest?.("button, summary, [role=button]")) return;
  if (event.key === "?") s.dialog.value = "help";
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
}

/** A file dropped anywhere opens the dialog with its text. */
async function onDrop(event) {
  const file = event.dataTransfer?.files[0];
  if (!file) return;
  event.preventDefault();
  try {
    dropped.value = { name: file.name, text: await textOf(file) };
    s.dialog.value = "own";
  } catch (error) {
    if (!error.code) throw error;
    s.notice.value = { kind: "error", text: t(`own.errors.${error.code}`, error.values) };
  }
}

export function App({ hide = [] }) {
  useEffect(() => {
    const still = (event) => event.preventDefault();
    const here = /** @type {any} */ (root);
    here.addEventListener("keydown", onKey);
    here.addEventListener("dragover", still);
    here.addEventListener("drop", onDrop);
    return () => {
      here.removeEventListener("keydown", onKey);
      here.removeEventListener("dragover", still);
      here.removeEventListener("drop", onDrop);
    };
  }, []);
  useEffect(() => {
    host.classList.toggle("lecture", s.lecture.value);
  }, [s.lecture.value]);
  return html`<div class="page">
    <a class="skip" href="#calculation-title">${t("top.skip")}</a>
    <${TopBar} hide=${hide} />
    <${Notice} />
    <main>
      <div class="side"><${Data} /><${Method} /></div>
      <${Network} />
      <${Output} />
      <${Transport} />
      <${Hints} />
      <${Calculation} />
    </main>
    <div class="sr" role="status" aria-live="polite">${s.spoken.value}</div>
    <${Dialogs} />
  </div>`;
}

function Notice() {
  const notice = s.notice.value;
  if (!notice) return null;
  return html`<div class=${`notice ${notice.kind}`} role="alert"><span>${notice.text}</span>
    ${notice.remedy && html`<button onClick=${notice.remedy.act}>${notice.remedy.text}</button>`}
    <button class="icon" aria-label=${t("notice.close")} onClick=${() => (s.notice.value = null)}>✕</button></div>`;
}
