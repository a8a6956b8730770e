/*
 * Writes what addon.cjs is to do, for any platform: node test/platforms/write-request.ts OUT MODELS [folder of models].
 * The tokenizer is read here, so that the program needs nothing but the addon.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";

const [out = "request.json", models = "models"] = process.argv.slice(2);
const folder = resolve(models, "all-minilm-l6-v2");
const tokenizer = await readTokenizer(join(folder, "tokenizer.json"));
const description = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
if (tokenizer.kind !== "wordpiece") throw new Error("expected a WordPiece tokenizer");
const { vocabulary, ...spec } = tokenizer.spec;
const request = {
  folder,
  description,
  tokenizer: spec,
  vocabulary: Buffer.from(vocabulary).toString("base64"),
  texts: [
    "a short text",
    "Wo liegt die Datei mit den Einstellungen? — größer als 256 Zeichen ist sie nicht.",
    "日本語のテキスト",
    "function resolvePath(base, path) { return path.startsWith('/') ? path : base + '/' + path; } ".repeat(
      20,
    ),
  ],
};
writeFileSync(out, JSON.stringify(request));
