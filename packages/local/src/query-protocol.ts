import type { WireRequest, WireResponse } from "./http.ts";
import type { AwsError } from "./service.ts";

/** The parameters of a request in the AWS query protocol, from its body or its URL. */
export function formOf(request: Pick<WireRequest, "body" | "query">): URLSearchParams {
  const form = new URLSearchParams(request.body.toString());
  return form.has("Action") ? form : request.query;
}

/**
 * The members that the parameters name, such as `Tags.member.1.Key`: each leaf is text. A parameter without a value is
 * left out, as clients write an empty list like that.
 */
export function membersOf(form: URLSearchParams): unknown {
  return nested(
    [...form]
      .filter(([, value]) => value !== "")
      .map(([name, value]) => [name.split(".", MOST_DEPTH), value]),
    0,
  );
}

/** No input of a service that is played here nests as deep as this. */
const MOST_DEPTH = 32;

type Entry = readonly [path: readonly string[], value: string];

/** What the entries hold below the first steps of their paths, which they have in common. */
function nested(entries: readonly Entry[], steps: number): unknown {
  const leaf = entries.find(([path]) => path.length === steps);
  if (leaf) return leaf[1];
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const name = entry[0][steps] ?? "";
    const group = groups.get(name);
    if (group) group.push(entry);
    else groups.set(name, [entry]);
  }
  const members = groups.get("member");
  if (members && groups.size === 1) {
    const byPlace = Object.entries(Object(nested(members, steps + 1)));
    return byPlace.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
  }
  return Object.fromEntries([...groups].map(([name, within]) => [name, nested(within, steps + 1)]));
}

/** An answer in the query protocol. @param result the members of the result as XML */
export function queryAnswer(
  action: string,
  result: string,
  { namespace, requestId }: { readonly namespace: string; readonly requestId?: string },
): WireResponse {
  const metadata =
    requestId === undefined
      ? ""
      : `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result>${metadata}</${action}Response>`,
  };
}

/** An error as the query protocol puts it on the wire. */
export function queryError(
  { status, type, message }: Pick<AwsError, "status" | "type" | "message">,
  { namespace, requestId }: { readonly namespace: string; readonly requestId: string },
): WireResponse {
  const fault = status >= 500 ? "Receiver" : "Sender";
  return {
    status,
    headers: { "content-type": "text/xml" },
    body: `<ErrorResponse xmlns="${namespace}"><Error><Type>${fault}</Type><Code>${xml(type)}</Code><Message>${xml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}

/** Text as XML has it. */
export function xml(text: string): string {
  return text.replace(/[<>&"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
