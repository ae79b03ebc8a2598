/** Start: the examples, the setup of the link or the first one, an engine, the page. */
import { effect } from "@preact/signals";
import { provide } from "./data/datasets.js";
import { bootData, fragment, openEngine, root } from "./ports/door.js";
import { connect, open, setSample } from "./state/commands.js";
import { rememberPage } from "./state/files.js";
import { options, unpack } from "./state/link.js";
import { pauseAtTheEnd } from "./state/perceptron.js";
import { FIRST, setupFrom } from "./state/setups.js";
import * as s from "./state/store.js";
import { follow } from "./state/trail.js";
import { App } from "./views/app.js";
import { NOTATIONS } from "./views/topbar.js";
import { html, render } from "./views/html.js";
import { where } from "./views/transport.js";

async function examples() {
  const inside = root.getElementById("examples");
  return inside ? JSON.parse(inside.textContent) : (await fetch("data/examples.json")).json();
}

async function start() {
  rememberPage();
  provide(await examples());
  const boot = bootData();
  const asked = options(fragment());
  const begun = (await unpack(fragment())) ?? boot;
  follow();
  pauseAtTheEnd();
  connect(openEngine(boot));
  open(begun.setup ? setupFrom(begun.setup) : FIRST, begun.step ?? 0);
  const view = { ...begun.view, notation: asked.notation ?? begun.notation ?? begun.view?.notation };
  if (NOTATIONS.includes(view.notation)) s.notation.value = view.notation;
  if (Number.isInteger(view.digits)) s.digits.value = view.digits;
  if (Number.isInteger(view.sample)) setSample(view.sample);
  s.lecture.value = asked.lecture;
  render(html`<${App} hide=${asked.hide} />`, /** @type {HTMLElement} */ (root.getElementById("app")));
  effect(() => {
    if (!s.running.value && s.course.value.step) s.spoken.value = where(s.course.value.step, s.course.value.batches);
  });
}

start();
