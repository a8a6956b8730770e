import { log } from "../../../../base/log.ts";
import type {
  AllowedRows,
  MemoryScope,
  PageRequest,
  RowFilter,
  RowPlace,
} from "../../../../ports/memory-rows.ts";
import type { Allowed, RowFilters } from "../../../shared/rows/filter.ts";
import type { RowOrders } from "../../../shared/rows/orders.ts";
import type { ResidentRows } from "../../../shared/rows/resident.ts";
import type { CeilingGuard } from "../file/guard.ts";
import type { MemoryEmbedding } from "../vectors/embedding.ts";
import type { MemoryVectors } from "../vectors/vectors.ts";
import type { FileRowSource } from "./row-source.ts";
import type { MemoryRows } from "./rows.ts";

export interface ScopeParts {
  guard: CeilingGuard;
  source: FileRowSource;
  resident: ResidentRows;
  filters: RowFilters;
  orders: RowOrders;
  rows: MemoryRows;
  embedding: MemoryEmbedding;
  /** Undefined without kernels. */
  vectors: MemoryVectors | undefined;
}

/** What is held in memory of all rows, brought up to date and asked. */
export class Scope implements MemoryScope {
  readonly #parts: ScopeParts;

  constructor(parts: ScopeParts) {
    this.#parts = parts;
  }

  async assertWhole(): Promise<void> {
    await this.#parts.resident.load();
  }

  async prepare(): Promise<void> {
    const { guard, source, resident, rows, embedding, vectors } = this.#parts;
    await resident.load();
    const { dimensions } = embedding;
    if (dimensions !== undefined && guard.isOpen) await vectors?.load(dimensions);
    if (!source.hasUnsealed) return;
    source.hasUnsealed = false;
    try {
      guard.unlessBusy("note sums of memories", () => rows.sealAll());
    } catch (error) {
      // They are read all the same, on a full disk as well.
      log("debug", `sums of memories were not noted: ${String(error)}`);
    }
  }

  allowed(filter: RowFilter): AllowedRows {
    this.#parts.resident.follow();
    return this.#parts.filters.allowed(filter);
  }

  async page(allowed: AllowedRows, request: PageRequest): Promise<RowPlace[]> {
    return await this.#parts.orders.page(allowed as Allowed, request);
  }
}
