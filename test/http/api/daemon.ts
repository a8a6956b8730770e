/* A daemon of a test with the small model, listened at over HTTP, and its client over the socket to compare with. */
import { readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import { readEnvironment } from "../../../src/config/environment/env.ts";
import { connect, type DaemonClient } from "../../../src/haypile/there.ts";
import { type Place, place } from "../../daemon/helpers.ts";
import { bin } from "../../helpers/cli.ts";
import type { RestPlace } from "./rest-client.ts";

export interface RestDaemon extends RestPlace {
  socket: DaemonClient;
  at: Place;
}

/** @param token false: it only reads */
export async function restDaemon(token = true): Promise<RestDaemon> {
  const at = place({ HAYPILE_MODEL: "static-code-256" });
  const start = [process.execPath, bin, "daemon"] as const;
  const socket = await connect({ environment: readEnvironment(at.env), start });
  onTestFinished(() => socket.close());
  const { url, tokenPath } = await socket.listen({ port: 0, token });
  return {
    base: new URL("/api/v1", url).href,
    token: tokenPath === undefined ? undefined : readFileSync(tokenPath, "utf8").trim(),
    socket,
    at,
  };
}
