/** The engine in a worker. */
import { Engine } from "./engine.js";

const engine = new Engine((message) => postMessage(message));
onmessage = (event) => engine.receive(event.data);
