/* What a tool is: a name, words for the model, a schema, and what it does. */
import type { StandardSchemaWithJSON, ToolAnnotations } from "@modelcontextprotocol/server";
import type { z } from "zod";
import type { ToolGroup } from "../backend/tool-groups.ts";
import type { Place } from "../project/project.ts";
import { keptSchema } from "./kept-schema.ts";

/** One call of a tool, with whom it is for and how long it may take. */
export interface ToolCall extends Place {
  /** Comes when the client cancels or the time is up. */
  signal: AbortSignal;
  /** Milliseconds left, whole. */
  msLeft(): number;
  /** Tells the client how far it is; does nothing when it did not ask. */
  progress(done: number, total: number | undefined, message: string): void;
}

/** A client is told by then what could be found, and what was left out. */
const patienceMs = 10_000;

/** The deadline of a search for this call, milliseconds: it leaves time to write the answer. */
export function answerWithin({ msLeft }: Pick<ToolCall, "msLeft">): number {
  return Math.max(50, Math.min(patienceMs, Math.floor(msLeft() * 0.8)));
}

export interface ToolAnswer {
  text: string;
  /** The same as data, for tools that give records. */
  record?: Record<string, unknown> | undefined;
}

export interface ToolSpec<Input extends z.ZodType = z.ZodType> {
  /** At most 18 letters. */
  name: string;
  title: string;
  /** When to call it, what it gives. Under 2 KB. */
  description: string;
  group: ToolGroup;
  input: Input;
  /** Makes of what may be said in parts the arguments of the schema, before anything is checked. */
  rewrite?: ((given: Readonly<Record<string, unknown>>) => Record<string, unknown>) | undefined;
  annotations: Required<Omit<ToolAnnotations, "title">>;
  /** Its answer has a record. */
  hasRecord: boolean;
  run(args: z.output<Input>, call: ToolCall): Promise<ToolAnswer>;
}

/** A tool as servers register it: arguments come checked. */
export type Tool = Omit<ToolSpec, "run" | "input" | "rewrite"> & {
  input: StandardSchemaWithJSON;
  run(args: unknown, call: ToolCall): Promise<ToolAnswer>;
};

/** Keeps the type of the schema while the tool is written. */
export function defineTool<Input extends z.ZodType>(spec: ToolSpec<Input>): Tool {
  const { rewrite, ...tool } = spec;
  return {
    ...tool,
    input: keptSchema(spec.name, spec.input, rewrite),
    run: (args, call) => spec.run(args as z.output<Input>, call),
  };
}

const closed = { openWorldHint: false } as const;

/** Changes nothing. */
export const reads = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  ...closed,
};
/** Adds or brings up to date; twice is as good as once. */
export const adds = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  ...closed,
};
/** Takes away. */
export const removes = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  ...closed,
};
