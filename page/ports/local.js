/**
 * A port to the kernel in a worker: the engine of a file that trains by itself.
 *
 * Every port has `send(command)`, `onmessage`, `onclose` and `close()`. Frames are acknowledged by whoever has drawn
 * them, with `send({ type: "ack", frame })`: the engine sends no other before, so that drawing sets the pace.
 */

import { LIMITS } from "../kernel/index.js";

/** The worker's source stands in the built page; in the sources it is a module of its own. */
function startWorker() {
  const built = document.getElementById("worker");
  if (!built) return new Worker(new URL("../kernel/worker.js", import.meta.url), { type: "module" });
  const url = URL.createObjectURL(new Blob([built.textContent ?? ""], { type: "text/javascript" }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  return worker;
}

/**
 * @returns {{ send: (command: any) => void, onmessage: (message: any) => void, onclose: (reason: string) => void,
 *   close: () => void }}
 */
export function openLocal() {
  const worker = startWorker();
  const port = {
    limits: LIMITS,
    send: (command) => worker.postMessage(command),
    onmessage: (message) => {},
    onclose: (reason) => {},
    close: () => worker.terminate(),
  };
  worker.onmessage = (event) => port.onmessage(event.data);
  worker.onerror = (event) => port.onclose(event.message);
  return port;
}
