/* A backend with real engines over a small project, and clients to talk with it. */
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { open } from "../../src/engine/open.ts";
import type { CodeEngine, McpBackend } from "../../src/mcp/backend.ts";
import { IndexJobs } from "../../src/mcp/jobs.ts";
import { PlainMemories } from "./plain-memories.ts";
import { writeTree } from "./temp-tree.ts";

export const projectFiles: Record<string, string> = {
  "src/retry.ts": `/** Waits longer after every failure, up to a minute. */
export function backoffDelay(attempt: number): number {
  return Math.min(60_000, 100 * 2 ** attempt);
}

/** Runs work again until it succeeds or has failed too often. */
export async function retry<T>(work: () => Promise<T>, times = 5): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= times) throw error;
      await new Promise((done) => setTimeout(done, backoffDelay(attempt)));
    }
  }
}
`,
  "src/session.ts": `import { retry } from "./retry.ts";

/** Who is logged in, and until when. */
export class Session {
  constructor(readonly user: string, readonly expires: number) {}

  isExpired(now = Date.now()): boolean {
    return now >= this.expires;
  }
}

/** Asks the server for a new token before the old one ends. */
export async function refreshSession(session: Session): Promise<Session> {
  return await retry(async () => new Session(session.user, Date.now() + 3_600_000));
}
`,
  "docs/guide.md":
    "# Guide\n\n## Deploying\n\nBuild the image, push it, then restart the service.\n",
  "README.md": "# Sample\n\nA small project with sessions and retries.\n",
};

export interface TestHome extends McpBackend {
  memories: PlainMemories;
  close(): Promise<void>;
}

/** As the home of the engine does it: one engine a folder, opened when first asked for. */
export function testHome(data: string): TestHome {
  const engines = new Map<string, Promise<CodeEngine & { close(): Promise<void> }>>();
  const opened: CodeEngine[] = [];
  const jobs = new IndexJobs();
  return {
    jobs,
    memories: new PlainMemories(),
    engines: () => opened,
    async engine(folder, options = {}) {
      const roots = opened
        .map(({ root }) => root)
        .filter((root) => `${folder}/`.startsWith(`${root}/`));
      const nearest =
        options.nearest === true ? roots.sort((a, b) => b.length - a.length)[0] : undefined;
      const root = nearest ?? folder;
      const known = engines.get(root);
      if (known !== undefined) return await known;
      const opening = open({
        folder: root,
        database: join(data, `${engines.size}.db`),
        model: "static-code-256",
        embeddingCache: false,
      });
      engines.set(root, opening);
      const engine = await opening.catch((error: unknown) => {
        engines.delete(root);
        throw error;
      });
      opened.push(engine);
      return engine;
    },
    async close() {
      await jobs.close();
      for (const engine of engines.values()) await (await engine).close();
    },
  };
}

/** A project with an index. */
export async function testProject(folder: string): Promise<{ root: string; home: TestHome }> {
  const root = join(folder, "project");
  writeTree(root, projectFiles);
  const home = testHome(folder);
  const engine = await home.engine(root);
  await engine.index();
  return { root, home };
}

/** Two ends of a line: what one writes the other reads. */
export function pipes(): { input: PassThrough; output: PassThrough } {
  return { input: new PassThrough(), output: new PassThrough() };
}
