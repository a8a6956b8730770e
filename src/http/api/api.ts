/* The calls of Haypile over HTTP, below /api/v1. Whoever gets here has shown a token or a session, or the listener only reads. */
import { Hono } from "hono";
import type { Hub } from "../../haypile/hub.ts";
import type { Haypile } from "../../ports/haypile.ts";
import type { DaemonMethod } from "../../wire/words.ts";
import { refusal } from "../refusal.ts";
import type { Streams } from "../streams.ts";

export interface ApiParts {
  /** As the clients over HTTP see it: in turn with all others. */
  haypile: Haypile;
  /** What the daemon says of itself, and what it can be told. */
  daemon: Readonly<Record<DaemonMethod, (...args: unknown[]) => unknown>>;
  hub: Hub;
  /** The listener has no token: nothing that writes is carried out. */
  isReadOnly: boolean;
  /** For answers that go on as long as the client likes: bounded, and ended when the daemon leaves. */
  streams: Streams;
}

/** Paths are those below /api/v1. */
export function apiRoutes(_parts: ApiParts): Hono {
  const api = new Hono();
  api.all("*", () =>
    refusal(
      404,
      "HAYPILE_USAGE",
      "There is no such call. See /api/v1/openapi.json for all of them.",
    ),
  );
  return api;
}
