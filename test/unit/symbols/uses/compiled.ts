import { jvm } from "./jvm.ts";
import { natives } from "./natives.ts";
import { others } from "./others.ts";
import type { Program } from "./programs.ts";

/** Programs in the other languages. */
export const compiled: readonly Program[] = [...jvm, ...natives, ...others];
