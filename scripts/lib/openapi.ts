/*
 * docs/openapi.json: every call below /api/v1 as OpenAPI 3.1, made from the one table of calls (names, which read) and the types
 * of the sources (arguments and answers, with their comments).
 */

import { errorCatalogue } from "../../src/base/errors.ts";
import { type RestCall, restCalls } from "../../src/http/api/calls-by-name.ts";
import { statusOf } from "../../src/http/api/status-of.ts";
import { type MethodModel, methodsOf } from "./method-model.ts";
import { answerSchema, requestSchema, type Schema } from "./openapi-schema.ts";
import { type Field, oneLine, type TypeModel } from "./type-model.ts";

/** Where the calls of a group are written down. */
const interfaces = {
  code: ["ports/haypile.ts", "CodeIndex"],
  memories: ["ports/memories.ts", "Memories"],
  haypile: ["ports/haypile.ts", "Haypile"],
  daemon: ["http/api/daemon-calls.ts", "DaemonCalls"],
} as const;

const folderFields: Readonly<Record<string, Schema>> = {
  folder: {
    type: "string",
    description: "The folder whose index is meant, absolute.",
  },
  nearest: {
    type: "boolean",
    description: "The index of the nearest folder above will do. Default true.",
  },
};

/** One line a path and a type, so that a change can be read. */
export function openapiText(model: TypeModel): string {
  const paths = [...restCalls.values()].map((call): [string, unknown] => [
    `/${call.path}`,
    pathOf(call, model),
  ]);
  const events = model.fieldsOf("ports/answers/daemon/happenings.ts", "Happenings");
  const schemas = model.named.map(({ name, type, doc }): [string, unknown] => [
    name,
    { ...(doc !== "" && { description: oneLine(doc) }), ...answerSchema(type) },
  ]);
  const lines = (rows: readonly [string, unknown][], indent: string): string =>
    rows
      .map(([name, value]) => `${indent}${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(",\n");
  return `{
  "openapi": "3.1.0",
  "info": ${JSON.stringify(info)},
  "servers": [{ "url": "http://127.0.0.1:3030/api/v1" }],
  "security": [{ "token": [] }],
  "tags": ${JSON.stringify(tags)},
  "paths": {
${lines([...paths, ...ownPaths(events)], "    ")}
  },
  "components": {
    "securitySchemes": {"token":{"type":"http","scheme":"bearer","description":"The text of the file http-token in the data folder, or the token of a page that is signed in."}},
    "responses": ${JSON.stringify({ Error: errorResponse })},
    "schemas": {
${lines([...schemas, ["Error", errorSchema]], "      ")}
    }
  }
}
`;
}

const info = {
  title: "Haypile",
  version: "1",
  description:
    "Code indexes and memories of one user, served by the daemon on this machine. Each call is POST with one flat JSON object; calls that read take the same as a query too. See docs/rest.md.",
};

const tags = [
  { name: "code", description: "The index of one folder." },
  { name: "memories", description: "What is remembered." },
  { name: "haypile", description: "All indexes." },
  { name: "daemon", description: "The daemon itself." },
  { name: "events", description: "What happens, as it happens." },
];

const errorSchema: Schema = {
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: {
        code: { enum: Object.keys(errorCatalogue) },
        message: { type: "string", description: "What was expected, what came, and what to do." },
        data: { type: "object", description: "The facts of the message." },
      },
      required: ["code", "message"],
      additionalProperties: false,
    },
  },
  required: ["error"],
  additionalProperties: false,
};

const errorResponse = {
  description:
    "It failed, or was refused. The status goes by the code; 405, 413 and 415 are about the request.",
  "x-status-by-code": statusOf,
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
};

/** Whatever the status: docs/rest.md has the table. */
const errors = { default: { $ref: "#/components/responses/Error" } };

const json = (schema: Schema): object => ({ "application/json": { schema } });
const eventStream = { "text/event-stream": { schema: { type: "string" } } };
const ownPaths = (events: readonly Field[]): [string, unknown][] => [
  [
    "/events",
    {
      get: {
        operationId: "events",
        tags: ["events"],
        summary:
          "What happens, as server-sent events by their kinds. A client that does not keep up is told how many it missed (dropped).",
        parameters: [
          {
            name: "kinds",
            in: "query",
            description: "Which kinds, with commas. Default: all.",
            schema: { type: "string", examples: ["index,memories"] },
          },
        ],
        responses: {
          200: {
            description: "Events, without end. The data of each is JSON, by its kind:",
            "x-events": Object.fromEntries(
              events.map(({ name, type, doc }) => [
                name,
                { description: doc, ...answerSchema(type) },
              ]),
            ),
            content: eventStream,
          },
          ...errors,
        },
      },
    },
  ],
  [
    "/openapi.json",
    {
      get: {
        operationId: "openapi",
        summary: "This document.",
        responses: {
          200: { description: "OpenAPI 3.1.", content: json({ type: "object" }) },
          ...errors,
        },
      },
    },
  ],
];

function pathOf(asked: RestCall, model: TypeModel): object {
  const { group, name, call } = asked;
  const methods = methodsOf(model, interfaces[group], name, call.shapes ?? []);
  const properties = propertiesOf(asked, methods);
  for (const { takes } of asked.isFree ? [] : methods) {
    const names = takes.map((one) => one.name).join();
    const inTable = Object.keys(call.takes ?? {})
      .join()
      .replaceAll("?", "");
    if (names !== inTable) {
      throw new Error(`${asked.path} takes ${names}, and ports/calls.ts says "${inTable}".`);
    }
  }
  const operation = {
    tags: [group],
    ...(methods[0] !== undefined && methods[0].doc !== "" && { summary: methods[0].doc }),
    responses: { 200: answerOf(asked, methods), ...errors },
  };
  const id = `${group}.${name}`;
  if (call.streams === "in") {
    const text = { schema: { type: "string" } };
    return {
      post: {
        operationId: id,
        ...operation,
        parameters: parametersOf(properties, []),
        requestBody: {
          required: true,
          content: { "application/x-ndjson": text, "application/json": { schema: {} } },
        },
      },
    };
  }
  const body = {
    type: "object",
    properties,
    ...(asked.needed.length > 0 && { required: asked.needed }),
    additionalProperties: asked.isFree && methods.length === 0,
  };
  const post = { operationId: id, ...operation, requestBody: { content: json(body) } };
  if (!call.reads) return { post };
  const get = {
    operationId: `${id}.get`,
    ...operation,
    parameters: parametersOf(properties, asked.needed),
  };
  return { get, post };
}

function answerOf({ call, hasProgress }: RestCall, methods: readonly MethodModel[]): object {
  if (call.streams === "out") {
    const description = "One memory a line.";
    return { description, content: { "application/x-ndjson": { schema: { type: "string" } } } };
  }
  const known = methods.flatMap(({ gives }) => (gives === undefined ? [] : [answerSchema(gives)]));
  const isNothing = methods.some(({ gives, mayBeNothing }) => mayBeNothing || gives === undefined);
  const all: Schema[] = [...known, ...(isNothing ? [{ type: "null" }] : [])];
  const [only = {}] = all;
  return {
    description: hasProgress
      ? "The result. With Accept: text/event-stream, events progress, then one result or error."
      : "The result.",
    content: {
      ...json(all.length > 1 ? { anyOf: all } : only),
      ...(hasProgress && eventStream),
    },
  };
}

function propertiesOf(asked: RestCall, methods: readonly MethodModel[]): Record<string, Schema> {
  const { group, names } = asked;
  const fields = new Map<string, Schema>();
  for (const method of methods) {
    const said = [...method.takes, ...method.options] as (Field | MethodModel["takes"][number])[];
    for (const one of said) {
      const schema = (): Schema => requestSchema(one.type, "doc" in one ? one.doc : "");
      if (asked.isFree) {
        for (const [name, part] of Object.entries(schema().properties ?? {}))
          fields.set(name, part);
      } else if (Object.hasOwn(names, one.name)) fields.set(one.name, schema());
    }
  }
  if (asked.isFree) return Object.fromEntries(fields);
  return Object.fromEntries(
    Object.keys(names).map((name) => {
      const schema = (group === "code" ? folderFields[name] : undefined) ?? fields.get(name);
      if (schema !== undefined) return [name, schema];
      throw new Error(`${asked.path}: no type has ${name}, which stands in ports/calls.ts.`);
    }),
  );
}

/** As in a query: records with dots, lists with commas or by saying them again. */
function parametersOf(properties: Record<string, Schema>, needed: readonly string[]): object[] {
  return Object.entries(properties).flatMap(([name, schema]): object[] => {
    const inner = schema.properties;
    if (inner !== undefined) {
      return parametersOf(
        Object.fromEntries(Object.entries(inner).map(([field, one]) => [`${name}.${field}`, one])),
        [],
      );
    }
    const { description, ...rest } = schema;
    return [
      {
        name,
        in: "query",
        ...(needed.includes(name) && { required: true }),
        ...(description !== undefined && { description }),
        schema: rest,
      },
    ];
  });
}
