/* `haypile serve` of a test in its own process of the tests, with the small model and clients that it makes. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { addServeClient } from "../../../src/daemon/serve/clients.ts";
import { type Serving, serve } from "../../../src/daemon/serve/serve.ts";
import type { ServeOptions } from "../../../src/daemon/serve/serve-options.ts";
import type { Limits, Rights } from "../../../src/http/team/rights/rights.ts";
import { repository } from "../../helpers/model.ts";

export interface TestServer extends Serving {
  /** In the clear only. */
  untilReady(): Promise<void>;
  /** Adds a client. @returns its token */
  client(name: string, rights: Partial<Rights>, limits?: Partial<Limits>): string;
  /** Tells it to end, and waits. */
  stop(): Promise<void>;
}

export const tlsFiles = (name: "one" | "two"): { cert: string; key: string } => ({
  cert: join(repository, "test", "fixtures", "tls", `${name}.pem`),
  key: join(repository, "test", "fixtures", "tls", `${name}.key`),
});

/** A data folder for the servers of one test file: variables of this process say where. */
export function serveData(): { data: string; remove: () => void } {
  const data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-serve-")));
  process.env.HAYPILE_DATA_DIR = data;
  process.env.HAYPILE_CONFIG_DIR = join(data, "config");
  process.env.HAYPILE_MODEL = "static-code-256";
  return { data, remove: () => rmSync(data, { recursive: true, force: true }) };
}

export async function startServer(options: Partial<ServeOptions> = {}): Promise<TestServer> {
  const end = new AbortController();
  const serving = await serve(
    { listen: "127.0.0.1:0", drainDelay: 0, drain: 20, ...options },
    end.signal,
  );
  return {
    ...serving,
    untilReady: async () => {
      while ((await fetch(`http://127.0.0.1:${serving.port}/ready`)).status !== 200) {
        await wait(50);
      }
    },
    client: (name, rights, limits = {}) =>
      addServeClient(serving.clientFile, {
        ...{ name, limits, expires: undefined, namespace: undefined },
        rights: { read: [], write: [], folders: [], admin: false, ...rights },
      }),
    stop: async () => {
      end.abort();
      await serving.ended;
    },
  };
}
