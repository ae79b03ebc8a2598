/** Start: the examples, the setup of the link or the first one, an engine, the page. */
import { effect } from "@preact/signals";
import { provide } from "./data/datasets.js";
import { bootData, fragment, openEngine, root } from "./ports/door.js";
import { connect, open, setSample } from "./state/commands.js";
import { rememberPage } from "./state/files.js";
import { options, unpack } from "./state/link.js";
import { pauseAtTheEnd } from "./state/perceptron.js";
import * as s from "./state/store.js";
import { follow } from "./state/trail.js";
import { App } from "./views/app.js";
import { NOTATIONS, PLACES } from "./views/topbar.js";
import { t } from "./words/words.js";
import { html, render } from "./views/html.js";
import { where } from "./views/transport.js";

async function examples() {
  const inside = root.getElementById("examples");
  return inside ? JSON.parse(inside.textContent) : (await fetch("data/examples.json")).json();
}

async function start() {
  rememberPage();
  provide(await examples());
  const asked = options(fragment());
  const link = await unpack(fragment());
  follow();
  pauseAtTheEnd();
  const engine = openEngine(bootData());
  connect(engine);
  const boot = "boot" in engine ? ((await engine.boot) ?? {}) : bootData(); // a server gives it to whom it admits
  const said = s.notice.value;
  const begun = link ?? boot;
  const isOpen = open(begun.setup, begun.step);
  if (begun.bad || !isOpen) s.notice.value ??= { kind: "error", text: t("notice.link") };
  s.notice.value ??= said;
  const view = { ...begun.view, notation: asked.notation ?? begun.notation ?? begun.view?.notation };
  if (NOTATIONS.includes(view.notation)) s.notation.value = view.notation;
  if (PLACES.includes(view.digits)) s.digits.value = view.digits;
  if (Number.isSafeInteger(view.sample)) setSample(view.sample);
  s.lecture.value = asked.lecture;
  const place = /** @type {HTMLElement} */ (root.getElementById("app"));
  place.replaceChildren(); // what stands there while the page starts
  render(html`<${App} hide=${asked.hide} />`, place);
  effect(() => {
    if (!s.running.value && s.course.value.step) s.spoken.value = where(s.course.value.step, s.course.value.batches);
  });
}

start();
