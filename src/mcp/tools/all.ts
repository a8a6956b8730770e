import type { Tool } from "../call/tool.ts";
import { findCode } from "./find-code.ts";
import { findSymbol } from "./find-symbol.ts";
import { forget } from "./forget.ts";
import { indexPath } from "./index-path.ts";
import { indexStatus } from "./index-status.ts";
import { outline } from "./outline.ts";
import { read } from "./read.ts";
import { recall } from "./recall.ts";
import { references } from "./references.ts";
import { remember } from "./remember.ts";
import { repoMap } from "./repo-map.ts";
import { status } from "./status.ts";
import { why } from "./why.ts";

/** In the order in which clients see them: always the same, so that what they cache stays good. */
export const allTools: readonly Tool[] = [
  remember,
  recall,
  forget,
  findCode,
  findSymbol,
  outline,
  repoMap,
  references,
  read,
  indexPath,
  indexStatus,
  status,
  why,
];
