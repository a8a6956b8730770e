import { PassThrough, Duplex } from "node:stream";
import { createServerFactory, IndexJobs, openBackend, serveConnection, serveStreams } from "haypile/mcp";

await using backend = await openBackend();
const connection = { root: process.cwd(), client: "example" };

// One client over two streams; a program that a client has started calls serveProcess() in place of it.
const input = new PassThrough();
const output = new PassThrough();
const served = serveStreams(input, output, connection, backend, { tools: ["code"] });
const client = { name: "example", version: "1" };
const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: client };
input.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
const [answer] = await output.take(1).toArray();
console.log(JSON.parse(String(answer)).result.serverInfo.name);
input.end();
await served;

// Over one stream that goes both ways, such as a socket.
const ended = Duplex.from({ readable: PassThrough.from([]), writable: new PassThrough() });
await serveConnection(ended, connection, backend);

// With transports of your own: a fresh server for each request.
const serversOf = createServerFactory(backend, { readOnly: true });
await serversOf(connection)().close();

// Index runs that outlive the call that began them.
const jobs = new IndexJobs({ keep: 10 });
const root = process.cwd();
const job = jobs.start(root, backend.haypile.code(root));
await jobs.wait(job.id, 60_000);
console.log(jobs.get(job.id)?.state, jobs.list().length, jobs.running(root)?.id);
jobs.cancel(job.id); // nothing to do: it has ended
await jobs.close();
