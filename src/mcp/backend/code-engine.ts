import type { Engine } from "../../engine/engine.ts";

/** What is asked of the index of one folder. */
export type CodeEngine = Pick<
  Engine,
  | "root"
  | "modelName"
  | "index"
  | "search"
  | "why"
  | "findSymbol"
  | "outline"
  | "references"
  | "callers"
  | "callees"
  | "implementations"
  | "status"
  | "unparsed"
>;
