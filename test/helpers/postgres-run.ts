/* For vitest: names the run that a PostgreSQL server is started for by the first test that asks, and ends it with the run. */
import { endServerOfRun } from "./postgres.ts";

export default function setUp(): () => void {
  process.env.PG_OF_TEST_RUN = String(process.pid);
  return () => endServerOfRun(process.pid);
}
