/*
 * Runs the user's program for an alert: no shell, so that no word of an alert or of the option means anything but itself;
 * of the environment only what programs of a desktop need, so that no secret of the daemon goes along.
 */
import { spawn } from "node:child_process";
import type { Alert } from "../../ports/answers/daemon/stats.ts";

const limitMs = 10_000;

const kept = [
  ...["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"],
  ...["DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"],
  ...["SystemRoot", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP"],
] as const;

type Variables = Readonly<Record<string, string | undefined>>;

/** @throws Error when it cannot be started, fails, or is not done in time; then it was ended */
export function tellByCommand(
  [program = "", ...args]: readonly string[],
  alert: Alert,
  {
    variables,
    folder,
    timeoutMs = limitMs,
  }: { variables: Variables; folder: string; timeoutMs?: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: variablesFor(alert, variables),
      shell: false,
      windowsHide: true,
      stdio: ["pipe", "ignore", "ignore"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else if (signal === "SIGKILL")
        reject(new Error(`${program} was not done after ${timeoutMs} ms`));
      else reject(new Error(`${program} ended with ${code ?? signal}`));
    });
    // Who does not read it is no failure.
    child.stdin.on("error", () => undefined);
    child.stdin.end(`${JSON.stringify(alert)}\n`);
    child.unref();
  });
}

function variablesFor(alert: Alert, variables: Variables): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of kept) {
    const value = variables[name];
    if (value !== undefined) env[name] = value;
  }
  const { rule, level, text, value, unit, mark, at } = alert;
  const facts = { rule, level, text, value, unit, mark, at };
  for (const [name, fact] of Object.entries(facts)) {
    env[`HAYPILE_ALERT_${name.toUpperCase()}`] = String(fact);
  }
  return env;
}
