/*
 * A server of its own process over stdin and stdout, as a client starts it. Arguments: the folder for data, the
 * project, and options as JSON. It ends when its input ends; around it is code that prints and a timer that would keep it alive.
 */
import { serveProcess, takeStdout } from "../../src/mcp/stdio/own-stdout.ts";
import { testHome } from "../helpers/mcp.ts";

const [data = "", root = "", options = "{}"] = process.argv.slice(2);
const output = takeStdout();
const home = await testHome(data);
await home.engine(root);
// Other code prints, and keeps timers.
setInterval(() => process.stdout.write("noise\n"), 5);
await serveProcess({ root }, home, JSON.parse(options), output);
await home.close();
process.exit(0);
