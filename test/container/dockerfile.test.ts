/* The Dockerfile and the image of scripts/build-image say the same of user, programs, volume and health. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repository } from "../helpers/model.ts";

const config = JSON.parse(
  readFileSync(join(repository, "tools", "container", "config.json"), "utf8"),
);
const text = readFileSync(join(repository, "Dockerfile"), "utf8").replaceAll(/\\\n\s*/g, " ");
/** Of the last stage, the one that is left. */
const lines = text.slice(text.lastIndexOf("\nFROM ") + 1).split("\n");

/** What stands after an instruction; each has one line. */
function said(instruction: string): string {
  const found = lines.filter((line) => line.startsWith(`${instruction} `));
  expect(found, instruction).toHaveLength(1);
  return (found[0] as string).slice(instruction.length + 1);
}

function seconds(nanoseconds: number): string {
  return `${nanoseconds / 1e9}s`;
}

it("runs the same program as the same user", () => {
  expect(JSON.parse(said("ENTRYPOINT"))).toEqual(config.Entrypoint);
  expect(JSON.parse(said("CMD"))).toEqual(config.Cmd);
  expect(said("USER")).toBe(config.User);
  expect(said("WORKDIR")).toBe(config.WorkingDir);
  expect(said("STOPSIGNAL")).toBe(config.StopSignal);
});

it("has the same volume, port and variables", () => {
  expect([said("VOLUME")]).toEqual(Object.keys(config.Volumes));
  expect([said("EXPOSE")]).toEqual(Object.keys(config.ExposedPorts));
  // The base image of the Dockerfile has a PATH with the same folders in it.
  const ours = config.Env.filter((one: string) => !one.startsWith("PATH="));
  expect(said("ENV").split(/\s+/)).toEqual(ours);
});

it("asks for health in the same way", () => {
  const { Test, Interval, Timeout, StartPeriod, Retries } = config.Healthcheck;
  const [kind, ...command] = Test;
  const times = `--interval=${seconds(Interval)} --timeout=${seconds(Timeout)} --start-period=${seconds(StartPeriod)}`;
  expect(kind).toBe("CMD");
  const words = JSON.stringify(command).replaceAll(",", ", ");
  expect(said("HEALTHCHECK")).toBe(`${times} --retries=${Retries} CMD ${words}`);
});
