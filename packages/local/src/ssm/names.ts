import type { Place } from "../json-service.ts";
import { AwsError } from "../service.ts";

/** A name of one part, or a path. Source: localstack/localstack, tests/aws/services/ssm/test_ssm.py, validated on AWS. */
const WELL_FORMED = /^\/?[\w.-]+$|^(?:\/[\w.-]+)+$/;

/** How a parameter was asked for. */
export interface Asked {
  readonly name: string;
  /** A version or a label, with the colon before it. */
  readonly selector?: string;
}

/** A parameter may be named by its ARN. That of another account or Region stays: nothing is called so. */
export function plainName(name: string, { account, region }: Place): string {
  const start = `arn:aws:ssm:${region}:${account}:parameter/`;
  if (!name.startsWith(start)) return name;
  const resource = name.slice(start.length - 1);
  // In an ARN a name without a path has a slash before it, too.
  return resource.indexOf("/", 1) < 0 ? resource.slice(1) : resource;
}

/** One name for what has the same ARN: `/name` is `name`. */
export function rootless(name: string): string {
  return name.lastIndexOf("/") === 0 ? name.slice(1) : name;
}

export function askedOf(text: string, place: Place): Asked {
  const name = plainName(text, place);
  const colon = name.startsWith("arn:") ? -1 : name.indexOf(":");
  return colon < 0 ? { name } : { name: name.slice(0, colon), selector: name.slice(colon) };
}

/** @throws AwsError */
export function checkName(name: string): void {
  if (WELL_FORMED.test(name)) return;
  throw malformed();
}

/**
 * What nobody may put.
 * Source of the words: moto's tests/test_ssm/test_ssm_boto3.py; of `/aws…`: what users of Terraform report.
 * @throws AwsError
 */
export function checkNewName(name: string): void {
  const isPath = name.indexOf("/", 1) > 0;
  if (isPath && /^\/aws/i.test(name)) {
    const reserved = `No access to reserved parameter name: ${name.slice(1)}.`;
    throw new AwsError("AccessDeniedException", reserved);
  }
  if (isPath && /^\/ssm/i.test(name)) throw malformed();
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw invalid(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`);
  }
  if (isPath && !name.startsWith("/")) {
    throw invalid("Parameter name must be a fully qualified name.");
  }
  checkName(name);
}

export function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

function malformed(): AwsError {
  return invalid(
    `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`,
  );
}
