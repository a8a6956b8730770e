/* Where `haypile start` and `haypile open` let the daemon listen for HTTP, and what they say of it. */
import { log } from "../../../base/log.ts";
import { type Environment, readEnvironment } from "../../../config/environment/env.ts";
import { optionsOfUser } from "../../../config/user-options.ts";
import type { DaemonClient } from "../../../haypile/there.ts";
import type { HttpAddress, HttpWanted } from "../../../wire/words.ts";

export interface ListenFlags {
  /** A port, or true: the usual one. */
  http?: number | true | undefined;
  host?: string | undefined;
  /** false: without a token. */
  token?: boolean | undefined;
}

const usualPort = 3030;

/**
 * What flags and options ask for; undefined: not to listen.
 * @throws HaypileError HAYPILE_CONFIG_INVALID, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function wantedBy(
  { http, host, token }: ListenFlags,
  environment: Environment = readEnvironment(),
): HttpWanted | undefined {
  const said = optionsOfUser(environment, ["page.port", "http.port", "http.host", "http.token"]);
  const pagePort = said["page.port"] as number | undefined;
  const page = pagePort !== 0;
  if (typeof http === "number") return { port: http, host, token: token !== false, page };
  const at = {
    host: host ?? (said["http.host"] as string),
    token: token !== false && said["http.token"] === true,
    page,
  };
  const httpPort = said["http.port"] as number;
  if (httpPort !== 0) return { port: httpPort, ...at };
  if (pagePort !== undefined && pagePort !== 0) return { port: pagePort, ...at };
  // Nobody said a number: any other will do.
  if (page || http === true) return { port: usualPort, next: true, ...at };
  return undefined;
}

/** As a daemon before this one listened; whether it serves the page is what the options say now. */
export function wantedAgain(before: HttpWanted): HttpWanted {
  const said = optionsOfUser(readEnvironment(), ["page.port"]);
  return { ...before, page: said["page.port"] !== 0 };
}

/**
 * Lets the daemon listen; one that does already goes on as it does.
 * @throws HaypileError HAYPILE_PORT_TAKEN, HAYPILE_USAGE
 */
export async function listenBy(client: DaemonClient, wanted: HttpWanted): Promise<HttpAddress> {
  const before = await client.listening();
  const address = await client.listen(wanted);
  const note = noteOf(wanted, before, Number(new URL(address.url).port), address);
  if (note !== undefined) log("warn", note);
  return address;
}

/** What is other than it was asked for. */
function noteOf(
  wanted: HttpWanted,
  before: HttpWanted | undefined,
  port: number,
  { url }: HttpAddress,
): string | undefined {
  if (before === undefined) {
    const isMoved = wanted.next === true && wanted.port !== port;
    return isMoved
      ? `port ${wanted.port} is taken by another program, so the daemon listens at ${port}.`
      : undefined;
  }
  const isPort = wanted.next === true || wanted.port === 0 || wanted.port === before.port;
  const isHost = (wanted.host ?? "127.0.0.1") === before.host;
  if (isPort && isHost && (wanted.token ?? true) === before.token) return undefined;
  const how = before.token === true ? "with a token" : "without a token";
  return `the daemon listens at ${new URL(url).host} already, ${how}, and goes on so. To change that: haypile stop, then start it again.`;
}
