/*
 * What each client of a server is served by: its own view of Haypile behind MCP and REST. Doors are made when a client first
 * comes and again when its rights change; nothing of a client is kept in one but the turns of its calls.
 */

import type { Hub } from "../../haypile/hub.ts";
import { IndexJobs } from "../../mcp/backend/jobs.ts";
import type { ToolGroup } from "../../mcp/backend/tool-groups.ts";
import type { McpHandler } from "../../mcp/http/answer.ts";
import { handlerOf } from "../../mcp/http/http.ts";
import type { Neighbours } from "../../mcp/http/neighbours.ts";
import { createServerFactory } from "../../mcp/server.ts";
import type { Haypile } from "../../ports/haypile.ts";
import { type DaemonMethod, daemonMethods } from "../../wire/words.ts";
import { createSite } from "../site.ts";
import { Streams } from "../streams.ts";
import { allowedHaypile } from "./rights/allowed-haypile.ts";
import { type Client, refused } from "./rights/rights.ts";

export interface DoorsParts {
  /** Haypile as this client's turns let it through. */
  seenBy: (haypile: (whole: Haypile) => Haypile, client: Client) => Haypile;
  /** Which tools there are, for all clients alike. */
  tools: readonly ToolGroup[];
  hub: Hub;
  measure: <T>(method: string, run: () => Promise<T>) => Promise<T>;
  /** What the server says of itself, to who looks after it. */
  daemon: Partial<Readonly<Record<DaemonMethod, (...args: unknown[]) => unknown>>>;
}

export interface ClientDoor {
  mcp: McpHandler;
  site: Neighbours;
}

/** Doors that are kept; of more the one goes whose client came longest ago. */
const mostDoors = 256;

export class ClientDoors {
  readonly #parts: DoorsParts;
  readonly #doors = new Map<string, ClientDoor>();
  readonly #jobs = new IndexJobs();
  readonly #streams = new Streams();

  constructor(parts: DoorsParts) {
    this.#parts = parts;
  }

  of(client: Client): ClientDoor {
    const key = JSON.stringify([client.key, client.rights, client.namespace]);
    const door = this.#doors.get(key) ?? this.#make(client);
    this.#doors.delete(key);
    this.#doors.set(key, door);
    if (this.#doors.size > mostDoors) {
      const [oldest = ""] = this.#doors.keys();
      this.#doors.delete(oldest);
    }
    return door;
  }

  /** Ends what goes on as long as clients like. */
  async close(): Promise<void> {
    this.#streams.close();
    await Promise.all([...this.#doors.values()].map(({ mcp }) => mcp.close()));
  }

  #make(client: Client): ClientDoor {
    const { seenBy, tools, hub, measure } = this.#parts;
    const haypile = seenBy((whole) => allowedHaypile(whole, client), client);
    const factory = createServerFactory(
      { haypile, jobs: this.#jobs },
      { tools },
    )({
      client: client.name,
      namespace: client.namespace,
    });
    const site = createSite({
      gatekeeper: undefined,
      page: undefined,
      api: {
        ...{ haypile, hub, measure },
        daemon: this.#daemonFor(client),
        isReadOnly: false,
        streams: this.#streams,
      },
    });
    return { mcp: handlerOf(factory), site };
  }

  #daemonFor({ rights }: Client): Readonly<Record<DaemonMethod, () => unknown>> {
    const calls = daemonMethods.map((name) => {
      const own = this.#parts.daemon[name];
      return [
        name,
        () => {
          if (rights.admin && own !== undefined) return own();
          throw refused("ask the server about itself");
        },
      ];
    });
    return Object.fromEntries(calls) as Record<DaemonMethod, () => unknown>;
  }
}
