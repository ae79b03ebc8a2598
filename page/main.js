import { openLocal } from "./ports/local.js";

const app = document.getElementById("app");
const port = openLocal();
port.onmessage = (message) => {
  if (app && message.type === "welcome") app.textContent = `pellucid playground, engine: ${message.engine}`;
};
port.send({ type: "hello", version: 1 });
