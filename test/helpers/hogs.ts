/* Programs that compute and nothing else, to have a busy machine to test on. */
import { type ChildProcess, spawn } from "node:child_process";

/** Runs work while so many of them are about. */
export async function besideHogs<T>(count: number, work: () => Promise<T>): Promise<T> {
  const hogs: ChildProcess[] = Array.from({ length: count }, () =>
    spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
  );
  try {
    return await work();
  } finally {
    for (const hog of hogs) hog.kill("SIGKILL");
  }
}
