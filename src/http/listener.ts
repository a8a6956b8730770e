/* The one HTTP listener of the daemon: MCP, the page, the calls, /health and /metrics behind the same gates. */
import type { Server } from "node:http";
import type { Hub } from "../haypile/hub.ts";
import type { McpBackend } from "../mcp/backend/backend.ts";
import { createListenerWith, type HttpOptions } from "../mcp/http/http.ts";
import type { DaemonMethod } from "../wire/words.ts";
import type { ApiParts } from "./api/api.ts";
import { PageFiles } from "./page/page-files.ts";
import { Codes } from "./sign-in/codes.ts";
import { Gatekeeper } from "./sign-in/gatekeeper.ts";
import { Secret } from "./sign-in/secret.ts";
import { Sessions } from "./sign-in/sessions.ts";
import { createSite } from "./site.ts";
import { Streams } from "./streams.ts";

export interface ListenerParts {
  backend: McpBackend;
  dataFolder: string;
  host: string;
  /** false: no token, and nothing that writes. */
  token: boolean;
  /** false: no page. */
  page: boolean;
  daemon: Readonly<Record<DaemonMethod, (...args: unknown[]) => unknown>>;
  hub: Hub;
  health: NonNullable<HttpOptions["health"]>;
  metrics: NonNullable<HttpOptions["metrics"]>;
  /** Measures calls over REST. */
  measure?: ApiParts["measure"];
  timeouts?: HttpOptions["timeouts"];
}

export interface Listener {
  server: Server;
  /** Codes to sign in with; they are good for this listener alone. */
  codes: Codes;
}

/**
 * A server that does not listen yet.
 * @throws HaypileError HAYPILE_USAGE for an address that others reach, without a token; those of the token's file
 */
export function createListener(parts: ListenerParts): Listener {
  const { backend, dataFolder, host, token, health, metrics, daemon, hub, measure } = parts;
  const secret = token ? new Secret(dataFolder) : undefined;
  const codes = new Codes();
  const gatekeeper = new Gatekeeper({ secret, codes, sessions: new Sessions(dataFolder) });
  const site = createSite({
    gatekeeper,
    page: parts.page ? new PageFiles() : undefined,
    api: {
      haypile: backend.haypile,
      daemon,
      hub,
      measure,
      isReadOnly: gatekeeper.isReadOnly,
      streams: new Streams(),
    },
  });
  const { timeouts } = parts;
  const options = { host, token: secret?.current(), health, metrics, timeouts };
  const server = createListenerWith(backend, options, site);
  return { server, codes };
}
