import * as z from "zod/mini";
import { membersOf } from "../query-protocol.ts";
import { AwsError } from "../service.ts";

const SessionTags = z.object({
  Tags: z._default(z.array(z.object({ Key: z._default(z.string(), "") })), []),
  TransitiveTagKeys: z._default(z.array(z.string()), []),
});

/**
 * Nothing here looks at a session's tags, but they have to be some.
 * Source: localstack/localstack, tests/aws/services/sts/test_sts.snapshot.json, recorded on AWS.
 * @throws AwsError InvalidParameterValue
 */
export function checkSessionTags(form: URLSearchParams): void {
  const read = z.safeParse(SessionTags, membersOf(form));
  if (!read.success) return;
  const keys = read.data.Tags.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size < keys.length) {
    throw invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  if (read.data.TransitiveTagKeys.some((key) => !keys.includes(key.toLowerCase()))) {
    throw invalid("The specified transitive tag key must be included in the requested tags.");
  }
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterValue", message);
}
