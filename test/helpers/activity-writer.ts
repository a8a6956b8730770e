/* Adds records to a ring: node activity-writer.ts FOLDER NAME COUNT */
import { appendRecord } from "../../src/engine/activity/ring.ts";
import { activityRecord } from "./activity-record.ts";

const [folder = "", name = "", count = "0"] = process.argv.slice(2);
for (let i = 0; i < Number(count); i += 1) {
  // Long enough for several files.
  const index = `${name}-${i}-${"x".repeat(2_000)}.db`;
  if (!appendRecord(folder, activityRecord({ process: name, index }))) process.exit(1);
}
