/**
 * The share link: the setup as JSON, deflated, in base64url, after `#p=`. No server sees what follows the hash.
 *
 * Own data travel in a saved file only: a link with them would be longer than browsers and mail accept.
 */

const PREFIX = "p=";
const MOST_BYTES = 1e6; // that a link may unpack to; a few kilobytes of zeros would otherwise fill the memory

async function through(bytes, stream, most = Infinity) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    size += value.length;
    if (size > most) {
      reader.cancel();
      throw new RangeError("too large");
    }
    parts.push(value);
  }
}

/** Return the fragment of a link to what is packed. */
export async function pack(value) {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(value)), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return PREFIX + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Return what a fragment holds: null if there is no link in it, an empty object with `bad` if it cannot be read. */
export async function unpack(fragment) {
  const text = fragment.replace(/^#/, "").split("&").find((part) => part.startsWith(PREFIX));
  if (!text) return null;
  try {
    const binary = atob(text.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    const found = JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"), MOST_BYTES)));
    return found && typeof found === "object" && !Array.isArray(found) ? found : { bad: true };
  } catch {
    return { bad: true };
  }
}

/** Return the other parts of a fragment: `hide=link,export&lecture`. */
export function options(fragment) {
  const found = new URLSearchParams(fragment.replace(/^#/, ""));
  return {
    hide: (found.get("hide") ?? "").split(",").filter(Boolean),
    lecture: found.has("lecture"),
    notation: found.get("notation"),
    token: found.get("token"),
  };
}
