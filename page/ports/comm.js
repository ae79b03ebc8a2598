/**
 * A port to Python behind the comm of a notebook widget.
 *
 * Messages travel as binary buffers. Some hosts drop buffers, or messages of a megabyte: then each is sent as text in
 * base64, in pieces of 256 kB. The widget's Python side says by the trait `buffers` whether they arrive.
 */
import { decode, encode, slim, VERSION } from "./protocol.js";

const PIECE = 256 * 1024; // characters

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

/** @param {string} text */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** Pieces of a text, each with its place. @param {string} text @param {number} id */
export function pieces(text, id) {
  const of = Math.max(1, Math.ceil(text.length / PIECE));
  return Array.from({ length: of }, (_, k) => ({ id, part: k, of, base64: text.slice(k * PIECE, (k + 1) * PIECE) }));
}

/** Joins pieces to whole messages. */
export class Joiner {
  constructor() {
    /** @type {Map<number, string[]>} */
    this.open = new Map();
  }

  /** @param {{ id: number, part: number, of: number, base64: string }} piece @returns {Uint8Array<ArrayBuffer> | null} */
  add({ id, part, of, base64 }) {
    const parts = this.open.get(id) ?? [];
    parts[part] = base64;
    this.open.set(id, parts);
    for (let k = 0; k < of; k++) if (parts[k] === undefined) return null;
    this.open.delete(id);
    return fromBase64(parts.join(""));
  }
}

/**
 * @param {any} model of anywidget
 * @returns {{ send: (command: any) => void, onmessage: (message: any) => void, onclose: (reason: string) => void,
 *   close: () => void }}
 */
export function openComm(model) {
  const joiner = new Joiner();
  let sent = 0;
  let binary = model.get("buffers") !== false;

  /** @param {Uint8Array} bytes */
  function transmit(bytes) {
    if (binary) {
      model.send({ kind: "bytes", length: bytes.length }, undefined, [bytes.buffer]);
      return;
    }
    sent += 1;
    for (const piece of pieces(toBase64(bytes), sent)) model.send({ kind: "piece", ...piece });
  }

  /** @param {any} content @param {DataView[]} buffers */
  function receive(content, buffers) {
    if (content.kind === "bytes") {
      const view = buffers?.[0];
      if (!view || view.byteLength !== content.length) {
        binary = false;
        model.send({ kind: "lost" }); // Python sends it again as text
        return;
      }
      port.onmessage(decode(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)));
    } else if (content.kind === "piece") {
      const whole = joiner.add(content);
      if (whole) port.onmessage(decode(whole));
    } else if (content.kind === "lost") {
      binary = false;
      if (last) transmit(last);
    }
  }

  /** @type {Uint8Array | null} */
  let last = null;
  const port = {
    /** @param {any} command */
    send(command) {
      const bytes = encode(slim(command.type === "hello" ? { ...command, version: VERSION } : command));
      last = bytes.slice();
      transmit(bytes);
    },
    onmessage: (message) => {},
    onclose: (reason) => {},
    close: () => model.off("msg:custom", receive),
  };
  model.on("msg:custom", receive);
  return port;
}
