/* A backend with real engines over a small project, and clients to talk with it. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { loadEmbedder } from "../../src/embedder.ts";
import { openHome } from "../../src/engine/home.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { askBoth } from "../../src/haypile/ask/ask.ts";
import { haypileOver } from "../../src/haypile/here.ts";
import type { McpBackend } from "../../src/mcp/backend/backend.ts";
import { IndexJobs } from "../../src/mcp/backend/jobs.ts";
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
  /** recall() answers so much later. */
  pauseMs: number;
  close(): Promise<void>;
}

let opened = 0;

/**
 * The real home and the real memories, with the small model, over data in a folder. Environment variables of
 * this process say where: one folder a test file.
 */
export async function testHome(data: string): Promise<TestHome> {
  process.env.HAYPILE_DATA_DIR = data;
  const home = await openHome({ model: "static-code-256", embeddingCache: false });
  const embedder = await loadEmbedder({ model: "static-code-256" });
  const database = join(data, `memories-${process.pid}-${++opened}.db`);
  const memories = await openMemories({ database, embedder });
  const jobs = new IndexJobs();
  const recall = memories.recall.bind(memories);
  memories.recall = async (query, options = {}) => {
    const { signal } = options;
    if (shared.pauseMs > 0) await setTimeout(shared.pauseMs, undefined, signal && { signal });
    return await recall(query, options);
  };
  const here = haypileOver(async () => home);
  const ask: typeof here.ask = (query, options) =>
    askBoth({ code: here.code, memories }, query, options);
  const shared: TestHome = {
    jobs,
    haypile: { ...here, memories, ask },
    pauseMs: 0,
    async close() {
      await jobs.close();
      await memories.close();
      await embedder.close();
      await home.close();
    },
  };
  return shared;
}

/** A project with an index. */
export async function testProject(folder: string): Promise<{ root: string; home: TestHome }> {
  const root = join(folder, "project");
  writeTree(root, projectFiles);
  const home = await testHome(folder);
  await home.haypile.code(root).index();
  return { root, home };
}
