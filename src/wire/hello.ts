/*
 * The few lines that client and daemon say besides the protocol of the face: the client's hello, and what the
 * daemon answers. A line of the daemon's own begins with {"haypile": and may come between any two messages.
 */
import type { Socket } from "node:net";
import { HaypileError } from "../base/errors.ts";
import { packageVersion } from "../base/package/own-package.ts";
import type { Given } from "../config/environment/given.ts";
import { protocol } from "./endpoint.ts";

export type Face = "mcp" | "rpc";

export interface Hello {
  face: Face;
  /** Of the client's package. A newer one asks an older daemon to leave. */
  version: string;
  pid: number;
  /** Folder the client works in. */
  root: string | undefined;
  /** The client's name for itself. */
  client: string | undefined;
  /** Any version of a daemon will do: an older one has left already. */
  any: boolean;
}

const mostHelloBytes = 8_192;

export function helloLine(hello: Omit<Hello, "any"> & { any?: boolean | undefined }): string {
  const { face, version, pid, root = null, client = null, any } = hello;
  const words = { haypile: protocol, face, version, pid, root, client };
  return `${JSON.stringify(any === true ? { ...words, any } : words)}\n`;
}

/** The hello was taken; messages may follow. @param settings marks of the daemon's own (config/environment/given.ts) */
export function welcomeLine(version: string, settings?: Given): string {
  return `${JSON.stringify({ haypile: protocol, ok: true, version, pid: process.pid, settings })}\n`;
}

/** The daemon goes: what was asked is answered still, what is new goes to the next one. */
export const leavingLine = `${JSON.stringify({ haypile: protocol, leaving: true })}\n`;

/** Says nothing. Who says no more may have gone: then nobody takes it, and what was asked can be stopped. */
export const stillLine = `${JSON.stringify({ haypile: protocol, still: true })}\n`;

export function refusedLine(error: HaypileError): string {
  const { code, message } = error;
  return `${JSON.stringify({ haypile: protocol, refused: { code, message } })}\n`;
}

/** @throws HaypileError HAYPILE_USAGE */
export function parseHello(line: string): Hello {
  const said = readObject(line);
  const wrong = (what: string): HaypileError =>
    new HaypileError(
      "HAYPILE_USAGE",
      `Expected a hello line {"haypile":${protocol},"face":"mcp"|"rpc",…} from the client: ${what}.`,
    );
  if (said === undefined) throw wrong("it was no JSON object");
  if (said.haypile !== protocol) throw wrong(otherProtocol(said));
  const { face, version, pid, root, client } = said;
  if (face !== "mcp" && face !== "rpc") throw wrong("its face is unknown");
  if (typeof version !== "string" || version.length > 64) throw wrong("it has no version");
  return {
    face,
    version,
    pid: typeof pid === "number" && Number.isSafeInteger(pid) ? pid : 0,
    root: typeof root === "string" && root !== "" ? root : undefined,
    client: typeof client === "string" && client !== "" ? client.slice(0, 128) : undefined,
    any: said.any === true,
  };
}

function otherProtocol({ haypile, version }: Record<string, unknown>): string {
  if (typeof haypile !== "number") return "it has no number of a protocol";
  const program = versionIn(version);
  const by = program === undefined ? "" : ` of Haypile ${program}`;
  return `it has protocol ${haypile}${by}, and this daemon is Haypile ${packageVersion}. End it with "haypile stop" of that version, or use that version here too`;
}

/**
 * What a daemon of a later Haypile says is not guessed at, but where it says that it goes. It is left alone: others work with it.
 * @param own version of this program
 * @throws HaypileError HAYPILE_DAEMON
 */
export function assertProtocol(said: Record<string, unknown>, own: string): void {
  const { haypile, version, leaving } = said;
  if (typeof haypile !== "number" || haypile <= protocol || leaving === true) return;
  const by = versionIn(version) ?? "of a newer version";
  throw new HaypileError(
    "HAYPILE_DAEMON",
    `The daemon is Haypile ${by} and speaks protocol ${haypile}; this is Haypile ${own}, which speaks ${protocol}. Nothing was asked. Update Haypile here, or end that daemon with "haypile stop" of its version, or run the command with --here.`,
    { data: { state: "newer", program: versionIn(version), protocol: haypile } },
  );
}

function versionIn(said: unknown): string | undefined {
  return typeof said === "string" && /^\d[\w.+-]{0,39}$/u.test(said) ? said : undefined;
}

/**
 * Reads the first line of a socket and leaves the rest unread on it.
 * @throws HaypileError HAYPILE_USAGE for another line, none in time, or one without end
 * @internal
 */
export function readHello(socket: Socket, timeoutMs: number): Promise<Hello> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const end = (done: () => void): void => {
      clearTimeout(timer);
      socket.off("readable", onReadable).off("end", onEnd).off("error", onEnd).off("close", onEnd);
      done();
    };
    const fail = (what: string): void =>
      end(() => reject(new HaypileError("HAYPILE_USAGE", `Expected a hello line, ${what}.`)));
    const onEnd = (): void => fail("but the client went");
    // By "readable" and not by "data": a stream that was paused would stay so for the next reader.
    const onReadable = (): void => {
      const data = socket.read() as Buffer | null;
      if (data === null) return;
      const at = data.indexOf(10);
      parts.push(at < 0 ? data : data.subarray(0, at));
      bytes += at < 0 ? data.length : at;
      if (bytes > mostHelloBytes) fail(`of at most ${mostHelloBytes} bytes`);
      if (bytes > mostHelloBytes || at < 0) return;
      end(() => {
        try {
          const hello = parseHello(Buffer.concat(parts).toString("utf8"));
          if (at + 1 < data.length) socket.unshift(data.subarray(at + 1));
          resolve(hello);
        } catch (error) {
          reject(error);
        }
      });
    };
    const timer = setTimeout(() => fail(`none came in ${timeoutMs} ms`), timeoutMs);
    socket.on("readable", onReadable).on("end", onEnd).on("error", onEnd).on("close", onEnd);
  });
}

/** Below 0: `a` is older than `b`. Only the three numbers count, and that a release is newer than its "-rc". */
export function compareVersions(a: string, b: string): number {
  const parts = (text: string): number[] => {
    const [, major, minor, patch, rest] = /^(\d+)\.(\d+)\.(\d+)(-.*)?/.exec(text) ?? [];
    return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0), rest === undefined ? 1 : 0];
  };
  const left = parts(a);
  const right = parts(b);
  for (const [i, value] of left.entries()) {
    const difference = value - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
