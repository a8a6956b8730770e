/* Takes an index down to version 10. With "between" it kills itself when the first of the two steps is done. */
import { indexSchema } from "../../src/storage/sqlite/file/schema.ts";
import { stepDown } from "../../src/storage/sqlite/versions/step-down.ts";

const [path = "", how] = process.argv.slice(2);
const steps = indexSchema.steps.map((step) => {
  const { down } = step;
  // 11 is taken back last, so 12 is gone already in this transaction when its SQL is asked for.
  if (how !== "between" || step.version !== 11 || down === undefined) return step;
  return {
    ...step,
    down: {
      ...down,
      get sql(): string {
        process.kill(process.pid, "SIGKILL");
        return down.sql;
      },
    },
  };
});
stepDown(path, { ...indexSchema, steps }, 10, true);
process.stdout.write("done\n");
