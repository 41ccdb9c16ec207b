/** The files whose tests need nothing but Cognito's own API, or say in themselves what they need more. */
export const AWS_FILES = ["groups", "pools", "sign-in", "users"].map(
  (name) => `packages/local/test/contract/cognito/${name}.test.ts`,
);

/** What the contract suite consists of: vitest.config.ts asks. */
export function contractFiles(): string[] {
  return process.env["CARRYOVER_CONTRACT"] === "aws"
    ? AWS_FILES
    : ["packages/local/test/contract/**/*.test.ts"];
}
