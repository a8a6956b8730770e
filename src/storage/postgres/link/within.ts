/* An end for what a connection is asked before it is ours. */

/** A pooler without a free connection lets in whoever comes, and answers nobody. @throws Error when the time is over */
export async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    const why = new Error("it let us in, and did not answer after that");
    timer = setTimeout(() => fail(why), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
