/* The examples of contrib/team: they fit each other and the program, and a server starts with their very words. */
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { makeProgram } from "../../../src/cli/main.ts";
import { optionNames, rowOf } from "../../../src/config/options/options.ts";
import { checkServe, type ServeOptions } from "../../../src/daemon/serve/serve-options.ts";
import { readClients } from "../../../src/http/team/clients/client-book.ts";
import { placeOf } from "../../../src/storage/postgres/link/place.ts";
import { repository } from "../../helpers/model.ts";
import { testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { ask, bearer, json } from "../asking.ts";
import { serveData, startServer } from "./serving.ts";

const folder = join(repository, "contrib", "team");
const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");
const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  version: string;
};
// biome-ignore lint/suspicious/noExplicitAny: what others define, looked at field by field
type Any = any;

const compose = parse(textOf("compose.yaml"), { merge: true }) as Any;
const documents: Any[] = parseAllDocuments(textOf("kubernetes.yaml")).map((one) => {
  expect(one.errors).toEqual([]);
  return one.toJS();
});
const kind = (name: string): Any[] => documents.filter((one) => one.kind === name);
const pod = (): Any => kind("Deployment")[0].spec.template.spec;
const container = (): Any => pod().containers[0];

let known: Set<string>;
let flags: (words: readonly string[]) => ServeOptions;

beforeAll(async () => {
  const program = await makeProgram(new AbortController().signal, false, ["serve"]);
  const serve = program.commands.find((one) => one.name() === "serve");
  known = new Set(serve?.options.map(({ long }) => long ?? ""));
  flags = (words) => {
    expect(words[0]).toBe("serve");
    const [, ...rest] = words;
    serve?.parseOptions([...rest]);
    return serve?.opts() as ServeOptions;
  };
});

const cases: [string, () => { words: string[]; env: string[]; image: string; graceS: number }][] = [
  [
    "docker compose",
    () => {
      const {
        command,
        environment,
        image,
        stop_grace_period: grace,
      } = compose.services["haypile-1"];
      return {
        words: command,
        env: Object.keys(environment),
        image,
        graceS: Number.parseInt(grace, 10),
      };
    },
  ],
  [
    "Kubernetes",
    () => {
      const { args, env, image } = container();
      const graceS = pod().terminationGracePeriodSeconds;
      return { words: args, env: env.map(({ name }: Any) => name), image, graceS };
    },
  ],
];

describe.each(cases)("the example of %s", (_, read) => {
  it("says flags and variables that there are, of this version, and leaves time to end", () => {
    const { words, env, image, graceS } = read();
    for (const word of words.filter((one) => one.startsWith("--"))) expect(known).toContain(word);
    const folders = ["DATA", "CACHE", "CONFIG"].map((kind) => `HAYPILE_${kind}_DIR`);
    const own = optionNames.map((name) => rowOf(name).env);
    const variables = [...own, ...folders, "HAYPILE_STORE_PASSWORD"];
    for (const name of env) expect(variables).toContain(name);
    expect(image).toBe(`haypile:${version}`);
    const options = flags(words);
    expect(graceS).toBeGreaterThan(Number(options.drainDelay) + Number(options.drain) + 20);
    expect(checkServe(options).names).toContain("haypile.example.com");
    expect(words.join(" ")).not.toMatch(/password|hpt_/u);
  });

  it("starts a server that is ready", async () => {
    const place = serveData();
    onTestFinished(place.remove);
    const clients = join(place.data, "clients.json");
    writeFileSync(clients, kind("Secret")[1].stringData["clients.json"]);
    expect(readClients(clients)).toEqual([]);
    const options = flags(read().words);
    const server = await startServer({ ...options, clients, listen: "127.0.0.1:0", drainDelay: 0 });
    await server.untilReady();
    await server.stop();
  });
});

describe.skipIf(whyNoPostgres !== undefined)("the store of docker compose", () => {
  it("is reached by the words of the example, where PostgreSQL has no TLS and asks for a password", async () => {
    const place = serveData();
    onTestFinished(place.remove);
    const { HAYPILE_STORE: address } = compose.services["haypile-1"].environment;
    const { host, user, database: named, tls } = placeOf({ url: address });
    const { services } = compose;
    expect(services).toHaveProperty(host);
    expect(services[host].environment).toMatchObject({ POSTGRES_USER: user, POSTGRES_DB: named });
    const database = await testDatabase();
    const role = `pw_${user}_${randomBytes(4).toString("hex")}`;
    await database.ask(
      `CREATE ROLE ${role} LOGIN PASSWORD 'of the example'; GRANT CREATE ON DATABASE ${new URL(database.url).pathname.slice(1)} TO ${role}`,
    );
    const file = join(place.data, "store-password");
    writeFileSync(file, "of the example\n", { mode: 0o600 });
    // An address of this machine would need no TLS by itself; what the example comes to is said here.
    vi.stubEnv("HAYPILE_STORE", `${database.urlAs(role)}?sslmode=${tls}`);
    vi.stubEnv("HAYPILE_STORE_PASSWORD_FILE", file);
    const server = await startServer({ listen: "127.0.0.1:0" });
    onTestFinished(async () => {
      await server.stop();
      vi.unstubAllEnvs();
      await database.ask(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
      await database.close();
    });
    const token = server.client("asks", { write: ["team"] });
    const kept = await ask(server.port, "/api/v1/memories/remember", {
      method: "POST",
      headers: { ...json, ...bearer(token) },
      body: JSON.stringify({ text: "We deploy on Tuesdays." }),
    });
    expect([kept.status, JSON.parse(kept.body).status]).toEqual([200, "stored"]);
    expect(await database.ask("SELECT text FROM haypile.memory_rows")).toHaveLength(1);
  });

  it("is in a network that nothing leads out of, with the servers alone", () => {
    const { services, networks } = compose;
    const [inside] = services.store.networks;
    expect(services.store.networks).toEqual([inside]);
    expect(networks[inside]).toMatchObject({ internal: true });
    for (const [name, { networks: of }] of Object.entries<Any>(services)) {
      for (const network of of) expect(networks, name).toHaveProperty(network);
      if (name !== "store" && !name.startsWith("haypile-")) expect(of, name).not.toContain(inside);
    }
  });
});

it("of docker compose is begun as docs/team-server.md says, with an image that is made as it is named", () => {
  const [heading] = /(?<=")To begin [^"]+/u.exec(textOf("compose.yaml")) ?? [];
  const docs = readFileSync(join(repository, "docs", "team-server.md"), "utf8");
  const [, part = ""] = docs.split(`\n### ${heading}\n`);
  expect(part).toContain(`docker build -t haypile:${version} .`);
  for (const { file } of Object.values<Any>(compose.secrets)) {
    expect(part).toContain(file.replace("./", ""));
  }
});

it("of docker compose names secrets, volumes and services that are there, and no server has rights it needs not", () => {
  const { services, secrets, volumes } = compose;
  const caddy = textOf("Caddyfile");
  for (const name of ["haypile-1", "haypile-2"]) {
    const server = services[name];
    const port = server.command[server.command.indexOf("--listen") + 1].split(":").at(-1);
    expect(caddy).toContain(`${name}:${port}`);
    expect(server).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    expect(server.ports).toBeUndefined();
    expect(server.healthcheck.test).toEqual(["CMD", "/usr/local/bin/haypile", "health"]);
  }
  expect(caddy).toContain("health_uri /ready");
  for (const [name, service] of Object.entries<Any>(services)) {
    for (const secret of service.secrets ?? []) expect(secrets, name).toHaveProperty(secret);
    for (const volume of service.volumes ?? []) {
      const [from] = volume.split(":");
      if (!from.startsWith(".")) expect(Object.keys(volumes), name).toContain(from);
    }
    const on = service.depends_on ?? [];
    for (const other of Array.isArray(on) ? on : Object.keys(on))
      expect(services).toHaveProperty(other);
  }
  // A file that is mounted by itself stays the old one when another is put in its place.
  const mounted = services["haypile-1"].volumes.find((one: string) => one.includes("/etc/haypile"));
  expect(mounted).toBe("./clients:/etc/haypile:ro");
  for (const name of ["haypile-1", "haypile-2"]) {
    const { command, volumes: of } = services[name];
    expect(of).toContain(mounted);
    expect(dirname(command[command.indexOf("--clients") + 1])).toBe("/etc/haypile");
  }
  expect(services.store.ports).toBeUndefined();
  expect(services.store.image).toMatch(/^pgvector\/pgvector:/);
});

it("of Kubernetes keeps its files where it may, in a volume that belongs to root", async () => {
  const place = serveData();
  onTestFinished(place.remove);
  const { volumeMounts, env } = container();
  const { mountPath } = volumeMounts.find(({ name }: Any) => name === "data");
  const volume = join(place.data, "volume");
  mkdirSync(volume);
  chmodSync(volume, 0o777);
  // Another's, as an emptyDir is. Only root can give a folder away.
  if (process.geteuid?.() === 0) chownSync(volume, 1_000, 1_000);
  const folders = env.filter(({ name }: Any) => /^HAYPILE_.*_DIR$/u.test(name));
  const inVolume = (path: string): string => path.replace(mountPath, volume);
  // What the image says where the pod says nothing.
  for (const [name, value] of [
    ["HAYPILE_DATA_DIR", "/data"],
    ["HAYPILE_CACHE_DIR", "/data/cache"],
    ["HAYPILE_CONFIG_DIR", "/data/config"],
  ]) {
    const said = folders.find((one: Any) => one.name === name)?.value ?? value;
    expect(said, name).toMatch(/^\/data\/./u);
    vi.stubEnv(name ?? "", inVolume(said));
  }
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = await startServer();
  await server.untilReady();
  await server.stop();
});

it("of Kubernetes fits together, and its servers run as nobody's root", () => {
  const [deployment] = kind("Deployment");
  const labels = deployment.spec.template.metadata.labels;
  expect(deployment.spec.replicas).toBeGreaterThan(1);
  expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
  for (const selector of [
    deployment.spec.selector.matchLabels,
    kind("Service")[0].spec.selector,
    kind("PodDisruptionBudget")[0].spec.selector.matchLabels,
    kind("NetworkPolicy")[0].spec.podSelector.matchLabels,
  ]) {
    expect(labels).toMatchObject(selector);
  }
  const { args, env, ports, volumeMounts, securityContext } = container();
  const port = Number(args[args.indexOf("--listen") + 1].split(":").at(-1));
  expect(ports[0].containerPort).toBe(port);
  const { ingress: comesIn } = kind("NetworkPolicy")[0].spec;
  expect(comesIn[0].ports[0].port).toBe(port);
  // Without "from", or with a selector of all, every pod would reach a port in the clear.
  for (const { from = [{}] } of comesIn) {
    for (const { namespaceSelector } of from) {
      const said = Object.keys(namespaceSelector?.matchLabels ?? {});
      expect(said).toEqual(["kubernetes.io/metadata.name"]);
    }
  }
  expect(kind("Service")[0].spec.ports[0].targetPort).toBe(ports[0].name);
  expect(container().readinessProbe.httpGet).toEqual({ path: "/ready", port: ports[0].name });
  for (const probe of ["livenessProbe", "startupProbe"]) {
    expect(container()[probe].httpGet).toEqual({ path: "/health", port: ports[0].name });
  }
  expect(pod().securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  expect(securityContext).toMatchObject({
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
  });
  expect(securityContext.capabilities.drop).toEqual(["ALL"]);
  const secrets = kind("Secret").map(({ metadata }) => metadata.name);
  const named = [
    ...env.flatMap((one: Any) => one.valueFrom?.secretKeyRef?.name ?? []),
    ...pod().volumes.flatMap((one: Any) => one.secret?.secretName ?? []),
  ];
  for (const name of named) expect(secrets).toContain(name);
  const volumes = pod().volumes.map(({ name }: Any) => name);
  for (const { name } of volumeMounts) expect(volumes).toContain(name);
  const clients = args[args.indexOf("--clients") + 1];
  expect(volumeMounts.some(({ mountPath }: Any) => clients.startsWith(`${mountPath}/`))).toBe(true);
  const [ingress] = kind("Ingress");
  expect(ingress.spec.rules[0].host).toBe(new URL(args[args.indexOf("--public-url") + 1]).hostname);
  expect(ingress.spec.rules[0].http.paths[0].backend.service.name).toBe(
    kind("Service")[0].metadata.name,
  );
  for (const { metadata, kind: what } of documents) {
    if (what !== "Namespace") expect(metadata.namespace).toBe("haypile");
  }
});
