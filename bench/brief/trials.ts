/*
 * What the five systems publish, and what measures the same here. A figure is theirs, with where it is said, beside ours:
 * a target is a bound that ours has to keep, and by default theirs is the target.
 */
import { codeTrials } from "./code-trials.ts";
import type { Trial } from "./figure.ts";
import { memoryTrials } from "./memory-trials.ts";

export const trials: readonly Trial[] = [...memoryTrials, ...codeTrials];
