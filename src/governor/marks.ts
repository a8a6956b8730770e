/* The shares of the limit at which memory is short: above them the governor acts. */

/** Freed and unused pages are given back. */
export const warningShare = 0.85;
/** One thing after another is given up. */
export const criticalShare = 0.94;
