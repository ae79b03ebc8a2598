/** The link: the setup with its edits, after the hash. */
import { isDocument } from "../../ports/door.js";
import { shared } from "../../state/commands.js";
import { pack } from "../../state/link.js";
import * as s from "../../state/store.js";
import { t } from "../../words/words.js";
import { html, useEffect, useRef, useState } from "../html.js";

export function Link() {
  const [link, setLink] = useState("");
  const [copied, setCopied] = useState(false);
  const field = useRef(null);
  const own = s.setup.value.data.name === "own";
  useEffect(() => {
    if (own || !isDocument) return;
    pack({ setup: shared(), step: s.course.value.step, notation: s.notation.value }).then((fragment) => {
      setLink(`${location.href.split("#")[0]}#${fragment}`);
      history.replaceState(null, "", `#${fragment}`);
    });
  }, []);
  if (!isDocument) return html`<p>${t("link.notebook")}</p>`;
  if (own) return html`<p>${t("link.own")}</p>`;
  async function copy() {
    field.current.select();
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      setCopied(document.execCommand("copy"));
    }
  }
  return html`<p>${t("link.how")}</p>
    <label class="wide-field"><span>${t("link.link")}</span><textarea ref=${field} rows="4" readonly value=${link} onFocus=${(event) => event.currentTarget.select()}></textarea></label>
    <div class="row end"><span role="status">${copied ? t("link.copied") : ""}</span><button class="primary" disabled=${!link} onClick=${copy}>${t("link.copy")}</button></div>`;
}
