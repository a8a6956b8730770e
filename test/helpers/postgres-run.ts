/* For vitest: names the run that a PostgreSQL server is started for by the first test that asks, and ends it with the run. */
import { endServerOfRun } from "./postgres.ts";

export default function setUp(): () => void {
  process.env.HAYPILE_TEST_PG_OWNER = String(process.pid);
  return () => endServerOfRun(process.pid);
}
