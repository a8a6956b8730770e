/*
 * A server of its own process over stdin and stdout, as a client starts it. Arguments: the folder for data, the
 * project, and options as JSON. It ends when its input ends; a timer is there that would keep it alive.
 */
import { serveStreams } from "../../src/mcp/stdio.ts";
import { testHome } from "../helpers/mcp.ts";

const [data = "", root = "", options = "{}"] = process.argv.slice(2);
const home = testHome(data);
await home.engine(root);
setInterval(() => undefined, 60_000);
await serveStreams(process.stdin, process.stdout, { root }, home, JSON.parse(options));
await home.close();
process.exit(0);
