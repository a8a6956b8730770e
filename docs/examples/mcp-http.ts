import { createHttpListener, openBackend, readOrMakeToken } from "haypile/mcp";

await using backend = await openBackend();
const token = readOrMakeToken(process.env.HAYPILE_DATA_DIR ?? "data"); // clients show it: Authorization: Bearer …
const server = createHttpListener(backend, { token, allowedHosts: ["code.example"] });
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
console.log(server.address(), await backend.haypile.openFolders());
await new Promise((resolve) => server.close(resolve));
