import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { addFlags, saidByFlags } from "../../flags/option-flags.ts";
import { printJson, printLine } from "../../output/format.ts";
import { type BenchFlags, runBench } from "./doctor-bench.ts";

const marks = { ok: "ok  ", note: "note", failed: "FAIL", damaged: "FAIL" } as const;

/** haypile doctor */
export function addDoctor(program: Command, signal: AbortSignal): void {
  const command = program
    .command("doctor")
    .description("check that every part works on this machine");
  addFlags(command, ["embed.provider", "embed.strict"])
    .option("--bench", "measure this machine in under 20 s, and propose settings for it")
    .option("--apply", "with --bench: write what is proposed into your haypile.toml")
    .option("-y, --yes", "with --apply: do not ask")
    .option("--json", "as JSON; asks nothing, so that --apply needs --yes")
    .addHelpText(
      "after",
      `
Loads each part in turn (addon, ONNX Runtime, SQLite, model) and runs it once, and looks through the
memories and every index for damage; servers that keep some are asked once. Exits 0 when all is well, 6
when a part does not work, 4 when only what is stored is damaged, and where only a server fails, as calls
over it do: 7 when it is away, 4 when it refuses, 3 without the rights.

With --bench it measures the model by threads, workers and tokens of a run, the scan of vectors, commits
and reads of the disk. Leave the machine alone meanwhile.

Examples:
  haypile doctor
  haypile doctor --bench
  haypile doctor --provider cuda --strict
  haypile doctor --json`,
    )
    .action(async (flags: BenchFlags & { bench?: boolean | undefined }) => {
      if (flags.bench === true) {
        await runBench(flags, signal);
        return;
      }
      if (flags.apply === true) {
        throw new HaypileError(
          "HAYPILE_USAGE",
          'Expected --bench beside --apply: what is written is what was measured. Run "haypile doctor --bench --apply".',
        );
      }
      const { diagnose } = await import("../../../engine/doctor/doctor.ts");
      const checks = await diagnose(saidByFlags(flags));
      if (flags.json === true) printJson("doctor", { checks });
      else {
        for (const check of checks) {
          printLine(`${marks[check.state]}  ${check.name}: ${check.detail}`);
        }
      }
      const failed = checks.filter(({ state }) => state === "failed" || state === "damaged");
      if (failed.length > 0) {
        const isDataAlone = failed.every(({ state }) => state === "damaged");
        // Where the machine is well and a server alone is not, it ends as every call over that server does.
        const ofServer = failed.every(({ code }) => code !== undefined)
          ? failed[0]?.code
          : undefined;
        throw new HaypileError(
          ofServer ?? (isDataAlone ? "HAYPILE_DB_CORRUPT" : "HAYPILE_NATIVE_MISSING"),
          `Of ${checks.length} checks, ${failed.length} failed: ${failed.map((check) => check.name).join(", ")}. See above for each.`,
        );
      }
    });
}
