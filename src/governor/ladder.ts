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

/** Steps that cost time and no answer. */
export const harmless: ReadonlySet<LadderStepName> = new Set([
  "smaller batches",
  "smaller caches",
  "idle models unloaded",
  "fewer workers",
]);

export interface LadderStep {
  name: LadderStepName;
  /** Takes the step. It must be quick, and may be called when there is nothing to give up. */
  take: () => void;
  undo: () => void;
}

export class Ladder {
  readonly #steps = new Map<LadderStepName, Set<LadderStep>>();
  #height = 0;

  /**
   * Several parts may share a step.
   * @returns takes it off the ladder again, for a part that goes away: nothing is undone for it. A second call is harmless.
   */
  register(step: LadderStep): () => void {
    const steps = this.#steps.get(step.name) ?? new Set();
    // Of its own, so that a step registered twice stands twice.
    const own = { ...step };
    steps.add(own);
    this.#steps.set(step.name, steps);
    if (this.isTaken(step.name)) own.take();
    return () => {
      steps.delete(own);
      if (steps.size === 0 && this.#steps.get(step.name) === steps) this.#steps.delete(step.name);
    };
  }

  /** How many steps are registered, those that parts share counted for each. */
  get size(): number {
    return [...this.#steps.values()].reduce((sum, steps) => sum + steps.size, 0);
  }

  /** Steps that are taken now, the first first. */
  get taken(): readonly LadderStepName[] {
    return ladderOrder.slice(0, this.#height).filter((name) => this.#steps.has(name));
  }

  isTaken(name: LadderStepName): boolean {
    return this.#steps.has(name) && ladderOrder.indexOf(name) < this.#height;
  }

  /** The step that down() would take; undefined at the end of the ladder. */
  get next(): LadderStepName | undefined {
    return ladderOrder.slice(this.#height).find((one) => this.#steps.has(one));
  }

  /** @returns the step that was taken; undefined at the end of the ladder */
  down(): LadderStepName | undefined {
    const name = this.next;
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
