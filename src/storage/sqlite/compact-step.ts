/* What making an index smaller did, apart from how: callers of the library see it. */
import type { VectorFormat } from "../../ports/vector-scan.ts";

export type CompactStepName = "tidy" | "texts" | "static vectors" | "vectors";

export interface CompactStep {
  name: CompactStepName;
  /** Of the step "vectors". */
  format?: VectorFormat | undefined;
  /** Size of the database after it. */
  bytes: number;
}
