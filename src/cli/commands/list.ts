/* Every command, in the order of the help, each loaded when it is needed. */
import type { Command } from "commander";

interface Listed {
  /** First words that mean it. */
  names: readonly string[];
  add: (program: Command, signal: AbortSignal) => Promise<void>;
}

export const commands: readonly Listed[] = [
  one("index", async (...to) => (await import("./index/index-folder.ts")).addIndex(...to)),
  one("watch", async (...to) => (await import("./index/watch.ts")).addWatch(...to)),
  one("search", async (...to) => (await import("./code/search.ts")).addSearch(...to)),
  one("why", async (...to) => (await import("./code/why.ts")).addWhy(...to)),
  one("symbol", async (...to) => (await import("./code/symbol.ts")).addSymbol(...to)),
  one("outline", async (...to) => (await import("./code/outline.ts")).addOutline(...to)),
  one("read", async (...to) => (await import("./code/read.ts")).addRead(...to)),
  {
    names: ["references", "callers", "callees", "implementations"],
    add: async (...to) => (await import("./code/uses.ts")).addUses(...to),
  },
  one("hierarchy", async (...to) => (await import("./code/hierarchy.ts")).addHierarchy(...to)),
  one("impact", async (...to) => (await import("./code/impact.ts")).addImpact(...to)),
  one("history", async (...to) => (await import("./code/history.ts")).addHistory(...to)),
  one("diff", async (...to) => (await import("./code/diff.ts")).addDiff(...to)),
  {
    names: ["unused", "entry-points"],
    add: async (...to) => (await import("./code/unused.ts")).addUnused(...to),
  },
  one("map", async (...to) => (await import("./code/map.ts")).addMap(...to)),
  one("status", async (...to) => (await import("./index/status.ts")).addStatus(...to)),
  one("left-out", async (...to) => (await import("./index/left-out.ts")).addLeftOut(...to)),
  one("stats", async (...to) => (await import("./machine/stats.ts")).addStats(...to)),
  one("analyze", async (to) => (await import("./machine/analyze.ts")).addAnalyze(to)),
  one("plan", async (...to) => (await import("./machine/plan.ts")).addPlan(...to)),
  one("compact", async (...to) => (await import("./index/compact.ts")).addCompact(...to)),
  one("migrate", async (...to) => (await import("./index/migrate.ts")).addMigrate(...to)),
  one("migrate-model", async (...to) =>
    (await import("./index/migrate-model.ts")).addMigrateModel(...to),
  ),
  one("reset", async (...to) => (await import("./index/reset.ts")).addReset(...to)),
  one("indexes", async (...to) => (await import("./index/indexes.ts")).addIndexes(...to)),
  one("collections", async (to) => (await import("./index/collections.ts")).addCollections(to)),
  one("remember", async (...to) => (await import("./memories/remember.ts")).addRemember(...to)),
  one("recall", async (...to) => (await import("./memories/recall.ts")).addRecall(...to)),
  one("ask", async (...to) => (await import("./memories/ask.ts")).addAsk(...to)),
  one("forget", async (...to) => (await import("./memories/forget.ts")).addForget(...to)),
  one("memories", async (...to) => (await import("./memories/memories.ts")).addMemories(...to)),
  one("move", async (...to) => (await import("./memories/move.ts")).addMove(...to)),
  one("snapshot", async (...to) => (await import("./memories/snapshot.ts")).addSnapshot(...to)),
  one("team", async (...to) => (await import("./team/team.ts")).addTeam(...to)),
  {
    names: ["models", "model"],
    add: async (...to) => (await import("./models/models.ts")).addModels(...to),
  },
  one("config", async (to) => (await import("./machine/config.ts")).addConfig(to)),
  one("doctor", async (...to) => (await import("./machine/doctor.ts")).addDoctor(...to)),
  {
    names: ["install", "uninstall"],
    add: async (...to) => (await import("./machine/install.ts")).addInstall(...to),
  },
  one("hook", async (to) => (await import("./machine/hook.ts")).addHook(to)),
  one("mcp", async (...to) => (await import("./machine/mcp.ts")).addMcp(...to)),
  {
    names: ["start", "stop", "restart", "logs", "daemon"],
    add: async (...to) => (await import("./machine/daemon.ts")).addDaemon(...to),
  },
  one("serve", async (...to) => (await import("./serve/serve.ts")).addServe(...to)),
  one("tokens", async (to) => (await import("./serve/tokens.ts")).addTokens(to)),
  one("open", async (...to) => (await import("./machine/open.ts")).addOpen(...to)),
  one("completion", async (to) => (await import("./machine/completion.ts")).addCompletion(to)),
];

/** That of the first word, when it is one and no help of others is in question; else all. */
export function commandsFor(words: readonly string[] | undefined): readonly Listed[] {
  const [first = ""] = words ?? [];
  const named = commands.filter(({ names }) => names.includes(first));
  return named.length === 0 || first === "completion" ? commands : named;
}

function one(name: string, add: Listed["add"]): Listed {
  return { names: [name], add };
}
