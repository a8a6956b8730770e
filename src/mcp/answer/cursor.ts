/*
 * Where the next page of an answer begins. A cursor is good for the same question only: it holds the place
 * and a hash of the arguments, as base64url, and nothing that must be kept here.
 */
import { createHash } from "node:crypto";
import { ToolFailure } from "./tool-failure.ts";

/** @param question what must be the same at the next page: the arguments without the cursor */
export function cursorFor(question: unknown, offset: number): string {
  return Buffer.from(`${offset}.${hashOf(question)}`).toString("base64url");
}

/** @throws ToolFailure for text that is no cursor, or one of another question */
export function offsetOf(question: unknown, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, digits, hash] =
    /^(\d{1,6})\.([0-9a-f]{12})$/u.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (digits === undefined) {
    throw new ToolFailure(
      "The cursor is not one of ours. Pass the cursor of the last answer unchanged, or leave it out to begin anew.",
    );
  }
  if (hash !== hashOf(question)) {
    throw new ToolFailure(
      "The cursor belongs to another question. Repeat the call with the arguments it came from, or leave the cursor out.",
    );
  }
  return Number(digits);
}

function hashOf(question: unknown): string {
  return createHash("sha256").update(JSON.stringify(question)).digest("hex").slice(0, 12);
}
