/*
 * What the conformance suite wants to find at a server: tools, resources and prompts with names of its own,
 * behind the same listener, gates and limits as ours. Clients of the older era get a session here, because
 * some of the suite's tools ask the client back; ours ask nothing back and need none.
 */
import { randomBytes, randomUUID } from "node:crypto";
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  completable,
  createRequestStateCodec,
  type ElicitRequestFormParams,
  inputRequired,
  inputResponse,
  isLegacyRequest,
  McpServer,
  ResourceTemplate,
  type ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { handlerOf, type McpHandler } from "../../../src/mcp/http/http.ts";

const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
const pause = () => new Promise((done) => setTimeout(done, 50));
const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] });
const codec = createRequestStateCodec<{ round: number }>({ key: randomBytes(32) });

/** Both eras; sessions for the older one. */
export function fixtureHandler(): McpHandler {
  const modern = handlerOf(fixtureServer);
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const legacy = async (request: Request): Promise<Response> => {
    const known = sessions.get(request.headers.get("mcp-session-id") ?? "");
    if (known !== undefined) return await known.handleRequest(request);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
    });
    await fixtureServer().connect(transport);
    return await transport.handleRequest(request);
  };
  return {
    fetch: async (request) =>
      (await isLegacyRequest(request)) ? await legacy(request) : await modern.fetch(request),
    close: async () => {
      await modern.close();
      for (const transport of sessions.values()) await transport.close();
    },
  };
}

function fixtureServer(): McpServer {
  const hint = { ttlMs: 1000, cacheScope: "public" } as const;
  const server = new McpServer(
    { name: "fixture", version: "1" },
    {
      capabilities: {
        tools: { listChanged: false },
        prompts: { listChanged: false },
        resources: { listChanged: false, subscribe: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: codec.verify },
      cacheHints: {
        "tools/list": hint,
        "prompts/list": hint,
        "resources/list": hint,
        "resources/templates/list": hint,
      },
    },
  );
  addContent(server);
  addBehaviour(server);
  addAskingBack(server);
  addRounds(server);
  addResources(server);
  addPrompts(server);
  return server;
}

type Handler = Parameters<McpServer["registerTool"]>[2];

function add(server: McpServer, name: string, run: (context: ServerContext) => unknown): void {
  const config = { description: `Fixture ${name}.`, inputSchema: z.object({}) };
  server.registerTool(name, config, ((_: unknown, context: ServerContext) =>
    run(context)) as Handler);
}

function addContent(server: McpServer): void {
  const image = { type: "image", data: png, mimeType: "image/png" };
  add(server, "test_simple_text", () => text("This is a simple text response for testing."));
  add(server, "test_image_content", () => ({ content: [image] }));
  add(server, "test_audio_content", () => ({
    content: [{ type: "audio", data: wav, mimeType: "audio/wav" }],
  }));
  const embedded = (uri: string, mimeType: string, words: string) => ({
    type: "resource",
    resource: { uri, mimeType, text: words },
  });
  add(server, "test_embedded_resource", () => ({
    content: [
      embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."),
    ],
  }));
  add(server, "test_multiple_content_types", () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      image,
      embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  }));
}

function addBehaviour(server: McpServer): void {
  add(server, "test_error_handling", () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  add(server, "test_tool_with_logging", async ({ mcpReq }) => {
    await mcpReq.log("info", "Tool execution started");
    await pause();
    await mcpReq.log("info", "Tool processing data");
    await pause();
    await mcpReq.log("info", "Tool execution completed");
    return text("Logged three times.");
  });
  add(server, "test_logging_tool", async ({ mcpReq }) => {
    await mcpReq.log("info", "A note nobody may have asked for");
    return text("Logged.");
  });
  add(server, "test_tool_with_progress", async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        await mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress, total: 100 },
        });
      }
      if (progress < 100) await pause();
    }
    return text("Done in three steps.");
  });
  // The SDK refuses for us to ask a client for what it has not declared.
  add(server, "test_missing_capability", () =>
    inputRequired({ inputRequests: { words: askModel("Say something", 10) } }),
  );
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
}

/** In the older era a server sends requests of its own. */
function addAskingBack(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model.", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const messages = [
        { role: "user" as const, content: { type: "text" as const, text: prompt } },
      ];
      const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 });
      return text(`LLM response: ${"text" in content ? content.text : JSON.stringify(content)}`);
    },
  );
  const person = {
    type: "object",
    properties: {
      username: { type: "string", description: "User's response" },
      email: { type: "string", description: "User's email address" },
    },
    required: ["username", "email"],
  };
  server.registerTool(
    "test_elicitation",
    { description: "Asks the user.", inputSchema: z.object({ message: z.string() }) },
    async ({ message }, { mcpReq }) => {
      const answer = await mcpReq.elicitInput(form(message, person));
      return text(
        `User response: action=${answer.action}, content=${JSON.stringify(answer.content)}`,
      );
    },
  );
  const titled = (key: string, ending: string) =>
    ["First", "Second", "Third"].map((one, at) => ({
      const: `${key}${at + 1}`,
      title: `${one} ${ending}`,
    }));
  const options = ["option1", "option2", "option3"];
  const schemas = {
    test_elicitation_sep1034_defaults: {
      name: { type: "string", default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true },
    },
    test_elicitation_sep1330_enums: {
      untitledSingle: { type: "string", enum: options },
      titledSingle: { type: "string", oneOf: titled("value", "Option") },
      legacyEnum: {
        type: "string",
        enum: ["opt1", "opt2", "opt3"],
        enumNames: ["Option One", "Option Two", "Option Three"],
      },
      untitledMulti: { type: "array", items: { type: "string", enum: options } },
      titledMulti: { type: "array", items: { anyOf: titled("value", "Choice") } },
    },
  };
  for (const [name, properties] of Object.entries(schemas)) {
    add(server, name, async ({ mcpReq }) => {
      const answer = await mcpReq.elicitInput(form("Fill this in", { type: "object", properties }));
      return text(
        `Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content)}`,
      );
    });
  }
}

function askModel(words: string, maxTokens: number) {
  const messages = [{ role: "user" as const, content: { type: "text" as const, text: words } }];
  return inputRequired.createMessage({ messages, maxTokens });
}

function declared({ envelope }: ServerContext["mcpReq"]): ClientCapabilities {
  return (
    (envelope as Record<string, ClientCapabilities> | undefined)?.[CLIENT_CAPABILITIES_META_KEY] ??
    {}
  );
}

function form(message: string, requestedSchema: unknown): ElicitRequestFormParams {
  return { message, requestedSchema } as ElicitRequestFormParams;
}

/** In the newer era it answers that it needs something, and the client calls again with it. */
function addRounds(server: McpServer): void {
  const one = (name: string, type: string) => ({
    type: "object",
    properties: { [name]: { type } },
    required: [name],
  });
  const askName = inputRequired.elicit(form("What is your name?", one("name", "string")));
  const roots = inputRequired.listRoots();
  const confirm = inputRequired.elicit(form("Please confirm", one("ok", "boolean")));
  const nameOf = ({ mcpReq }: ServerContext, key: string) =>
    acceptedContent(mcpReq.inputResponses, key, z.object({ name: z.string() }))?.name;

  const askForName = (context: ServerContext) => {
    const name = nameOf(context, "user_name");
    return name === undefined
      ? inputRequired({ inputRequests: { user_name: askName } })
      : text(`Hello, ${name}!`);
  };
  add(server, "test_input_required_result_elicitation", askForName);
  add(server, "test_streaming_elicitation", askForName);
  add(server, "test_input_required_result_sampling", ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "capital_question");
    if (answer.kind === "missing") {
      return inputRequired({
        inputRequests: { capital_question: askModel("What is the capital of France?", 100) },
      });
    }
    return text(`The model said: ${JSON.stringify(answer)}`);
  });
  add(server, "test_input_required_result_list_roots", ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "client_roots");
    if (answer.kind === "missing") return inputRequired({ inputRequests: { client_roots: roots } });
    return text(`Roots: ${JSON.stringify(answer)}`);
  });
  const withState = async ({ mcpReq }: ServerContext) =>
    mcpReq.requestState<{ round: number }>() === undefined
      ? inputRequired({ inputRequests: { confirm }, requestState: await codec.mint({ round: 1 }) })
      : text("state-ok");
  add(server, "test_input_required_result_request_state", withState);
  add(server, "test_input_required_result_tampered_state", withState);
  add(server, "test_input_required_result_multiple_inputs", async ({ mcpReq }) =>
    ["user_name", "greeting", "client_roots"].every(
      (key) => mcpReq.inputResponses?.[key] !== undefined,
    )
      ? text("All three were given.")
      : inputRequired({
          inputRequests: {
            user_name: askName,
            greeting: askModel("Generate a greeting", 50),
            client_roots: roots,
          },
          requestState: await codec.mint({ round: 1 }),
        }),
  );
  add(server, "test_input_required_result_multi_round", async ({ mcpReq }) => {
    const round = mcpReq.requestState<{ round: number }>()?.round ?? 0;
    if (round >= 2) return text("Both steps are done.");
    const [key, question, field] =
      round === 0
        ? (["step1", "Step 1: What is your name?", "name"] as const)
        : (["step2", "Step 2: What is your favorite color?", "color"] as const);
    return inputRequired({
      inputRequests: { [key]: inputRequired.elicit(form(question, one(field, "string"))) },
      requestState: await codec.mint({ round: round + 1 }),
    });
  });
  add(server, "test_input_required_result_capabilities", ({ mcpReq }) => {
    const can = declared(mcpReq);
    return inputRequired({
      inputRequests: {
        ...(can.sampling !== undefined && { greeting: askModel("Generate a greeting", 50) }),
        ...(can.elicitation !== undefined && { user_name: askName }),
      },
    });
  });
  const askContext = inputRequired.elicit(
    form("What context should the prompt use?", one("context", "string")),
  );
  server.registerPrompt(
    "test_input_required_result_prompt",
    { description: "A prompt that asks first." },
    ({ mcpReq }) => {
      const given = acceptedContent(
        mcpReq.inputResponses,
        "user_context",
        z.object({ context: z.string() }),
      );
      if (given === undefined)
        return inputRequired({ inputRequests: { user_context: askContext } });
      return {
        messages: [
          {
            role: "user" as const,
            content: { type: "text" as const, text: `In the context of ${given.context}` },
          },
        ],
      };
    },
  );
}

function addResources(server: McpServer): void {
  const about = (name: string, mimeType: string) => ({
    title: name,
    description: `Fixture ${name}.`,
    mimeType,
  });
  const fixed = (name: string, mimeType: string, content: { text: string } | { blob: string }) =>
    server.registerResource(name, `test://${name}`, about(name, mimeType), (uri) => ({
      contents: [{ uri: uri.href, mimeType, ...content }],
    }));
  fixed("static-text", "text/plain", { text: "This is the content of the static text resource." });
  fixed("static-binary", "image/png", { blob: png });
  fixed("watched-resource", "text/plain", { text: "This is watched." });
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined });
  server.registerResource(
    "template",
    template,
    about("template", "application/json"),
    (uri, { id }) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: "application/json",
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
        },
      ],
    }),
  );
}

function addPrompts(server: McpServer): void {
  const said = (words: string) => ({
    role: "user" as const,
    content: { type: "text" as const, text: words },
  });
  server.registerPrompt("test_simple_prompt", { description: "A plain prompt." }, () => ({
    messages: [said("This is a simple prompt for testing.")],
  }));
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "A prompt with two arguments.",
      argsSchema: z.object({ arg1: completable(z.string(), () => ["paris"]), arg2: z.string() }),
    },
    ({ arg1, arg2 }) => ({
      messages: [said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    {
      description: "A prompt with a resource in it.",
      argsSchema: z.object({ resourceUri: z.string() }),
    },
    ({ resourceUri: uri }) => ({
      messages: [
        {
          role: "user" as const,
          content: {
            type: "resource" as const,
            resource: {
              uri,
              mimeType: "text/plain",
              text: "Embedded resource content for testing.",
            },
          },
        },
        said("Please process the embedded resource above."),
      ],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_image",
    { description: "A prompt with an image." },
    () => ({
      messages: [
        {
          role: "user" as const,
          content: { type: "image" as const, data: png, mimeType: "image/png" },
        },
        said("Please analyze the image above."),
      ],
    }),
  );
}
