/* Pyright as its language server answers. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Answers, Place } from "./answers.ts";

interface Range {
  start: { line: number; character: number };
}
interface Item {
  name: string;
  uri: string;
  selectionRange: Range;
}

/** One request at a time is enough here. */
class Server {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #next = 1;
  #data = Buffer.alloc(0);

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (data: Buffer) => {
      this.#data = Buffer.concat([this.#data, data]);
      this.#read();
    });
  }

  ask<Result>(method: string, params: object): Promise<Result> {
    const id = this.#next++;
    this.#send({ id, method, params });
    return new Promise((answer) => this.#waiting.set(id, answer as (result: unknown) => void));
  }

  tell(method: string, params: object): void {
    this.#send({ method, params });
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #read(): void {
    while (true) {
      const head = this.#data.indexOf("\r\n\r\n");
      if (head < 0) return;
      const size = Number(/Content-Length: (\d+)/.exec(this.#data.toString("utf8", 0, head))?.[1]);
      if (this.#data.length < head + 4 + size) return;
      const message = JSON.parse(this.#data.toString("utf8", head + 4, head + 4 + size));
      this.#data = this.#data.subarray(head + 4 + size);
      if (message.method !== undefined && message.id !== undefined) {
        const result =
          message.method === "workspace/configuration"
            ? message.params.items.map(() => ({}))
            : null;
        this.#send({ id: message.id, result });
      } else if (message.id !== undefined) {
        this.#waiting.get(message.id)?.(message.result ?? null);
        this.#waiting.delete(message.id);
      }
    }
  }
}

export async function pyrightAnswers(
  pyright: string,
  tree: string,
  paths: string[],
): Promise<Answers> {
  const child = spawn(process.execPath, [join(pyright, "langserver.index.js"), "--stdio"], {
    cwd: tree,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const server = new Server(child);
  const rootUri = pathToFileURL(tree).href;
  await server.ask("initialize", {
    processId: process.pid,
    rootUri,
    workspaceFolders: [{ uri: rootUri, name: "tree" }],
    capabilities: { textDocument: { callHierarchy: {} }, workspace: { configuration: true } },
  });
  server.tell("initialized", {});
  const lines = new Map<string, string[]>();
  for (const path of paths) {
    const text = readFileSync(join(tree, path), "utf8");
    lines.set(path, text.split("\n"));
    const uri = pathToFileURL(join(tree, path)).href;
    server.tell("textDocument/didOpen", {
      textDocument: { uri, languageId: "python", version: 1, text },
    });
  }
  const pathOf = (uri: string): string => fileURLToPath(uri).slice(tree.length + 1);
  const isInside = (uri: string): boolean => uri.startsWith(`${rootUri}/`);
  const item = async ({
    path,
    line,
    name,
  }: Place & { name: string }): Promise<Item | undefined> => {
    for (let row = line - 1; row < line + 9; row += 1) {
      const text = lines.get(path)?.[row] ?? "";
      const at = new RegExp(`\\b(?:def|class)\\s+(${name})\\b`).exec(text);
      if (at === null) continue;
      const found = await server.ask<Item[] | null>("textDocument/prepareCallHierarchy", {
        textDocument: { uri: pathToFileURL(join(tree, path)).href },
        position: { line: row, character: at.index + at[0].length - name.length },
      });
      return found?.[0];
    }
    return undefined;
  };
  return {
    callers: async (at) => {
      const one = await item(at);
      if (one === undefined) return undefined;
      const calls = await server.ask<{ from: Item; fromRanges: Range[] }[] | null>(
        "callHierarchy/incomingCalls",
        { item: one },
      );
      return (calls ?? [])
        .filter(({ from }) => isInside(from.uri))
        .flatMap(({ from, fromRanges }) =>
          fromRanges.map(({ start }) => ({ path: pathOf(from.uri), line: start.line + 1 })),
        );
    },
    callees: async (at) => {
      const one = await item(at);
      if (one === undefined) return undefined;
      const calls = await server.ask<{ to: Item }[] | null>("callHierarchy/outgoingCalls", {
        item: one,
      });
      return (calls ?? [])
        .filter(({ to }) => isInside(to.uri))
        .map(({ to }) => ({
          path: pathOf(to.uri),
          line: to.selectionRange.start.line + 1,
          name: to.name,
        }));
    },
    close: async () => {
      child.kill();
    },
  };
}
