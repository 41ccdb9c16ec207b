import { EventEmitter } from "node:events";
import type { WireRequest, WireResponse, WireService } from "./http.ts";
import { type AwsCall, AwsError } from "./service.ts";

/** The content type of AWS JSON as the services speak it that are other packages here. */
export const JSON_1_0 = "application/x-amz-json-1.0";

/**
 * Calls a service that speaks AWS JSON as a client would, without a socket.
 * @param target the service's name in `X-Amz-Target`
 * @throws AwsError as the service answers it
 */
export async function callInProcess(
  respond: WireService["respond"],
  target: string,
  { operation, input, region }: AwsCall,
  headers: Readonly<Record<string, string>> = {},
): Promise<object> {
  const answer = await respond({
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: { "content-type": JSON_1_0, "x-amz-target": `${target}.${operation}`, ...headers },
    body: Buffer.from(JSON.stringify(input)),
    region,
    signed: true,
    gone: new AbortController().signal,
  });
  const body = JSON.parse(String(answer.body || "{}"));
  if (answer.status === 200) return body;
  throw new AwsError(
    String(body.__type).replace(/^.*#/, ""),
    String(body.message ?? body.Message ?? ""),
    answer.status,
  );
}

/** The part of `ServerResponse` that the embedded servers use. */
interface RecordedResponse {
  statusCode: number;
  contentType?: string;
  setHeader(name: string, value: number | string): void;
  end(body?: string | Buffer): void;
}

/**
 * Runs a `(req, res)` handler of another package without a socket, so that it can neither see a
 * broken connection nor leave one open. Resolves when the handler ends its response, and rejects with what it throws
 * while it reads the body: it must not come from a stream, whose events would bring that down on the whole process.
 */
export function inProcess(
  request: Pick<WireRequest, "method" | "path" | "query" | "headers" | "body">,
  handle: (req: EventEmitter, res: RecordedResponse) => unknown,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const query = request.query.toString();
    const req = Object.assign(new EventEmitter(), {
      method: request.method,
      url: query ? `${request.path}?${query}` : request.path,
      headers: request.headers,
    });
    const headers: Record<string, string> = {};
    const res: RecordedResponse = {
      statusCode: 200,
      setHeader: (name, value) => {
        headers[name.toLowerCase()] = String(value);
      },
      end: (body) =>
        resolve({ status: res.statusCode, headers, ...(body === undefined ? {} : { body }) }),
    };
    Promise.resolve(handle(req, res)).catch(reject);
    if (request.body.length > 0) req.emit("data", request.body);
    req.emit("end");
  });
}
