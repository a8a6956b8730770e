/* Arguments that several tools share, said once and in few words: every word is in each client's context. */
import { z } from "zod";
import { parseTime, timeForms } from "../../base/text/local-time.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";

export const path = z.string().max(4096);
/** Also several folders at once. */
export const projects = z
  .string()
  .max(4096)
  .describe("Other folders, absolute, or collections; *: all")
  .optional();
export const project = z.string().max(4096).describe("Other folder, absolute").optional();
export const cursor = z.string().max(64).describe("From the last answer").optional();
/** As the code was, out of git. */
export const at = z.string().max(200).describe("Commit, tag or day").optional();
export const namespace = z.string().min(1).max(128);
export const tags = z.array(z.string().min(1).max(64)).max(32);

export function limit(usual: number, most: number) {
  return z.int().min(1).max(most).default(usual);
}

export function maxTokens(usual: number) {
  return z.int().min(100).max(20_000).default(usual);
}

/**
 * @param edge which moment of a bare day is meant
 * @throws ToolFailure when it is no time. @returns the same instant, as the service takes it
 */
export function instant(name: string, value: string, edge: "start" | "end" = "start"): string {
  const found = parseTime(value, edge);
  if ("ms" in found) return new Date(found.ms).toISOString();
  throw new ToolFailure(
    `Expected ${timeForms} for ${name}, but got ${JSON.stringify(oneLine(value, 40))}: ${found.refused}.`,
  );
}
