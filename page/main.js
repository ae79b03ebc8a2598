/** One script for two places: the page, and the worker in which its kernel trains. */
if (typeof document === "undefined") import("./kernel/worker.js");
else import("./start.js");
