/**
 * Builds the page: index.html with its script, worker, style and data in one file.
 *
 * `node build.mjs [FILE]` writes FILE, by default ../src/pellucid/playground/page.html. Examples, worker and script are
 * one packed text, which loader.js unpacks (decision 37). What the page holds depends on the sources and on the versions
 * in package-lock.json alone, but for the packed text, which another version of zlib may write otherwise. Scripts and
 * style are admitted by their hash, as they are unpacked: nothing else runs, and nothing is loaded. `connect-src 'none'`
 * is what the server replaces by its one socket.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync, inflateSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const COMMITTED = join(HERE, "../src/pellucid/playground/page.html");
const TARGET = ["chrome111", "firefox114", "safari16.4"];

/**
 * What means nothing to htm: indentation, of which a line break is kept where an attribute or a text goes on, and quotes
 * around attributes of one word.
 */
const unindented = {
  name: "unindented",
  setup(builder) {
    builder.onLoad({ filter: /(views\/.*|calculation\/(hunt|view))\.js$/ }, async ({ path }) => ({ contents: (await readFile(path, "utf8"))
      .replace(/\n\s+/g, "\n")
      .replace(/([>}])\n(?=<|\$\{)/g, "$1")
      .replace(/ ([a-z-]+)="([\w-]+)"(?=[ >])/g, " $1=$2"), loader: "js" }));
  },
};

/** The page shares the kernel with the worker: a script of its own, whose exports are one variable. */
const KERNEL = "pellucidKernel";
const exported = Object.keys(await import("./kernel/worker.js"));
const shared = {
  name: "shared",
  setup(builder) {
    builder.onResolve({ filter: /\/kernel\/[a-z]+\.js$/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "kernel", namespace: "shared" });
    builder.onLoad({ filter: /./, namespace: "shared" }, () => ({
      contents: `export const { ${exported.join(", ")} } = ${KERNEL};` }));
  },
};

/** Bundle a module into one classic script, or a style sheet into one. */
async function bundle(entry, more = {}) {
  const result = await build({
    absWorkingDir: HERE,
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    charset: "utf8",
    format: entry.endsWith(".css") ? undefined : "iife",
    target: TARGET,
    legalComments: "none",
    metafile: true,
    plugins: [unindented, shared],
    logLevel: "warning",
    define: { "import.meta.url": "document.baseURI" },
    loader: { ".svg": "dataurl", ".woff2": "dataurl" },
    ...more,
  });
  return { text: result.outputFiles[0].text.trim(), inputs: Object.keys(result.metafile.inputs) };
}

/** Text as it may stand in a script element: nothing in it ends the element. */
const inScript = (text) => text.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--");
const inStyle = (text) => text.replace(/<\/(style)/gi, "<\\/$1");
const inJson = (text) => JSON.stringify(JSON.parse(text)).replace(/</g, "\\u003c");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The notice that the licences of the bundled packages ask for. */
function notices(inputs) {
  const packages = new Map();
  for (const input of inputs) {
    const found = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (!found) continue;
    const folder = join(HERE, "node_modules", found[1]);
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = ["LICENSE", "LICENSE.md", "license"].map((file) => join(folder, file)).find(existsSync);
    const holder = text && /Copyright[^\n]*\d{4}[^\n]*/.exec(readFileSync(text, "utf8"));
    packages.set(name, `${name} ${version}, ${license}${holder ? `, ${holder[0].trim()}` : ""}`);
  }
  return [...packages.keys()].sort().map((name) => packages.get(name));
}

/**
 * What the loader unpacks, one part after the other. A committed text that holds the same is kept: another version of
 * zlib, and so of Node, may write it otherwise. With less memory the blocks are shorter, and fit the text better.
 */
function packed(parts) {
  const text = Buffer.from(parts.join("\0"));
  const before = existsSync(COMMITTED) && /id="packed">([^<]*)</.exec(readFileSync(COMMITTED, "utf8"))?.[1];
  try {
    if (before && inflateSync(Buffer.from(before, "base64")).equals(text)) return before;
  } catch {} // of a page that was cut, or merged
  return deflateSync(text, { level: 9, memLevel: 6 }).toString("base64");
}

async function page() {
  const style = existsSync(join(HERE, "style.css")) ? inStyle((await bundle("style.css")).text) : "";
  const kernel = inScript((await bundle("kernel/worker.js", { globalName: KERNEL })).text);
  const main = await bundle("main.js");
  const script = inScript(main.text);
  const loader = `\n${readFileSync(join(HERE, "loader.js"), "utf8").replaceAll("\r", "")}`;
  const examples = inJson(readFileSync(join(HERE, "data/examples.json"), "utf8"));
  const policy = [
    "default-src 'none'",
    `script-src ${[loader, kernel, script].map(hash).join(" ")}`,
    `style-src ${hash(style)}`,
    "worker-src blob:",
    "img-src data: blob:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const parts = [
    `<script type="application/json" id="boot">{}</script>`,
    `<script type="text/plain" id="packed">${packed([examples, kernel, script])}</script>`,
    `<script>${loader}</script>`,
  ];
  const head = [
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<!-- The interactive page of pellucid, BSD-3-Clause. To read it, see the folder page/ of pellucid's sources. Below, its`,
    `program is packed; python -c "from pellucid.playground.boot import program; print(*program())" prints it unpacked.`,
    `It contains ${notices(main.inputs).join("; ")}. Licences: MIT at opensource.org/license/mit, Apache-2.0 at`,
    `apache.org/licenses/LICENSE-2.0. -->`,
  ];
  return readFileSync(join(HERE, "index.html"), "utf8")
    .replace(/^(\s*)(<meta charset="[^"]*"\s*\/?>)/m, (whole, indent, meta) =>
      `${indent}${meta}\n${head.map((line) => indent.replace(/^\n+/, "") + line).join("\n")}`)
    .replace(/<link\b[^>]*\bhref="(?:\.\/)?style\.css"[^>]*>/, () => `<style>${style}</style>`)
    .replace(/<script type="importmap">[^<]*<\/script>\n/, "")
    .replace(/<script\b[^>]*\bsrc="(?:\.\/)?main\.js"[^>]*>\s*<\/script>/, "")
    .replace(/[ \t]*<\/body>/, () => `${parts.join("\n")}\n</body>`);
}

const target = resolve(process.argv[2] ?? COMMITTED);
const html = await page();
writeFileSync(target, html);
console.log(`${relative(process.cwd(), target)}: ${(html.length / 1000).toFixed(1)} kB`);
