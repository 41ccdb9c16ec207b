import { SQSClient } from "@aws-sdk/client-sqs";
import { AwsQueryProtocol } from "@aws-sdk/core/protocols";
import type { Parts } from "./parts.ts";

/** SQS's protocols: the one of today's clients, and the one of those from before November 2023. */
export const PROTOCOLS = ["JSON", "query"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** An SDK client that speaks one of them. */
export function sqsClient(parts: Parts, protocol: Protocol): SQSClient {
  return protocol === "JSON"
    ? parts.queues()
    : new SQSClient({ ...parts.client(), protocol: AwsQueryProtocol });
}
