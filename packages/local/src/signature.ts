import type { IncomingHttpHeaders } from "node:http";

/** What a SigV4 signature says about its request. The signature itself is not checked here. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  /** The signing name, for example `sqs` or `cognito-idp`. */
  readonly service: string;
}

/**
 * Reads the credential scope from the `Authorization` header or from a presigned URL.
 * Answers undefined for an unsigned request and for anything that is not SigV4.
 */
export function credentialScope(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): CredentialScope | undefined {
  const header = headers.authorization;
  const credential = header?.startsWith("AWS4-HMAC-SHA256")
    ? /Credential=([^,\s]+)/.exec(header)?.[1]
    : query.get("X-Amz-Credential");
  if (!credential) return undefined;
  // An access key may not contain a slash, so the last four parts are always the scope.
  const parts = credential.split("/");
  if (parts.length < 5) return undefined;
  const [accessKeyId, , region, service, terminator] = parts.slice(-5);
  if (terminator !== "aws4_request" || !accessKeyId || !region || !service) return undefined;
  // The region names a folder where tables are kept.
  if (!/^[a-z0-9-]{1,32}$/.test(region)) return undefined;
  return { accessKeyId, region, service };
}
