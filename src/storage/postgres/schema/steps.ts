/*
 * The forms the tables have had, oldest first. A step that was released is never changed: test/fixtures/schemas has a dump of
 * each, and a test compares what is made today with it.
 */
import { auditTables, auditTriggers } from "./tables/audit.ts";
import { indexTables } from "./tables/index.ts";
import { memoriesTables } from "./tables/memories.ts";
import { rightsTables } from "./tables/rights.ts";
import { symbolsTables } from "./tables/symbols.ts";
import { teamTables } from "./tables/team.ts";
import { vectorsTables } from "./tables/vectors.ts";

export interface SchemaStep {
  version: number;
  /** Texts of statements, run in order in one transaction. */
  sql: readonly string[];
}

export const schemaSteps: readonly SchemaStep[] = [
  {
    version: 1,
    sql: [
      rightsTables,
      auditTables,
      teamTables,
      memoriesTables,
      vectorsTables,
      indexTables,
      symbolsTables,
      auditTriggers,
    ],
  },
];
