import type { WireResponse } from "../http.ts";
import { type Refusal, refused, type SqsCall } from "./call.ts";

type Correction = (found: RegExpExecArray, call: SqsCall) => Partial<Refusal>;

/** Errors of local-aws-sqs 2.0.2 of which SQS has another code or other words. */
const CORRECTIONS: readonly (readonly [said: RegExp, Correction])[] = [
  // Source: moto's tests/test_sqs, test_get_queue_attributes_errors.
  [/^Unknown Attribute ([^.]*)$/, ([said]) => ({ message: `${said}.` })],
  // Source: moto's tests/test_sqs, test_maximum_message_size_attribute_fails_for_invalid_values.
  [/^Invalid value for the parameter \w+\.$/, () => ({ code: "InvalidAttributeValue" })],
  // Source: what Terraform shows of it.
  [/same type of queue as the source\.\.$/, () => ({ code: "InvalidParameterValue" })],
  // Source: LocalStack's tests/aws/services/sqs.
  [
    /^The input receipt handle "(.*)" is not valid\.$/s,
    ([, handle]) => ({
      message: `The input receipt handle "${handle}" is not a valid receipt handle.`,
    }),
  ],
  // Source: LocalStack's test_posting_to_fifo_requires_deduplicationid_group_id, and of a batch
  // test_send_batch_missing_message_group_id_for_fifo_queue.
  [
    /^The request must contain the parameter MessageGroupId\.$/,
    (_found, { operation }) => ({
      code: operation === "SendMessageBatch" ? "InvalidParameterValue" : "MissingParameter",
    }),
  ],
  // Source: LocalStack's test_invalid_dead_letter_arn_rejected_before_lookup.
  [
    /^(Value .* Reason: )Dead-letter target ARN should be fully qualified ARN\.$/s,
    ([, start]) => ({ message: `${start}Invalid value for deadLetterTargetArn.` }),
  ],
  [
    /^The request include parameter MessageDeduplicationId which/,
    (_found, { input }) => ({
      message: `Value ${input["MessageDeduplicationId"]} for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    }),
  ],
  // Source: moto's tests/test_sqs, test_send_message_batch_errors: the first that is repeated.
  [/^Id .* repeated\.$/, (_found, { input }) => ({ message: `Id ${repeatedId(input)} repeated.` })],
];

/** What the library refused, in SQS's words. */
export function correctedAnswer(answer: WireResponse, call: SqsCall): WireResponse {
  const output = JSON.parse(String(answer.body || "{}"));
  const { code, message = output.message } = correctionOf(output.message, call) ?? {};
  if (code === undefined) return { ...answer, body: JSON.stringify({ ...output, message }) };
  const { status, headers, body } = refused({ code, message, status: answer.status });
  return { status, headers: { ...answer.headers, ...headers }, body: body ?? "" };
}

/** An entry of a batch that failed, as the library says it. */
interface Failed {
  readonly Id: string;
  readonly Code: string;
  readonly Message: string;
}

/** The same for an entry of a batch. */
export function correctedEntry(failed: Failed, call: SqsCall): Failed {
  const asked = entriesOf(call.input).find(({ Id }) => Id === failed.Id) ?? {};
  const input = Object(asked);
  // The library puts the whole error there.
  const said = /^\{"__type"/.test(failed.Message)
    ? JSON.parse(failed.Message).message
    : failed.Message;
  if (said === "Invalid value for the parameter DelaySeconds.") {
    const Message = `Value ${input.DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`;
    return { ...failed, Message };
  }
  const { code = failed.Code, message = said } = correctionOf(said, { ...call, input }) ?? {};
  return { ...failed, Code: code, Message: message };
}

export function entriesOf(input: SqsCall["input"]): readonly Readonly<Record<string, unknown>>[] {
  const { Entries } = input;
  return Array.isArray(Entries) ? Entries.map((entry) => Object(entry)) : [];
}

function correctionOf(said: string, call: SqsCall): Partial<Refusal> | undefined {
  for (const [pattern, correction] of CORRECTIONS) {
    const found = pattern.exec(said);
    if (found) return correction(found, call);
  }
  return undefined;
}

/** The id that stands twice, and whose second place comes first. */
export function repeatedId(input: SqsCall["input"]): unknown {
  const seen = new Set<unknown>();
  return entriesOf(input).find(({ Id }) => seen.size === seen.add(Id).size)?.["Id"];
}
