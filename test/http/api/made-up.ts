/* Requests made up from docs/openapi.json: fine ones, and ones that are wrong in every way that a client can be. */
import { fromSchema, type Schema } from "../../helpers/from-schema.ts";

export interface AnySchema extends Omit<Schema, "type" | "items" | "properties"> {
  type?: string | string[];
  $ref?: string;
  const?: unknown;
  anyOf?: AnySchema[];
  items?: AnySchema;
  properties?: Record<string, AnySchema>;
}

export interface Parameter {
  name: string;
  required?: boolean;
  schema: AnySchema;
}

export interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: AnySchema }> };
  responses: Record<string, { content: Record<string, { schema: AnySchema }> }>;
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, AnySchema> };
}

type Next = () => number;

export function pick<T>(from: readonly T[], next: Next): T {
  return from[Math.floor(next() * from.length)] as T;
}

/** References and choices resolved, so that a value can be made up. */
function resolved(schema: AnySchema, all: OpenApi, next: Next): Schema {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
    return resolved(all.components.schemas[name] ?? {}, all, next);
  }
  if (schema.anyOf !== undefined) return resolved(pick(schema.anyOf, next), all, next);
  if (schema.const !== undefined) return { enum: [schema.const] };
  const { type, items, properties, ...rest } = schema;
  const [first] = [type].flat();
  return {
    ...rest,
    ...(first !== undefined && { type: first }),
    ...(items !== undefined && { items: resolved(items, all, next) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name, resolved(one, all, next)]),
      ),
    }),
  };
}

export interface MadeUp {
  what: string;
  path: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** @param folders to take for `folder`: nothing else may be indexed by accident */
export function makeUp(
  all: OpenApi,
  path: string,
  method: string,
  folders: readonly string[],
  next: Next,
): MadeUp {
  const operation = all.paths[path]?.[method] as Operation;
  const strange = pick([0, 0, 0, 0.1, 0.3], next);
  const plain: MadeUp = {
    what: `strange ${strange}`,
    path,
    method: method.toUpperCase(),
    headers: { "Content-Type": "application/json" },
    body: undefined,
  };
  if (method === "get") {
    const said = (operation.parameters ?? []).filter(
      ({ required }) => (required === true && next() > strange) || next() < 0.3,
    );
    const query = said.map(({ name, schema }): [string, string] => {
      if (name === "folder") return [name, pick(folders, next)];
      const value = fromSchema(resolved(schema, all, next), next, strange);
      return [name, Array.isArray(value) ? value.join(",") : String(value)];
    });
    if (next() < strange)
      query.push(
        pick(
          [
            ["__proto__", "1"],
            ["x".repeat(500), ""],
            ["k", "1"],
          ] as [string, string][],
          next,
        ),
      );
    const text = new URLSearchParams(query).toString().replaceAll("%EF%BF%BD", "%FF");
    return { ...plain, path: `${path}?${text}`, headers: {} };
  }
  const [type = "application/json", content] =
    Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const schema = resolved(content?.schema ?? {}, all, next);
  const value = fromSchema(schema, next, strange);
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isRecord && schema.properties?.folder !== undefined) {
    Object.assign(value, { folder: pick(folders, next) });
  }
  const body = typeof value === "string" ? value : JSON.stringify(value);
  const fine = { ...plain, headers: { "Content-Type": type }, body };
  return next() < 0.65 ? fine : broken(fine, next);
}

const oddBodies: readonly string[] = [
  "",
  "null",
  "[]",
  "1",
  '"text"',
  "{",
  '{"a":1,"a":2}',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"toString":1,"hasOwnProperty":2}',
  `{"${"k".repeat(100_000)}":1}`,
  `${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`,
  "[".repeat(100_000),
  '{"query":"\\ud800"}',
  '{"query":1e999}',
  "\u0000",
  "\ufeff{}",
  "not json at all",
];

function broken(fine: MadeUp, next: Next): MadeUp {
  const body = fine.body ?? "";
  const ways: readonly (() => Partial<MadeUp>)[] = [
    () => ({ what: "odd body", body: pick(oddBodies, next) }),
    () => ({ what: "odd body", body: pick(oddBodies, next) }),
    () => ({ what: "cut", body: body.slice(0, Math.floor(next() * body.length)) }),
    () => ({
      what: "type",
      headers: {
        "Content-Type": pick(
          ["text/plain", "application/x-www-form-urlencoded", "", "application/json5"],
          next,
        ),
      },
    }),
    () => ({
      what: "method",
      method: pick(["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"], next),
    }),
    () => ({
      what: "name",
      path: pick(
        [
          "/code/__proto__",
          "/code/constructor",
          "/memories/toString",
          "/haypile/code",
          "/daemon/hasOwnProperty",
          "/memories/openImport",
          "/memories/close",
          "/code/",
          "/x/y/z",
          "/code/%2e%2e%2fsearch",
          "/%00",
        ],
        next,
      ),
    }),
    () => ({ what: "query beside the body", path: `${fine.path}?k=1&k=2` }),
    () => ({
      what: "token",
      headers: {
        ...fine.headers,
        Authorization: pick(["Bearer x", "Basic eDp4", "Bearer", ""], next),
      },
    }),
    () => ({ what: "origin", headers: { ...fine.headers, Origin: "https://example.com" } }),
    () => ({ what: "events", headers: { ...fine.headers, Accept: "text/event-stream" } }),
  ];
  // The large one is slow, and one of them now and then is enough.
  if (next() < 0.01)
    return { ...fine, what: "large", body: `{"query":"${"x".repeat(4_500_000)}"}` };
  return { ...fine, ...pick(ways, next)() };
}
