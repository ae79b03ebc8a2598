/** Own data: paste, drop or pick a CSV file, choose the target, see what was read. Nothing leaves the page. */
import { signal } from "@preact/signals";
import { LIMITS, parseTable } from "../../data/csv.js";
import { datasetOf } from "../../data/datasets.js";
import { isAttached } from "../../ports/door.js";
import { setData } from "../../state/commands.js";
import { t } from "../../words/words.js";
import { html, useState } from "../html.js";

/** Text that was dropped on the page, for the dialog to read. */
export const dropped = signal(/** @type {any} */ (null));

const SEPARATORS = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" };

/** Read a file's text, in UTF-8 or else in the encoding of Excel's CSV; what is too large is refused before. */
export async function textOf(file) {
  if (file.size > LIMITS.bytes) throw Object.assign(new Error("large"), { code: "large", values: { limit: LIMITS.bytes / 1e6 } });
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** The setup's part for a table that was read. */
export function specOf(table, target, task, title) {
  return {
    name: "own", columns: table.columns, rows: table.rows, target, use: null, task, decimal: table.decimal,
    firstRow: table.header ? 2 : 1, title,
    refused: table.refused,
  };
}

export function OwnData({ close }) {
  const [text, setText] = useState(dropped.value?.text ?? "");
  const [title, setTitle] = useState(dropped.value?.name ?? null);
  const [target, setTarget] = useState(null);
  const [more, setMore] = useState([]);
  const [task, setTask] = useState("");
  const [unread, setUnread] = useState("");
  /** @type {any} */
  let [table, problem, spec, read, further] = [null, unread, null, null, []];
  if (text.trim()) {
    try {
      table = parseTable(text);
      const goal = target !== null && table.columns.includes(target) ? target : table.columns.at(-1);
      further = more.filter((name) => name !== goal && table.columns.includes(name));
      spec = specOf(table, further.length ? [goal, ...further] : goal, task || null, title);
      read = datasetOf(spec);
    } catch (error) {
      if (!error.code) throw error;
      problem = t(`own.errors.${error.code}`, error.values);
    }
  }
  function typed(words) {
    setText(words);
    setUnread("");
  }
  async function take(file) {
    try {
      typed(await textOf(file));
      setTitle(file.name);
      setTarget(null);
    } catch (error) {
      if (!error.code) throw error;
      setText("");
      setUnread(t(`own.errors.${error.code}`, error.values));
    }
  }
  function open() {
    dropped.value = null;
    const width = Math.max(4, Math.min(16, read.d * 2));
    const batch = Math.max(1, Math.min(32, Math.round(read.n / 20)));
    setData(spec, { network: { hidden: [width], activation: ["tanh"] }, batch_size: batch, optimizer: { name: "adam", learning_rate: 0.01, options: {} } });
    close();
  }
  return html`<p>${t("own.how")} ${isAttached() ? t("own.attached") : t("own.alone")}</p>
    <div class="drop" onDragOver=${(event) => event.preventDefault()} onDrop=${(event) => {
      event.preventDefault();
      event.stopPropagation();
      const file = event.dataTransfer.files[0];
      if (file) take(file);
      else typed(event.dataTransfer.getData("text"));
    }}>
      <label class="file"><span>${t("own.file")}</span><input type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" onChange=${(event) => event.currentTarget.files[0] && take(event.currentTarget.files[0])} /></label>
      <label class="wide-field"><span>${t("own.paste")}</span><textarea rows="7" spellcheck="false" value=${text} placeholder=${t("own.placeholder")} onInput=${(event) => typed(event.currentTarget.value)}></textarea></label>
    </div>
    ${table && html`<div class="row">
      <label><span>${t("own.target")}</span><select onChange=${(event) => setTarget(event.currentTarget.value)}>${table.columns.map((name) => html`<option value=${name} selected=${name === [spec?.target].flat()[0]}>${name}</option>`)}</select></label>
      <label><span>${t("own.task")}</span><select onChange=${(event) => setTask(event.currentTarget.value)}>${["", "classes", "regression"].map((name) => html`<option value=${name} selected=${name === task}>${t(`own.tasks.${name || "auto"}`)}</option>`)}</select></label>
    </div>
    <details><summary>${t("own.further")}${further.length ? `: ${further.join(", ")}` : ""}</summary><div class="kinds">${table.columns.filter((name) => name !== [spec?.target].flat()[0]).map((name) => html`<label class="check"><input type="checkbox" checked=${further.includes(name)}
      onChange=${() => setMore(further.includes(name) ? further.filter((other) => other !== name) : [...further, name])} />${name}</label>`)}</div></details>`}
    <div role="status">${problem && html`<p class="problem">${problem}</p>`}
    ${read && html`<p>${t("own.read", { rows: table.rows.length, columns: table.columns.length, separator: t(`own.separators.${SEPARATORS[table.separator]}`), decimal: table.decimal })} ${t(`data.${read.task}`, { n: read.n, d: read.d, target: read.target.name, targets: read.targets.length, classes: read.classes?.length ?? 0 })}.</p>
      <ul class="kinds">${read.table.map((column) => html`<li>${column.name}: ${t(`kinds.${column.kind}`)}${column.missing ? `, ${t("own.missing", { n: column.missing })}` : ""}</li>`)}</ul>
      ${read.refused.length > 0 && html`<p>${t("own.refused", { n: read.refused.length })}: ${t(`own.refusedWhy.${read.refused[0].why}`, read.refused[0])}</p>`}`}</div>
    <div class="row end"><button class="primary" disabled=${!read} onClick=${open}>${t("own.open")}</button></div>`;
}
