import { TestRunner } from "vitest";

/** What only the local stage has: asking for it skips the test, by name. */
export function only(what: string): () => never {
  return () => {
    const test = TestRunner.getCurrentTest();
    const reason = `needs the local stage: ${what}`;
    if (test) test.context.skip(reason);
    throw new Error(reason);
  };
}
