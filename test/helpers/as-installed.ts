/*
 * For tests that look at memory: programs they start are as a user's, without the compiled code that those of other
 * tests keep for each other (vitest.config.ts).
 */
delete process.env.NODE_COMPILE_CACHE;
