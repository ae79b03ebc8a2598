/**
 * The door through which the page was opened: a file, the server of `pellucid playground`, or a notebook.
 *
 * In a notebook the page stands in a shadow root, and its script finds root and comm in `pellucidDoor`, a parameter
 * of the function that the widget puts around it. Everywhere else the page is the document.
 */
import { openComm } from "./comm.js";
import { openLocal } from "./local.js";
import { openSocket } from "./socket.js";

/* global pellucidDoor */
// @ts-ignore
const given = typeof pellucidDoor === "undefined" ? null : pellucidDoor;

/** Where the page's elements are found, and where its events arrive. @type {Document | ShadowRoot} */
export const root = given?.root ?? globalThis.document;
/** The element that carries the page's classes and its style. @type {HTMLElement} */
export const host = given?.root.host ?? globalThis.document?.documentElement;
export const isDocument = root === globalThis.document;

/** The data that the page was opened with. @returns {any} */
export function bootData() {
  const element = root.getElementById("boot");
  return element ? JSON.parse(element.textContent ?? "") : {};
}

/** The address's fragment, which in a notebook belongs to others. */
export const fragment = () => (isDocument ? location.hash : "");

/** Whether Python trains what the page shows. */
export const isAttached = () => Boolean(given?.model) || bootData().door === "server";

/** The engine behind this door. @param {any} boot */
export function openEngine(boot) {
  if (given?.model) return openComm(given.model);
  return boot.door === "server" ? openSocket() : openLocal();
}
