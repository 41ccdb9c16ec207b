import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { startParts } from "../gateway/parts.ts";

/** Source: Lambda DG, "Lambda runtimes": the Node.js runtimes include the AWS SDK for JavaScript. */
export const CODE = `import { SQSClient } from "@aws-sdk/client-sqs";
  export const handler = async ({ Records = [] }) => {
    for (const { body } of Records) console.log("got " + body);
    return { sdk: typeof SQSClient, greeting: process.env.GREETING, batchItemFailures: [] };
  };`;

export function zipOf(code: string): Uint8Array {
  return zipSync({ "src/index.mjs": strToU8(code) });
}

/** All parts, and a function that is uploaded as somebody else would. */
export async function startStranger() {
  const parts = await startParts();
  const sdk = new LambdaClient(parts.client());
  const create = (changes: Partial<CreateFunctionCommandInput> = {}) =>
    sdk.send(
      new CreateFunctionCommand({
        FunctionName: "stranger",
        Runtime: "nodejs24.x",
        Role: "arn:aws:iam::000000000000:role/stranger",
        Handler: "src/index.handler",
        Code: { ZipFile: zipOf(CODE) },
        Environment: { Variables: { GREETING: "hello" } },
        ...changes,
      }),
    );
  const invoke = async () => {
    const { Payload } = await sdk.send(new InvokeCommand({ FunctionName: "stranger" }));
    return JSON.parse(Buffer.from(Payload ?? []).toString()) as object;
  };
  return { parts, sdk, create, invoke };
}
