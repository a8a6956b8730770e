/*
 * Bundles the page (page/) into dist/page: one script, one style, the document and its icon, each as its gzip, so that the
 * daemon serves bytes as they lie and the package holds them once. Refused when all of them together are larger than the page may be. The licences of what
 * is inside lie beside them, in LICENSES.md, which is not served.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const target = join(root, "dist", "page");
/** Bytes, all files gzipped. */
const mostBytes = 120 * 1024;

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: { page: "page/src/main.tsx" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  metafile: true,
  write: false,
  outdir: target,
});
const style = await build({
  absWorkingDir: root,
  entryPoints: { page: "page/style/page.css" },
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  outdir: target,
});
const files: [string, Uint8Array][] = [
  ...[...result.outputFiles, ...style.outputFiles].map(
    ({ path, contents }): [string, Uint8Array] => [path.slice(target.length + 1), contents],
  ),
  ["index.html", readFileSync(join(root, "page", "index.html"))],
  ["icon.svg", readFileSync(join(root, "page", "icon.svg"))],
];
let total = 0;
for (const [name, bytes] of files) {
  const packed = gzipSync(bytes, { level: 9 });
  total += packed.length;
  writeFileSync(join(target, `${name}.gz`), packed);
}
if (total > mostBytes) {
  process.stderr.write(`build-page: ${total} bytes gzipped, and the page may have ${mostBytes}.\n`);
  process.exit(1);
}
process.stderr.write(`build-page: ${total} bytes gzipped in ${files.length} files.\n`);

/** Packages of which something is in the bundles. */
const inside = new Set(
  [result, style].flatMap(({ metafile }) =>
    Object.keys(metafile.inputs).flatMap(
      (path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
    ),
  ),
);
writeFileSync(join(target, "LICENSES.md"), [...inside].sort().map(licenceOf).join("\n"));

/** @throws Error when it has none: then it cannot be in the page */
function licenceOf(name: string): string {
  const folder = join(root, "node_modules", name);
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (file === undefined) throw new Error(`${name} has no licence.`);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    version: string;
  };
  return `# ${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
