/* Things a client can open by address: the server's status, a memory, a file of an index. */

import { isAbsolute } from "node:path";
import {
  type McpServer,
  ProtocolError,
  ResourceNotFoundError,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { toSlashes } from "../base/paths/flavour.ts";
import { fence } from "./answer/fence.ts";
import { failureText, ToolFailure } from "./answer/tool-failure.ts";
import { shownCode } from "./answer/visible-text.ts";
import type { Tool } from "./call/tool.ts";
import { indexFor, type Place } from "./project/project.ts";
import { readIndexed } from "./project/read-indexed.ts";
import { headOf } from "./tools/recall.ts";
import { statusRecord } from "./tools/status.ts";

/** Offered for completion at once. */
const mostOffered = 100;

export function addResources(server: McpServer, place: Place, tools: readonly Tool[]): void {
  const has = (group: string): boolean => tools.some((tool) => tool.group === group);
  server.registerResource(
    "status",
    "haypile://status",
    {
      title: "Haypile status",
      description: "Version, indexes, memories, problems.",
      mimeType: "application/json",
    },
    async (uri) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: "application/json",
          text: JSON.stringify(await statusRecord(place), undefined, 2),
        },
      ],
    }),
  );
  if (has("memory")) addMemory(server, place);
  if (has("code")) addFile(server, place);
}

function addMemory(server: McpServer, place: Place): void {
  const template = new ResourceTemplate("memory://{namespace}/{id}", {
    list: undefined,
    complete: {
      namespace: (begun) => namespacesLike(place, begun),
      id: async (begun, context) => {
        const namespace = context?.arguments?.namespace;
        const filter = namespace === undefined ? {} : { namespace };
        const { memories } = await place.backend.haypile.memories.list({
          ...filter,
          limit: mostOffered,
        });
        return memories.map(({ id }) => id).filter((id) => id.startsWith(begun));
      },
    },
  });
  server.registerResource(
    "memory",
    template,
    { title: "A memory", description: "The whole text of one memory.", mimeType: "text/markdown" },
    async (uri, { namespace, id }) => {
      const memory = await place.backend.haypile.memories.get(decoded(id));
      if (memory === undefined || memory.namespace !== decoded(namespace)) throw missing(uri);
      const found = {
        memory,
        score: undefined,
        part: { text: memory.text, isWhole: true },
        before: [],
        after: [],
        unverifiedSince: undefined,
      };
      const text = fence([{ head: headOf(found, true), text: memory.text }]);
      return { contents: [{ uri: uri.href, mimeType: "text/markdown", text }] };
    },
  );
}

function addFile(server: McpServer, place: Place): void {
  server.registerResource(
    "file",
    new ResourceTemplate("code://file/{+path}", { list: undefined }),
    {
      title: "An indexed file",
      description: "A file of the current project, or by its absolute path of any indexed one.",
      mimeType: "text/plain",
    },
    async (uri, { path }) => {
      const name = decoded(path);
      try {
        const index = await indexFor(place, isAbsolute(name) ? parentOf(name) : undefined);
        const { lines } = await readIndexed(index, name);
        return {
          contents: [{ uri: uri.href, mimeType: "text/plain", text: shownCode(lines.join("\n")) }],
        };
      } catch (error) {
        if (error instanceof ProtocolError) throw error;
        throw missing(uri, failureText(error, "code://file"));
      }
    },
  );
}

/** Namespaces that begin so, the fullest first. */
export async function namespacesLike({ backend }: Place, begun: string): Promise<string[]> {
  const { namespaces } = await backend.haypile.memories.stats();
  return namespaces
    .filter(({ namespace }) => namespace.startsWith(begun))
    .sort((a, b) => b.memories - a.memories)
    .slice(0, mostOffered)
    .map(({ namespace }) => namespace);
}

function parentOf(path: string): string {
  const plain = toSlashes(path);
  const folder = plain.slice(0, Math.max(1, plain.lastIndexOf("/")));
  // A drive without a slash is the folder the process stands in.
  return /^[A-Za-z]:$/u.test(folder) ? `${folder}/` : folder;
}

function decoded(part: string | string[] | undefined): string {
  const text = Array.isArray(part) ? part.join("/") : (part ?? "");
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ToolFailure(`${text} is no valid part of an address.`);
  }
}

function missing(uri: URL, why?: string): ResourceNotFoundError {
  return new ResourceNotFoundError(uri.href, why);
}
