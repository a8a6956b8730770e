/*
 * How the work of something grows with its input, told by processor time and not by the clock: whatever else the
 * machine does, a search that tries every way is told from one pass.
 */

/** Processor time of one run, milliseconds: the least of some runs, each long enough to be measured. */
function cpuMs(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3; tries += 1) {
    const before = process.cpuUsage();
    let runs = 0;
    let spent = 0;
    while (spent < 20_000) {
      run();
      runs += 1;
      const { user, system } = process.cpuUsage(before);
      spent = user + system;
    }
    least = Math.min(least, spent / runs / 1_000);
  }
  return least;
}

/**
 * @param make something to run on an input of a size
 * @returns how many times the work of a size is that of an eighth of it: about 8 where it is one pass, 64 and more
 *   where every part is held against every other
 */
export function growth(make: (size: number) => () => void, size: number): number {
  // The first round is for the compiler.
  cpuMs(make(size / 8));
  cpuMs(make(size));
  return cpuMs(make(size)) / cpuMs(make(size / 8));
}

/** Between one pass and every part against every other, with room for a busy machine on both sides. */
export const mostGrowth = 24;
