// Builds the front end: `node static/build.mjs` (add --watch while designing). Reads static/src, writes static/dist:
// main.css, main.js, its lazily loaded parts, the icon sprite, and manifest.json that maps names to names with a digest.
// Prints the compressed size of the first view and fails above LIMIT.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, watch, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(HERE);
const SRC = join(HERE, "src");
const DIST = join(HERE, "dist");
const ICONS = join(ROOT, "node_modules", "@tabler", "icons", "icons");
const LIMIT = 70_000; // bytes, gzip: style sheet, main script and sprite; the page itself has the rest of the 80 kB

const digest = (content) => createHash("sha256").update(content).digest("hex").slice(0, 10).toUpperCase();
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);

const written = new Set();

/** Write a file under a name that bears its digest; returns that name. */
async function write(name, content) {
  const [stem, ending] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf("."))];
  const named = `${stem}-${digest(content)}${ending}`;
  await writeFile(join(DIST, named), content);
  written.add(named);
  return named;
}

/** The drawing inside a Tabler icon, without the frame around it. */
async function drawing(name) {
  const [style, file] = name.endsWith("-filled") ? ["filled", name.slice(0, -7)] : ["outline", name];
  const svg = await readFile(join(ICONS, style, `${file}.svg`), "utf8").catch(() => {
    throw new Error(`static/src/icons.txt: Tabler has no icon "${name}"`);
  });
  const shapes = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>"));
  return shapes.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
}

/** One file with a <symbol> for each name of icons.txt. */
async function sprite() {
  const lines = (await readFile(join(SRC, "icons.txt"), "utf8")).split("\n").map((line) => line.trim());
  const names = [...new Set(lines.filter((line) => line && !line.startsWith("#")))].sort();
  const symbols = await Promise.all(names.map(async (name) => `<symbol id="${name}" viewBox="0 0 24 24">${await drawing(name)}</symbol>`));
  return { names, svg: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>` };
}

/** Fail on an icon that a template or feature names in the open but icons.txt lacks. */
async function checkIcons(names) {
  const known = new Set(names);
  const missing = [];
  for (const folder of ["templates", "promo"]) {
    for (const entry of await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(html|py)$/.test(entry.name)) continue;
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const text = await readFile(path, "utf8").catch(() => ""); // it may be just being written
      for (const [, name] of text.matchAll(/\b(?:draw_)?icon(?:\(|=|"?: )"([a-z0-9-]+)"/g)) {
        if (!known.has(name)) missing.push(`${path.slice(ROOT.length + 1)}: icon "${name}" is not in static/src/icons.txt`);
      }
    }
  }
  if (missing.length) throw new Error(missing.join("\n"));
}

/** Bundle a script. What it imports when needed (charts, combobox) is bundled apart, whole, so that main stays one request. */
async function bundle(entry, options) {
  const lazy = {
    name: "lazy",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async ({ kind, path, resolveDir }) => {
        if (kind !== "dynamic-import") return null;
        return { path: `./${await bundle(join(resolveDir, path), options)}`, external: true };
      });
    },
  };
  const built = await esbuild.build({ ...options, entryPoints: [entry], plugins: [lazy] });
  return write(basename(entry), built.outputFiles[0].contents);
}

async function build() {
  const started = Date.now();
  await mkdir(DIST, { recursive: true });
  const shared = { bundle: true, minify: true, legalComments: "none", logLevel: "error", absWorkingDir: ROOT, charset: "utf8" };
  const css = await esbuild.build({ ...shared, entryPoints: [join(SRC, "css", "index.css")], write: false, target: ["chrome123", "firefox121", "safari17.5"] });
  const mainJs = await bundle(join(SRC, "js", "main.js"), { ...shared, format: "esm", target: "es2022", write: false });
  const { names, svg } = await sprite();
  await checkIcons(names);
  const manifest = {
    "main.css": await write("main.css", css.outputFiles[0].contents),
    "main.js": mainJs,
    "icons.svg": await write("icons.svg", svg),
  };
  await writeFile(join(DIST, "manifest.json"), JSON.stringify(manifest, null, 2));
  for (const name of await readdir(DIST)) {
    if (!written.has(name) && name !== "manifest.json") await rm(join(DIST, name), { recursive: true });
  }
  await report(manifest, Date.now() - started);
}

async function report(manifest, milliseconds) {
  const first = [manifest["main.css"], manifest["main.js"], manifest["icons.svg"]];
  let total = 0;
  for (const name of (await readdir(DIST)).sort()) {
    const packed = gzipSync(await readFile(join(DIST, name)), { level: 9 });
    if (name !== "manifest.json") await writeFile(join(DIST, `${name}.gz`), packed); // served to whoever takes gzip
    const size = packed.length;
    if (first.includes(name)) total += size;
    if (name !== "manifest.json") console.log(`${kilobytes(size)}  ${name}${first.includes(name) ? "" : "  (when needed)"}`);
  }
  console.log(`${kilobytes(total)}  first view, gzip, of ${kilobytes(LIMIT).trim()} (built in ${milliseconds} ms)`);
  if (total > LIMIT) {
    console.error(`The first view is larger than ${LIMIT} bytes.`);
    process.exitCode = 1;
  }
}

await build();
if (process.argv.includes("--watch")) {
  for await (const _change of watch(SRC, { recursive: true })) await build().catch((error) => console.error(error.message));
}
