/**
 * The engine in a worker, and the kernel for the page: the built page has one script for both, which does nothing by
 * itself where there is a document.
 */
import { Engine } from "./engine.js";

export * from "./index.js";

/** Answer the page's commands. */
function serve() {
  // Work that was put off, behind the messages that have come; a timer would wait four milliseconds each time.
  const { port1, port2 } = new MessageChannel();
  /** @type {(() => void)[]} */
  const waiting = [];
  port1.onmessage = () => waiting.shift()?.();
  const engine = new Engine((message) => postMessage(message), (work) => {
    waiting.push(work);
    port2.postMessage(null);
  });
  onmessage = (event) => engine.receive(event.data);
}

if ("WorkerGlobalScope" in globalThis) serve();
