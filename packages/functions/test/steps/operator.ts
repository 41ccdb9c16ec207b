import type { TestStage } from "./stage.ts";

/**
 * A signed request to the HTTP API, made again while the API says that it cannot just now: a busy machine can be too slow for
 * its time limits. The stage looks for a signature, and does not check it.
 */
export async function operator(
  test: Pick<TestStage, "stage">,
  method: string,
  path: string,
  body?: object,
  tries = 5,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { stage } = test;
  const answer = await fetch(`${stage.ready.api}${path}`, {
    method,
    headers: {
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00",
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (answer.status === 503 && tries > 1) return operator(test, method, path, body, tries - 1);
  const text = await answer.text();
  return { status: answer.status, body: (text ? JSON.parse(text) : undefined) as unknown };
}
