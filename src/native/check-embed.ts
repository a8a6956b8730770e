import { checkOptions, type ShapeOf } from "../base/check-options.ts";
import { HaypileError } from "../base/errors.ts";
import type { EmbedOptions } from "../ports/embedder.ts";

const shape = {
  kind: "text",
  signal: "signal",
  onProgress: "function",
  urgency: "text",
  stages: "any",
  cache: "boolean",
} as const satisfies ShapeOf<EmbedOptions>;

/**
 * Checks the arguments of embed(): a text in place of a list would be embedded letter by letter.
 * @throws HaypileError HAYPILE_USAGE
 */
export function checkEmbed(texts: unknown, options: unknown): void {
  checkTexts("embed()", texts);
  checkOptions("embed()", options, shape);
  const { kind = "passage" } = (options ?? {}) as EmbedOptions;
  if (kind === "passage" || kind === "query") return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected "query" or "passage" for kind of embed(), but got ${JSON.stringify(kind)}. Choose one of these.`,
    { data: { kind } },
  );
}

/** @throws HaypileError HAYPILE_USAGE */
export function checkTexts(call: string, texts: unknown): void {
  const wrong = Array.isArray(texts) ? texts.findIndex((one) => typeof one !== "string") : -1;
  if (Array.isArray(texts) && wrong < 0) return;
  const came = Array.isArray(texts)
    ? `item ${wrong} is ${texts[wrong] === null ? "null" : `of type ${typeof texts[wrong]}`}`
    : `got ${texts === null ? "null" : `a ${typeof texts}`}`;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a list of texts for ${call}, but ${came}. Pass an array of strings; one text goes as ["…"].`,
    { data: { call } },
  );
}
