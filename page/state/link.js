/**
 * The share link: the setup as JSON, deflated, in base64url, after `#p=`. No server sees what follows the hash.
 *
 * Own data travel in a saved file only: a link with them would be longer than browsers and mail accept.
 */

const PREFIX = "p=";

async function through(bytes, stream) {
  const piped = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

/** Return the fragment of a link to what is packed. */
export async function pack(value) {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(value)), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return PREFIX + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Return what a fragment holds, or null if it is not one of ours. */
export async function unpack(fragment) {
  const text = fragment.replace(/^#/, "").split("&").find((part) => part.startsWith(PREFIX));
  if (!text) return null;
  try {
    const binary = atob(text.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))));
  } catch {
    return null;
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
