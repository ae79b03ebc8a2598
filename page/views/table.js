/** A table behind every picture: built only while it is open. */
import { html, useState } from "./html.js";

/** @param {{title: string, build: () => {caption: string, head: string[], rows: any[][]}[]}} props */
export const Table = ({ title, build }) =>
  html`<${Disclosure} title=${title}><${Numbers} title=${title} build=${build} /></${Disclosure}>`;

/** What is built only while it is open. */
export function Disclosure({ title, children = /** @type {any} */ (null) }) {
  const [open, setOpen] = useState(false);
  return html`<details class="numbers" onToggle=${(event) => setOpen(event.currentTarget.open)}><summary>${title}</summary>${open && children}</details>`;
}

function Numbers({ title, build }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${title}>${build().map(({ caption, head, rows }) => html`<table>
      <caption>${caption}</caption>
      <thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((value) => html`<td>${value}</td>`)}</tr>`)}</tbody>
    </table>`)}</div>`;
}
