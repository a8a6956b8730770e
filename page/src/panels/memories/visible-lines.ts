import { visible } from "../../parts/visible.ts";

/** As visible(), with its lines. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}
