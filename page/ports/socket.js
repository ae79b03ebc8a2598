/**
 * A port to Python behind the one socket of the page's server.
 *
 * The token that admits the page comes in the fragment of its address, which is erased at once; the first message of
 * the server brings what the page starts with and a token for later. The tab remembers it, so that it can be loaded anew. A socket that breaks is opened again: a run is a function of setup, edits and
 * position, so the page sends these again, and is where it was.
 */
import { decode, encode, slim, VERSION } from "./protocol.js";

const KEY = "pellucid-token";
const WAITS = [200, 500, 1000, 2000, 5000]; // milliseconds before each try to come back

/** Take the token out of the address. @returns {string} */
export function takeToken() {
  const fragment = new URLSearchParams(location.hash.replace(/^#/, ""));
  const token = fragment.get("token");
  if (!token) return remembered();
  fragment.delete("token");
  const rest = fragment.toString();
  history.replaceState(history.state, "", location.pathname + location.search + (rest ? `#${rest}` : ""));
  remember(token);
  return token;
}

/** A browser may refuse to remember; then a page that is loaded anew needs the address again. @param {string} token */
function remember(token) {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {}
}

function remembered() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/**
 * @param {{ url?: string, token?: string, open?: (url: string) => WebSocket }} [options]
 * @returns {{ send: (command: any) => void, onmessage: (message: any) => void, onclose: (reason: string) => void,
 *   onretry: (tries: number) => void, boot: Promise<any>, close: () => void }}
 */
export function openSocket(options = {}) {
  const url = options.url ?? `ws://${location.host}/socket`;
  let token = options.token ?? takeToken();
  const open = options.open ?? ((address) => new WebSocket(address));
  /** @type {WebSocket | null} */
  let socket = null;
  /** @type {any} */
  let setup = null;
  /** @type {any} the state and the edits last heard of */
  let known = null;
  /** @type {any} the last jump, while it is not answered: a socket may break before it arrives */
  let asked = null;
  let tries = 0;
  let closed = false;
  /** @type {any[]} */
  let waiting = [];

  /** @type {(boot: any) => void} */
  let begin = () => {};
  const port = {
    /** What the page starts with; null where it is not admitted. @type {Promise<any>} */
    boot: new Promise((resolve) => (begin = resolve)),
    /** @param {any} command */
    send(command) {
      if (command.type === "hello") return; // sent with the token as soon as the socket is open
      if (command.type === "setup") [setup, known, asked] = [command, null, null];
      if (command.type === "jump") asked = command;
      if (socket?.readyState === 1) socket.send(encode(slim(command)));
      else if (command.type !== "ack") waiting.push(command);
    },
    onmessage: (message) => {},
    onclose: (reason) => {},
    onretry: (tries) => {},
    close() {
      closed = true;
      socket?.close();
    },
  };

  function connect() {
    socket = open(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket?.send(encode({ type: "hello", version: VERSION, token }));
    socket.onmessage = (event) => {
      const message = decode(event.data);
      if (message.type === "welcome") welcome(message);
      if (message.type === "state") known = message;
      if (message.id !== undefined && message.id === asked?.id) asked = null;
      if (message.type === "frame" && known) known = { ...known, step: message.step };
      port.onmessage(message);
    };
    socket.onclose = (event) => {
      if (closed) return;
      if (event.code === 1008) {
        port.onclose("token");
        begin(null);
      } else if (tries < WAITS.length) {
        setTimeout(connect, WAITS[tries]);
        tries += 1;
        port.onretry(tries);
      } else {
        port.onclose("gone");
        begin(null);
      }
    };
  }

  /** Send what waits; after a break first the setup, the edits and the position. */
  function welcome(message) {
    token = message.token ?? token;
    if (!options.token) remember(token);
    begin(message.boot ?? {});
    const before = tries > 0 && setup && !waiting.some((command) => command.type === "setup");
    tries = 0;
    const first = before ? again() : [];
    for (const command of [...first, ...waiting]) socket?.send(encode(slim(command)));
    waiting = [];
  }

  function again() {
    const edits = known?.edits ?? setup.setup.edits ?? [];
    const commands = [{ ...setup, setup: { ...setup.setup, edits } }];
    if (known?.step) commands.push({ type: "jump", step: known.step });
    if (asked && !waiting.includes(asked)) commands.push(asked);
    return commands;
  }

  connect();
  return port;
}
