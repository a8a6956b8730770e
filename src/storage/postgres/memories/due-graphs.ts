/*
 * Graphs that are due and not there. Whoever puts new vectors in place drops the old graphs first, and whoever stores many
 * asks for one: where that client ended before it had them made, nobody would until the next one stores. So it is looked
 * now and then by each client that recalls, of the rows it holds, and by tidying, of all that it may write.
 */
import type { ResidentRows } from "../../shared/rows/resident.ts";
import type { PgLink } from "../link/link.ts";
import { comparedUpTo } from "../vectors/choice.ts";
import { Graphs } from "../vectors/graphs.ts";
import { Looks } from "../vectors/looks.ts";

const overdue = `SELECT n AS id FROM writable_namespaces() n WHERE to_regclass('memory_graph_' || n) IS NULL
  AND (SELECT count(*) FROM (SELECT FROM memory_vectors WHERE namespace_id = n LIMIT $1::int8 + 1) first) > $1`;

export class DueGraphs {
  readonly #link: PgLink;
  readonly #resident: ResidentRows;
  readonly #graphs: Graphs;
  readonly #looks = new Looks();

  /** @param above most vectors of a namespace that are compared one by one */
  constructor(link: PgLink, resident: ResidentRows, above = comparedUpTo) {
    this.#link = link;
    this.#resident = resident;
    this.#graphs = new Graphs(link, "memory", above);
  }

  /** For each recall: the first time as soon as rows are held. Nobody waits for it. */
  look(): void {
    const { partCount, partSlots, namespaces } = this.#resident;
    if (partCount === 0 || !this.#looks.isDue()) return;
    const parts = new Map<number, number>();
    for (let at = 0; at < partCount; at += 1) {
      const namespace = namespaces[partSlots[at] as number] as number;
      parts.set(namespace, (parts.get(namespace) ?? 0) + 1);
    }
    const large = [...parts].filter(([, count]) => count > this.#graphs.above);
    void this.#looks.note(this.#graphs.lookWhereNone(large.map(([namespace]) => namespace)));
  }

  /** Asks the server of all namespaces, and has them made; they are not waited for. */
  async lookAtAll(): Promise<void> {
    try {
      const due = await this.#link.later<{ id: number }>(overdue, [this.#graphs.above]);
      for (const { id } of due) void this.#graphs.look(id);
    } catch {
      // The next tidying looks again.
    }
  }
}
