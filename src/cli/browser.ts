/* Opens something in the user's browser. No shell has a part in it, and what is opened is one argument. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { type Environment, readEnvironment } from "../config/environment/env.ts";

/** A program that fails does so at once; one that still runs after this has a browser to wait for. Milliseconds. */
const failsWithinMs = 3_000;

interface Opener {
  program: string;
  args: readonly string[];
}

/**
 * @param target a URL
 * @returns false when there is no browser, or what opens it failed
 */
export async function openInBrowser(
  target: string,
  { variables }: Pick<Environment, "variables"> = readEnvironment(),
): Promise<boolean> {
  for (const { program, args } of openers(variables)) {
    const path = findProgram(program, variables);
    if (path !== undefined && (await starts(path, [...args, target]))) return true;
  }
  return false;
}

/** Whether there is a program here that may open something in a browser. */
export function mayHaveBrowser(
  { variables }: Pick<Environment, "variables"> = readEnvironment(),
): boolean {
  return openers(variables).some(({ program }) => findProgram(program, variables) !== undefined);
}

function openers(env: Environment["variables"]): readonly Opener[] {
  if (process.platform === "darwin") return [{ program: "/usr/bin/open", args: [] }];
  if (process.platform === "win32") {
    const system = env.SystemRoot ?? "C:\\Windows";
    const program = join(system, "System32", "rundll32.exe");
    return [{ program, args: ["url.dll,FileProtocolHandler"] }];
  }
  // Without a screen they would start a browser in this terminal, or none.
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return [];
  return [
    { program: "xdg-open", args: [] },
    { program: "gio", args: ["open"] },
  ];
}

function findProgram(name: string, env: Environment["variables"]): string | undefined {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const paths = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function starts(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: "ignore", detached: true, windowsHide: true });
    const timer = setTimeout(() => resolve(true), failsWithinMs);
    const tell = (isFine: boolean): void => {
      clearTimeout(timer);
      resolve(isFine);
    };
    child.once("error", () => tell(false));
    // rundll32 says nothing of use.
    child.once("exit", (code) => tell(code === 0 || process.platform === "win32"));
    child.unref();
  });
}
