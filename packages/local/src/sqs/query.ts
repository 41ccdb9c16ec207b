import type { WireRequest, WireResponse } from "../http.ts";
import { formOf, membersOf, queryAnswer, queryError, xml } from "../query-protocol.ts";

const NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";

type Members = Readonly<Record<string, unknown>>;

/** Lists, whose members the query protocol names in the singular. Source: SQS's API model before it had JSON. */
const LISTS = new Map([
  ["AttributeName", "AttributeNames"],
  ["MessageAttributeName", "MessageAttributeNames"],
  ["MessageSystemAttributeName", "MessageSystemAttributeNames"],
  ["TagKey", "TagKeys"],
  ["AWSAccountId", "AWSAccountIds"],
  ["ActionName", "Actions"],
]);
/** Maps, which the query protocol has as lists of names and values. */
const MAPS = new Map([
  ["Attribute", "Attributes"],
  ["MessageAttribute", "MessageAttributes"],
  ["MessageSystemAttribute", "MessageSystemAttributes"],
  ["Tag", "Tags"],
]);
const NUMBERS = new Set([
  "DelaySeconds",
  "MaxNumberOfMessages",
  "MaxNumberOfMessagesPerSecond",
  "MaxResults",
  "VisibilityTimeout",
  "WaitTimeSeconds",
]);
/** Lists of a result by how each member is called. */
const RESULTS: Readonly<Record<string, (operation: string) => string>> = {
  Failed: () => "BatchResultErrorEntry",
  Messages: () => "Message",
  queueUrls: () => "QueueUrl",
  QueueUrls: () => "QueueUrl",
  Results: (operation) => `${operation}ResultEntry`,
  Successful: (operation) => `${operation}ResultEntry`,
};

/** A request in the query protocol, which older clients speak, as the same request in the JSON protocol. */
export function fromQuery(request: WireRequest): { operation: string; asJson: WireRequest } {
  const form = formOf(request);
  const operation = form.get("Action") ?? "";
  const { Action: _action, Version: _version, ...members } = Object(membersOf(form));
  const input = {
    // It has no empty lists.
    ...(operation.endsWith("Batch") && { Entries: [] }),
    ...inJson(members, operation),
  };
  // Some name the queue by the address that they call.
  const QueueUrl = members["QueueUrl"] ?? `http://localhost${request.path}`;
  const asJson = {
    ...request,
    headers: { ...request.headers, "x-amz-target": `AmazonSQS.${operation}` },
    body: Buffer.from(JSON.stringify({ ...input, QueueUrl })),
  };
  return { operation, asJson };
}

/** An answer in the JSON protocol as one in the query protocol. */
export function toQuery(
  operation: string,
  { status, headers = {}, body }: WireResponse,
): WireResponse {
  const requestId = headers["x-amzn-requestid"] ?? "";
  const about = { namespace: NAMESPACE, requestId };
  const output = JSON.parse(String(body || "{}"));
  if (status === 200) return queryAnswer(operation, outputXml(output, operation), about);
  const [code = ""] = (headers["x-amzn-query-error"] ?? "").split(";");
  const known = code !== "AWS.SimpleQueueService.NonExistentQueue";
  const message = `${output.message}${known ? "" : " for this wsdl version."}`.replace(
    /\.( for)/,
    "$1",
  );
  return queryError({ status, type: code, message }, about);
}

function inJson(members: Members, operation: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      const list = LISTS.get(name);
      if (list) return [list, Object.values(Object(value))];
      const map = MAPS.get(name);
      if (map) return [operation === "CreateQueue" && map === "Tags" ? "tags" : map, mapOf(value)];
      if (name.endsWith("BatchRequestEntry")) {
        return [
          "Entries",
          Object.values(Object(value)).map((one) => inJson(Object(one), operation)),
        ];
      }
      return [name, NUMBERS.has(name) && value !== "" ? numberOf(value) : value];
    }),
  );
}

function mapOf(value: unknown): Record<string, unknown> {
  const entries = Object.values<Members>(Object(value));
  // Empty values have been left out.
  return Object.fromEntries(entries.map((one) => [one["Name"] ?? one["Key"], one["Value"] ?? ""]));
}

/** What is no number goes on as it is, to be refused. */
function numberOf(value: unknown): unknown {
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}

function outputXml(output: Members, operation: string): string {
  return Object.entries(output)
    .map(([name, value]) => {
      const member = RESULTS[name]?.(operation);
      if (member)
        return (value as Members[]).map((one) => memberXml(member, one, operation)).join("");
      return [...MAPS].some(([, map]) => map === name)
        ? mapXml(name, Object(value), operation)
        : memberXml(name, value, operation);
    })
    .join("");
}

function memberXml(name: string, value: unknown, operation: string): string {
  const content =
    typeof value === "object" && value !== null
      ? outputXml(value as Members, operation)
      : xml(String(value));
  return `<${name}>${content}</${name}>`;
}

function mapXml(name: string, map: Members, operation: string): string {
  const [member = ""] = [...MAPS].find(([, plural]) => plural === name) ?? [];
  const key = name === "Tags" ? "Key" : "Name";
  return Object.entries(map)
    .map(([of, value]) => memberXml(member, { [key]: of, Value: value }, operation))
    .join("");
}
