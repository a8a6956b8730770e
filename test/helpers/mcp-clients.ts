/* Real clients over every channel: stdio to a child process and HTTP, each in both eras of the protocol. */
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { createHttpListener, type HttpOptions } from "../../src/mcp/http/http.ts";
import { type TestHome, testHome } from "./mcp.ts";
import { repository } from "./model.ts";

export const eras = ["legacy", "modern"] as const;
export type Era = (typeof eras)[number];
export const channels = ["stdio", "http"] as const;
export type Channel = (typeof channels)[number];

const modernVersion = "2026-07-28";

export function newClient(era: Era): Client {
  const mode = era === "legacy" ? "legacy" : { pin: modernVersion };
  return new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
}

export interface Connected {
  client: Client;
  /** Ends client and server. */
  close(): Promise<void>;
}

/** @param data a folder with the index that testProject() has made of `root` */
export async function connect(
  channel: Channel,
  era: Era,
  data: string,
  root: string,
): Promise<Connected> {
  const client = newClient(era);
  if (channel === "stdio") {
    await client.connect(stdioTransport(data, root));
    return { client, close: () => client.close() };
  }
  const home = await testHome(data);
  await home.engine(root);
  const listener = await listen(home, { root, token: "t".repeat(43) });
  await client.connect(httpTransport(listener.url, "t".repeat(43)));
  return {
    client,
    close: async () => {
      await client.close();
      await listener.close();
      await home.close();
    },
  };
}

export function stdioTransport(data: string, root: string, options = {}): StdioClientTransport {
  const script = join(repository, "test", "mcp", "server-child.ts");
  const args = ["--no-warnings", script, data, root, JSON.stringify(options)];
  return new StdioClientTransport({ command: process.execPath, args, stderr: "pipe" });
}

export function httpTransport(url: string, token?: string): StreamableHTTPClientTransport {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
}

/** On a free port of loopback. */
export async function listen(
  home: TestHome,
  options: HttpOptions,
): Promise<{
  url: string;
  port: number;
  /** Open now. */
  connections(): Promise<number>;
  close(): Promise<void>;
}> {
  const server = createHttpListener(home, options);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    port,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
