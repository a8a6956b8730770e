import { z } from "zod";
import { adds, defineTool } from "../call/tool.ts";
import { engineToIndex } from "../project/project.ts";
import { path } from "./fields.ts";
import { jobRecord, jobText, longestWaitSeconds, waitFor } from "./job-text.ts";

export const indexPath = defineTool({
  name: "index_path",
  title: "Index a folder",
  description:
    "Build or refresh the code index of a project folder, in the background. Needed once before code can be searched, and after many files changed. Gives a job id for index_status.",
  group: "admin",
  input: z.strictObject({
    path: path.describe("Default: the current project").optional(),
    wait_seconds: z.int().min(0).max(longestWaitSeconds).default(20),
    cancel: z.boolean().describe("Stop the running job instead").default(false),
  }),
  annotations: adds,
  hasRecord: true,
  async run({ path: folder, wait_seconds: seconds, cancel }, call) {
    const { jobs } = call.backend;
    const engine = await engineToIndex(call, folder);
    if (cancel) {
      const running = jobs.running(engine.root);
      if (running === undefined) return { text: "No job is running there.", record: { jobs: [] } };
      jobs.cancel(running.id);
      await jobs.wait(running.id, Math.min(5000, call.msLeft() / 2), call.signal);
      return { text: jobText(running), record: jobRecord(running) };
    }
    const { backend } = call;
    const job = jobs.start(engine, (run) => backend.withEngine?.(engine.root, run) ?? run(engine));
    await waitFor(job, seconds, call);
    return { text: jobText(job), record: jobRecord(job) };
  },
});
