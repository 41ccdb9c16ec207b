/** The files whose tests need nothing but an API of AWS, or say in themselves what they need more. */
export const AWS_FILES = [
  "cognito/devices",
  "cognito/federation-settings",
  "cognito/groups",
  "cognito/mfa",
  "cognito/passwords",
  "cognito/pools",
  "cognito/refresh",
  "cognito/sign-in",
  "cognito/sign-up",
  "cognito/srp",
  "cognito/tokens",
  "cognito/users",
  "eventbridge/pattern",
].map((name) => `packages/local/test/contract/${name}.test.ts`);

/** What the contract suite consists of: vitest.config.ts asks. */
export function contractFiles(): string[] {
  return process.env["CARRYOVER_CONTRACT"] === "aws"
    ? AWS_FILES
    : ["packages/local/test/contract/**/*.test.ts"];
}
