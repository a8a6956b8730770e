/* Four beginnings that a person chooses, as slash commands in most clients. */

import { completable, type GetPromptResult, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { defined } from "../base/defined.ts";
import { isSecretPath } from "../base/paths/secret-paths.ts";
import { fence } from "./answer/fence.ts";
import { failureText } from "./answer/tool-failure.ts";
import { cutToTokens, oneLine, shownCode } from "./answer/visible-text.ts";
import type { Tool } from "./call/tool.ts";
import {
  connectionRoot,
  indexFor,
  namespacesOf,
  type Place,
  projectNamespace,
  sharedNamespace,
} from "./project/project.ts";
import { namespacesLike } from "./resources.ts";
import { headOf } from "./tools/recall.ts";

/** Time for what a prompt looks up, milliseconds. */
const promptMs = 10_000;

export function addPrompts(server: McpServer, place: Place, tools: readonly Tool[]): void {
  const has = (name: string): boolean => tools.some((tool) => tool.name === name);
  if (has("find_code")) addOnboard(server, place);
  if (has("recall")) addRecall(server, place);
  if (has("remember")) addSave(server, place);
  if (has("find_symbol")) addExplain(server, place);
}

function addOnboard(server: McpServer, place: Place): void {
  const path = completable(
    z.string().max(4096).optional().describe("Folder; default: the current project"),
    async (begun) => {
      const folders = await place.backend.haypile.openFolders();
      return folders.filter((folder) => folder.startsWith(begun ?? ""));
    },
  );
  server.registerPrompt(
    "onboard_project",
    {
      title: "Get to know a project",
      description: "A tour of the codebase for somebody new to it.",
      argsSchema: z.object({ path }),
    },
    ({ path: named }) => {
      const folder = oneLine(named ?? connectionRoot(place.connection) ?? "the current project");
      return said(
        `Get to know the project in ${folder} and explain it to me.\n1. Call index_status; if it is not indexed, index_path.\n2. Call recall for what is known about it already.\n3. Call outline of its top folder, then find_code for its entry points, its main parts, how it is tested and configured; read what matters.\n4. Tell me in one page: what it does, how it is built up, where to begin for a change, what is unusual. Name places as path:line.\n5. Offer to remember what the next session should know.`,
      );
    },
  );
}

function addRecall(server: McpServer, place: Place): void {
  server.registerPrompt(
    "recall_context",
    {
      title: "Recall what is known",
      description: "Brings what was remembered about a topic into the conversation.",
      argsSchema: z.object({
        topic: z.string().max(2000).describe("What it is about"),
        namespace: completable(
          z
            .string()
            .max(128)
            .optional()
            .describe("Default: this project and what holds everywhere"),
          (begun) => namespacesLike(place, begun ?? ""),
        ),
      }),
    },
    async ({ topic, namespace }) => {
      const { hits } = await place.backend.haypile.memories.recall(topic, {
        ...defined({ namespace: namespacesOf(place.connection, namespace) }),
        k: 12,
        deadlineMs: promptMs,
      });
      const pieces = hits.map((hit) => ({
        head: headOf(hit, true),
        text: cutToTokens(hit.memory.text, 300),
      }));
      const known = pieces.length === 0 ? "Nothing is remembered about it yet." : fence(pieces);
      return said(
        `This is what is remembered about "${oneLine(topic)}". Take it into account, and say where it may be out of date.\n\n${known}`,
      );
    },
  );
}

function addSave(server: McpServer, place: Place): void {
  server.registerPrompt(
    "save_session",
    { title: "Save this session", description: "Keeps what this session decided and learned." },
    () =>
      said(
        `Look back over this conversation and save what a later session should know, with the tool remember:\n- decisions with their reasons (kind "decision"), preferences I stated (kind "preference", namespace "${sharedNamespace}" when they hold for all projects), facts and pitfalls found (kind "fact"), what is left to do (kind "event").\n- One self-contained statement a call, with the files it is about. First recall each topic; pass replaces for what is no longer true. Nothing secret, nothing that the code says by itself.\nThe namespace of this project is ${oneLine(projectNamespace(place.connection))}. Then list what you saved, one line each.`,
      ),
  );
}

function addExplain(server: McpServer, place: Place): void {
  const name = completable(
    z.string().max(300).describe("Function, class, type …"),
    async (begun) => {
      if (begun.trim() === "") return [];
      const index = await indexFor(place, undefined).catch(() => undefined);
      const found = (await index?.code.findSymbol(begun, { k: 50 })) ?? [];
      const shown = found.filter(({ path }) => !isSecretPath(path));
      return [...new Set(shown.map((hit) => hit.name))];
    },
  );
  server.registerPrompt(
    "explain_symbol",
    {
      title: "Explain a symbol",
      description: "What a definition does, and who depends on it.",
      argsSchema: z.object({ name }),
    },
    async ({ name: wanted }) => {
      let known: string;
      try {
        const { code } = await indexFor(place, undefined);
        const hits = await code.findSymbol(wanted, { k: 20 });
        known = hits
          .filter(({ path }) => !isSecretPath(path))
          .slice(0, 5)
          .map((hit) =>
            shownCode(
              `${hit.path}:${hit.startLine}-${hit.endLine} ${hit.kind} ${hit.name}\n    ${oneLine(hit.signature)}`,
            ),
          )
          .join("\n");
      } catch (error) {
        known = failureText(error, "explain_symbol");
      }
      return said(
        `Explain ${oneLine(wanted, 300)}: what it is for, how it works, what it promises and what can go wrong, who uses it and what a change would touch. Use read for its body and references for its users; name places as path:line.\n\nIn the index:\n${known || "nothing with this name; try find_code."}`,
      );
    },
  );
}

function said(text: string): GetPromptResult {
  return { messages: [{ role: "user", content: { type: "text", text } }] };
}
