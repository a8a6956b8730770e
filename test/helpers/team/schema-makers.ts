/* Several processes that make the tables of a store at the same time. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const source = join(import.meta.dirname, "..", "..", "..", "src", "storage", "postgres");

/** What each says: the version it found at the end, or its error. */
export async function schemaMakers(url: string, count: number): Promise<string[]> {
  const program = `
    const { openLink } = await import(${JSON.stringify(pathToFileURL(join(source, "link", "open.ts")).href)});
    const { ensureSchema } = await import(${JSON.stringify(pathToFileURL(join(source, "schema", "schema.ts")).href)});
    const link = openLink({ url: ${JSON.stringify(url)} });
    try {
      ensureSchema(link);
      console.log(link.lists("SELECT max(version) FROM schema_versions")[0][0]);
    } catch (error) {
      console.log(error.message);
    }
    link.close();
  `;
  return Promise.all(
    Array.from({ length: count }, async () => {
      const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      child.stdout.on("data", (text: Buffer) => {
        said += text.toString();
      });
      await new Promise((done) => child.once("close", done));
      return said.trim();
    }),
  );
}
