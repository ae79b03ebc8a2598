/** Start: the examples, the setup of the link or the first one, an engine, the page. */
import { effect } from "@preact/signals";
import { provide } from "./data/datasets.js";
import { openLocal } from "./ports/local.js";
import { connect, open } from "./state/commands.js";
import { options, unpack } from "./state/link.js";
import { FIRST, setupFrom } from "./state/setups.js";
import * as s from "./state/store.js";
import { App } from "./views/app.js";
import { html, render } from "./views/html.js";
import { where } from "./views/transport.js";

async function examples() {
  const inside = document.getElementById("examples");
  return inside ? JSON.parse(inside.textContent) : (await fetch("data/examples.json")).json();
}

async function start() {
  provide(await examples());
  const asked = options(location.hash);
  const linked = await unpack(location.hash);
  connect(openLocal());
  open(linked ? setupFrom(linked.setup ?? linked) : FIRST);
  s.lecture.value = asked.lecture;
  if (asked.notation) s.notation.value = asked.notation;
  render(html`<${App} hide=${asked.hide} />`, document.getElementById("app"));
  effect(() => {
    if (!s.running.value && s.course.value.step) s.spoken.value = where(s.course.value.step, s.course.value.batches);
  });
}

start();
