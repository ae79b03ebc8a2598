/** Dialogs: one at a time, closed by Escape. */
import { root } from "../../ports/door.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html, useEffect, useRef } from "../html.js";
import { Draw } from "./draw.js";
import { Export } from "./export.js";
import { FormulaData } from "./formula.js";
import { Help } from "./help.js";
import { Misprints } from "./hunt.js";
import { Lessons } from "./lessons.js";
import { Link } from "./link.js";
import { Logic } from "./logic.js";
import { OwnData } from "./own.js";
import { Sweep } from "./sweep.js";

/** @type {Record<string, any>} */
const DIALOGS = { own: OwnData, draw: Draw, formula: FormulaData, link: Link, export: Export, help: Help, lessons: Lessons, hunt: Misprints, logic: Logic, sweep: Sweep };

export function Dialogs() {
  const name = s.dialog.value;
  const Body = name && DIALOGS[name];
  return Body ? html`<${Dialog} key=${name} name=${name}><${Body} close=${() => (s.dialog.value = null)} /></${Dialog}>` : null;
}

function Dialog({ name, children }) {
  const element = useRef(null);
  useEffect(() => {
    const before = /** @type {any} */ (root.activeElement);
    element.current.showModal();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${element} aria-labelledby="dialog-title" onClose=${() => (s.dialog.value = null)} onClick=${(event) => event.target === element.current && element.current.close()}>
    <div class="dialog"><header><h2 id="dialog-title">${t(`dialogs.${name}`)}</h2>
      <button class="icon" aria-label=${t("dialogs.close")} onClick=${() => element.current.close()}>✕</button></header>
    ${children}</div></dialog>`;
}
