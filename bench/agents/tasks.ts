/*
 * Thirty things an agent wants to know of Fastify 5.6.1, with the lines that answer each. Questions, words and places were
 * written for this bench, from reading the sources.
 *
 * - "where": a question in words that are not the code's. `words` is what somebody who does not know the code greps for,
 *   in that order.
 * - "definition": a name is known, its definition is wanted.
 * - "uses": where a name is used, every place outside of tests.
 * - "file": what is in a file.
 */

export interface Place {
  file: string;
  /** First and last line, from 1. */
  lines: readonly [number, number];
}

export type Task =
  | { kind: "where"; question: string; words: readonly string[]; answer: Place }
  | { kind: "definition"; name: string; answer: Place }
  | { kind: "uses"; name: string; file: string; answers: readonly (readonly [string, number])[] }
  | { kind: "file"; file: string; answer: readonly string[] };

export const tree = {
  package: "fastify@5.6.1",
  /** Of the tarball, as npm's registry gives it. */
  integrity:
    "sha512-WjjlOciBF0K8pDUPZoGPhqhKrQJ02I8DKaDIfO51EL0kbSMwQFl85cRwhOvmSDWoukNOdTo27gLN549pLCcH7Q==",
};

export const tasks: readonly Task[] = [
  {
    kind: "where",
    question: "where is a request refused because its body is too large",
    words: ["too large", "bodyLimit", "body.*limit"],
    answer: { file: "lib/contentTypeParser.js", lines: [227, 230] },
  },
  {
    kind: "where",
    question: "how is the id of a new request made when the client sends none",
    words: ["request id", "genReqId", "reqId"],
    answer: { file: "lib/reqIdGenFactory.js", lines: [37, 40] },
  },
  {
    kind: "where",
    question: "what status code does a redirect get by default",
    words: ["redirect", "302"],
    answer: { file: "lib/reply.js", lines: [437, 439] },
  },
  {
    kind: "where",
    question: "where are several set-cookie headers kept instead of being overwritten",
    words: ["set-cookie"],
    answer: { file: "lib/reply.js", lines: [243, 247] },
  },
  {
    kind: "where",
    question: "what happens to requests that arrive while the server is shutting down",
    words: ["closing", "503", "shutting down"],
    answer: { file: "lib/route.js", lines: [457, 466] },
  },
  {
    kind: "where",
    question: "how does it listen on both IPv4 and IPv6 when the host is localhost",
    words: ["localhost", "IPv6", "::1"],
    answer: { file: "lib/server.js", lines: [147, 152] },
  },
  {
    kind: "where",
    question: "how is the client's address worked out behind proxies",
    words: ["trustProxy", "x-forwarded-for", "proxy"],
    answer: { file: "lib/request.js", lines: [105, 109] },
  },
  {
    kind: "where",
    question: "which host is taken when the forwarded header has several values",
    words: ["x-forwarded-host", "forwarded"],
    answer: { file: "lib/request.js", lines: [91, 95] },
  },
  {
    kind: "where",
    question: "how is a plugin's prefix joined with that of its parent without double slashes",
    words: ["prefix", "slash"],
    answer: { file: "lib/pluginOverride.js", lines: [81, 87] },
  },
  {
    kind: "where",
    question: "where does a plugin get its name when it declares none",
    words: ["plugin name", "pluginName"],
    answer: { file: "lib/pluginUtils.js", lines: [28, 39] },
  },
  {
    kind: "where",
    question: "which version of the framework does a plugin require, and where is that checked",
    words: ["version", "semver"],
    answer: { file: "lib/pluginUtils.js", lines: [116, 127] },
  },
  {
    kind: "where",
    question: "how are keys of header schemas made case insensitive before validation",
    words: ["case insensitive", "toLowerCase", "headers.*schema"],
    answer: { file: "lib/validation.js", lines: [73, 83] },
  },
  {
    kind: "where",
    question: "what is logged when a stream ends before the response was complete",
    words: ["premature", "stream.*error", "stream closed"],
    answer: { file: "lib/reply.js", lines: [673, 676] },
  },
  {
    kind: "where",
    question: "where is the serializer chosen by response status and content type",
    words: ["serializer", "content-?type", "status.*schema"],
    answer: { file: "lib/schemas.js", lines: [149, 154] },
  },
  {
    kind: "where",
    question: "how does a HEAD request get its content length without a body",
    words: ["HEAD", "content-length"],
    answer: { file: "lib/headRoute.js", lines: [19, 23] },
  },
  {
    kind: "where",
    question: "what does a thrown error's status code become, and which level is it logged at",
    words: ["statusCode", "error handler", "errorHandler"],
    answer: { file: "lib/error-handler.js", lines: [84, 90] },
  },
  {
    kind: "where",
    question: "how are open keep-alive connections ended on close",
    words: ["keep-?alive", "close.*connections"],
    answer: { file: "fastify.js", lines: [477, 490] },
  },
  {
    kind: "where",
    question: "which methods must a custom logger have",
    words: ["logger", "custom logger", "fatal"],
    answer: { file: "lib/logger-factory.js", lines: [61, 64] },
  },
  {
    kind: "where",
    question: "is a Response object of the web API sent with its own status and headers",
    words: ["Response", "web api", "fetch"],
    answer: { file: "lib/reply.js", lines: [583, 593] },
  },
  {
    kind: "where",
    question: "where is the parser for a content type with parameters like charset picked",
    words: ["charset", "content-?type", "parser"],
    answer: { file: "lib/contentTypeParser.js", lines: [117, 130] },
  },
  {
    kind: "definition",
    name: "getTrustProxyFn",
    answer: { file: "lib/request.js", lines: [38, 56] },
  },
  {
    kind: "definition",
    name: "safeWriteHead",
    answer: { file: "lib/reply.js", lines: [550, 560] },
  },
  {
    kind: "definition",
    name: "wrapValidationError",
    answer: { file: "lib/validation.js", lines: [241, 255] },
  },
  {
    kind: "definition",
    name: "normalizeAndValidateMethod",
    answer: { file: "lib/route.js", lines: [548, 559] },
  },
  {
    kind: "definition",
    name: "setupSerializer",
    answer: { file: "lib/schema-controller.js", lines: [153, 160] },
  },
  {
    kind: "uses",
    name: "validateBodyLimitOption",
    file: "lib/route.js",
    answers: [
      ["lib/route.js", 215],
      ["fastify.js", 125],
    ],
  },
  {
    kind: "uses",
    name: "createChildLogger",
    file: "lib/logger-factory.js",
    answers: [
      ["fastify.js", 775],
      ["fastify.js", 800],
      ["lib/fourOhFour.js", 66],
      ["lib/fourOhFour.js", 174],
      ["lib/route.js", 446],
    ],
  },
  {
    kind: "uses",
    name: "getGenReqId",
    file: "lib/reqIdGenFactory.js",
    answers: [
      ["fastify.js", 774],
      ["fastify.js", 799],
      ["lib/fourOhFour.js", 65],
      ["lib/fourOhFour.js", 173],
      ["lib/route.js", 437],
    ],
  },
  {
    kind: "file",
    file: "lib/hooks.js",
    answer: [
      "hookRunnerApplication",
      "onListenHookRunner",
      "hookRunnerGenerator",
      "onSendHookRunner",
    ],
  },
  {
    kind: "file",
    file: "lib/schema-controller.js",
    answer: ["setValidatorCompiler", "getSchemas", "setupValidator"],
  },
];
