import type { TestStage } from "./stage.ts";

/** A signed request to the HTTP API. The stage looks for a signature, and does not check it. */
export async function operator(
  { stage }: Pick<TestStage, "stage">,
  method: string,
  path: string,
  body?: object,
) {
  const answer = await fetch(`${stage.ready.api}${path}`, {
    method,
    headers: {
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00",
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text ? JSON.parse(text) : undefined) as unknown };
}
