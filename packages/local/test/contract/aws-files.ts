/** The files whose tests need nothing but an API of AWS, or say in themselves what they need more. */
export const AWS_FILES = [
  "cognito/devices",
  "cognito/federation-settings",
  "cognito/groups",
  "cognito/mfa",
  "cognito/passwords",
  "cognito/pools",
  "cognito/protocol",
  "cognito/refresh",
  "cognito/self-service",
  "cognito/sign-in",
  "cognito/sign-up",
  "cognito/srp",
  "cognito/tokens",
  "cognito/users",
  "eventbridge/archives",
  "eventbridge/pattern",
  "eventbridge/permissions",
  "eventbridge/put-events",
  "eventbridge/rules",
  "eventbridge/schedule",
  "eventbridge/tags",
  "gateway/sqs",
  "gateway/sqs-errors",
  "gateway/sqs-messages",
].map((name) => `packages/local/test/contract/${name}.test.ts`);

const ON_AWS = process.env["CARRYOVER_CONTRACT"] === "aws";

/** On AWS a queue may answer that it is empty when it is not, and a rule take longer than others: with new names, again. */
export function contractRetries(): number {
  return ON_AWS && !process.env["AWS_ENDPOINT_URL"] ? 2 : 0;
}

/** What the contract suite consists of: vitest.config.ts asks. */
export function contractFiles(): string[] {
  return ON_AWS ? AWS_FILES : ["packages/local/test/contract/**/*.test.ts"];
}
