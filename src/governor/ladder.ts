/*
 * The ladder of degradation: what is given up when memory is short, the cheapest first. Each step is
 * registered by the part that owns it and can be undone; the governor takes one step at a time and
 * goes back the same way.
 */
import type { LadderStepName } from "../ports/footprint.ts";

/** Every step in its order. What a name means is said in docs/memory-limits.md. */
export const ladderOrder: readonly LadderStepName[] = [
  "smaller batches",
  "smaller caches",
  "idle models unloaded",
  "fewer workers",
  "reranker off",
  "static model for new text",
  "no new work",
];

export interface LadderStep {
  name: LadderStepName;
  /** Takes the step. It must be quick, and may be called when there is nothing to give up. */
  take: () => void;
  undo: () => void;
}

export class Ladder {
  readonly #steps = new Map<LadderStepName, LadderStep[]>();
  #height = 0;

  /** Several parts may share a step. */
  register(step: LadderStep): void {
    const steps = this.#steps.get(step.name) ?? [];
    steps.push(step);
    this.#steps.set(step.name, steps);
    if (this.isTaken(step.name)) step.take();
  }

  /** Steps that are taken now, the first first. */
  get taken(): readonly LadderStepName[] {
    return ladderOrder.slice(0, this.#height).filter((name) => this.#steps.has(name));
  }

  isTaken(name: LadderStepName): boolean {
    return this.#steps.has(name) && ladderOrder.indexOf(name) < this.#height;
  }

  /** @returns the step that was taken; undefined at the end of the ladder */
  down(): LadderStepName | undefined {
    const name = ladderOrder.slice(this.#height).find((one) => this.#steps.has(one));
    if (name === undefined) return undefined;
    this.#height = ladderOrder.indexOf(name) + 1;
    for (const { take } of this.#steps.get(name) ?? []) take();
    return name;
  }

  /** @returns the step that was undone; undefined when none was taken */
  up(): LadderStepName | undefined {
    while (this.#height > 0) {
      this.#height -= 1;
      const name = ladderOrder[this.#height] as LadderStepName;
      const steps = this.#steps.get(name);
      if (steps === undefined) continue;
      for (const { undo } of steps) undo();
      return name;
    }
    return undefined;
  }
}
