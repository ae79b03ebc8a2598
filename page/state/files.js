/** Files that the page writes: itself with a run in it, pictures, tables, JSON. */

import { isDocument, root } from "../ports/door.js";

let original = "";

/** Remember the page's own text before anything is drawn into it, without what the loader has unpacked. */
export function rememberPage() {
  if (!isDocument) return;
  const copy = /** @type {HTMLElement} */ (document.documentElement.cloneNode(true));
  for (const unpacked of copy.querySelectorAll("[data-unpacked]")) unpacked.remove();
  const start = copy.querySelector("#start");
  if (start) start.textContent = "";
  original = `<!doctype html>\n${copy.outerHTML}`;
}

/** Return whether the page is the built file, which can be saved. */
export const canSavePage = () => isDocument && Boolean(root.getElementById("worker"));

/** Return the page's text with boot data in the place of those it started with; a file connects to nothing. */
export function pageWith(boot) {
  const json = JSON.stringify(boot).replaceAll("<", "\\u003c");
  return original.replace(/(<script type="application\/json" id="boot">)[^<]*(<\/script>)/, (_, open, close) => `${open}${json}${close}`)
    .replace(/(http-equiv="Content-Security-Policy" content="[^"]*)connect-src [^;"]*/, "$1connect-src 'none'");
}

/** Offer a file for download. */
export function download(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
