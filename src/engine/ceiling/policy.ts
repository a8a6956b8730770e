/* From the options of memory to how the governor goes about it. */
import { type MarkName, readMark } from "../../config/options/memory-marks.ts";
import { options as table } from "../../config/options/options.ts";
import type { Mark, Policy } from "../../governor/marks.ts";
import type { OpenOptions } from "../types.ts";

type Said = Pick<
  OpenOptions,
  "memoryTarget" | "memoryWarning" | "memoryCritical" | "memoryCheckMs" | "memoryCleanup"
>;

/** What is not said is as the table has it. The options were checked before. */
export function policyOf(said: Said): Policy {
  const mark = (name: MarkName, value: string | undefined): Mark =>
    readMark(value ?? table[name].default) as Mark;
  return {
    marks: {
      target: mark("memory.target", said.memoryTarget),
      warning: mark("memory.warning", said.memoryWarning),
      critical: mark("memory.critical", said.memoryCritical),
    },
    everyMs: said.memoryCheckMs ?? table["memory.check-interval"].default,
    cleanup: said.memoryCleanup ?? table["memory.cleanup"].default,
  };
}
