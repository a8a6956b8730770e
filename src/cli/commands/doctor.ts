import type { Command } from "commander";
import { HaypileError } from "../../base/errors.ts";
import { printJson, printLine } from "../format.ts";

/** haypile doctor */
export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("check that every part works on this machine")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Loads each part in turn (addon, ONNX Runtime, SQLite, model) and runs it once.
Exits 0 when all that is needed works, 6 when something does not.

Examples:
  haypile doctor
  haypile doctor --json`,
    )
    .action(async (flags: { json?: boolean }) => {
      const { diagnose } = await import("../../engine/doctor.ts");
      const checks = await diagnose();
      if (flags.json === true) printJson({ checks });
      else {
        for (const check of checks) {
          const mark = check.state === "ok" ? "ok  " : check.state === "note" ? "note" : "FAIL";
          printLine(`${mark}  ${check.name}: ${check.detail}`);
        }
      }
      const failed = checks.filter((check) => check.state === "failed");
      if (failed.length > 0) {
        throw new HaypileError(
          "HAYPILE_NATIVE_MISSING",
          `Of ${checks.length} checks, ${failed.length} failed: ${failed.map((check) => check.name).join(", ")}. See above for each.`,
        );
      }
    });
}
