/**
 * Runs something that can be stopped, until a time.
 *
 * @param start gets a signal that comes at `end` or with the caller's own
 * @param end as performance.now() tells time; Infinity = no limit
 * @returns what it gave, or "late"; a failure that comes after `end` is nobody's any more
 */
export async function untilTime<T>(
  start: (signal: AbortSignal) => Promise<T>,
  end: number,
  signal: AbortSignal | undefined,
): Promise<T | "late"> {
  const stop = new AbortController();
  const work = start(signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]));
  const first = await inTime(work, end);
  if (first === "late") stop.abort();
  return first;
}

/** The same for work that cannot be stopped: it goes on, and what it gives is nobody's. */
export async function inTime<T>(work: Promise<T>, end: number): Promise<T | "late"> {
  if (end === Number.POSITIVE_INFINITY) return await work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((done) => {
    timer = setTimeout(() => done("late"), Math.max(0, end - performance.now()));
  });
  const first = await Promise.race([work, late]).finally(() => clearTimeout(timer));
  if (first === "late") work.catch(() => undefined);
  return first;
}
