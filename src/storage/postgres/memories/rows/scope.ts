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

export interface ScopeParts {
  resident: ResidentRows;
  filters: RowFilters;
  orders: RowOrders;
}

/** What is held in memory of all rows that this user may see, brought up to date and asked. */
export class PgScope implements MemoryScope {
  readonly #parts: ScopeParts;

  constructor(parts: ScopeParts) {
    this.#parts = parts;
  }

  /** Damage is found by the server (data checksums), when it reads. */
  async assertWhole(): Promise<void> {
    await this.#parts.resident.load();
  }

  async prepare(): Promise<void> {
    await this.#parts.resident.load();
  }

  allowed(filter: RowFilter): AllowedRows {
    this.#parts.resident.follow();
    return this.#parts.filters.allowed(filter);
  }

  async page(allowed: AllowedRows, request: PageRequest): Promise<RowPlace[]> {
    return await this.#parts.orders.page(allowed as Allowed, request);
  }
}
