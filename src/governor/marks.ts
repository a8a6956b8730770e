/* The marks below the limit at which memory is short, and how the governor goes about it. */

/** One of them: a part of the limit, or bytes. */
export interface Mark {
  value: number;
  unit: "share" | "bytes";
}

/** Shares of a limit, from low to high. */
export interface MarkShares {
  /** What was given up is taken back below it. */
  target: number;
  /** Freed and unused pages are given back. */
  warning: number;
  /** One thing after another is given up. */
  critical: number;
}

export interface Policy {
  marks: Readonly<Record<keyof MarkShares, Mark>>;
  /** Time between two looks, milliseconds; 0: only when asked. */
  everyMs: number;
  /** "aggressive": what changes no answer is given up from the warning mark on, a step at each look. */
  cleanup: "gentle" | "aggressive";
}

export const defaultPolicy: Policy = {
  marks: {
    target: { value: 0.78, unit: "share" },
    warning: { value: 0.85, unit: "share" },
    critical: { value: 0.94, unit: "share" },
  },
  everyMs: 100,
  cleanup: "gentle",
};

/** A mark above the limit is at the limit. */
export function sharesOf({ marks }: Policy, limitBytes: number): MarkShares {
  const share = ({ value, unit }: Mark): number =>
    Math.min(1, unit === "share" ? value : value / limitBytes);
  const { target, warning, critical } = marks;
  return { target: share(target), warning: share(warning), critical: share(critical) };
}
