import { AwsError } from "../service.ts";

export const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

/** What is read leaves the day of it. */
export interface Accessed {
  readonly accessedAtMs?: number | undefined;
}

/** A value of a secret. */
export interface Version extends Accessed {
  readonly id: string;
  readonly text?: string | undefined;
  /** Base64. */
  readonly binary?: string | undefined;
  readonly atMs: number;
  readonly stages: readonly string[];
}

interface Value {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
  readonly ClientRequestToken?: string | undefined;
}

/** Undefined where there is no value: a secret may have none at first. @throws AwsError */
export function newVersion(
  { SecretString: text, SecretBinary: binary, ClientRequestToken: token }: Value,
  stages: readonly string[],
  atMs: number,
): Version | undefined {
  if (text !== undefined && binary !== undefined) {
    throw invalidParameter("You can't specify both SecretString and SecretBinary.");
  }
  if (text === undefined && binary === undefined) return undefined;
  // Every SDK makes one. Source: LocalStack's test_no_client_request_token.
  if (token === undefined) {
    throw new AwsError(
      "InvalidRequestException",
      "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    );
  }
  return { id: token, text, binary, atMs, stages };
}

/**
 * The versions with one more, whose stages leave the others. Undefined: it is there already, by the same request.
 * @throws AwsError where another value has its id
 */
export function withVersion(
  versions: readonly Version[],
  added: Version,
  secretArn: string,
): readonly Version[] | undefined {
  const same = versions.find(({ id }) => id === added.id);
  if (same && (same.text !== added.text || same.binary !== added.binary)) {
    throw new AwsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${added.id} because that value is already in use for a version of secret ${secretArn}.`,
    );
  }
  if (same) return undefined;
  const stages = versions.length === 0 ? [...new Set([...added.stages, CURRENT])] : added.stages;
  return stages.reduce((all, stage) => moved(all, stage, added.id), [
    ...versions,
    { ...added, stages: [] as readonly string[] },
  ] as readonly Version[]);
}

/** What moves a label from a version to another one. */
export interface StageMove {
  readonly stage: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The versions with a label moved. Source of the words: what Terraform's AWS provider quotes. @throws AwsError */
export function withStage(
  versions: readonly Version[],
  { stage, from, to }: StageMove,
): readonly Version[] {
  const holder = versions.find(({ stages }) => stages.includes(stage));
  for (const id of [from, to]) {
    if (id === undefined || versions.some((one) => one.id === id)) continue;
    const message = `Secrets Manager can't find the specified secret version: ${id}`;
    throw new AwsError("ResourceNotFoundException", message);
  }
  if (to === undefined && stage === CURRENT) {
    throw invalidParameter(
      `You can only move staging label ${CURRENT} to a different secret version. It can’t be completely removed.`,
    );
  }
  if (holder && holder.id !== to && holder.id !== from) {
    throw invalidParameter(
      from === undefined
        ? `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`
        : `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${stage}.`,
    );
  }
  return moved(versions, stage, to);
}

/** A label is on one version at a time; the version that was current becomes the previous one. */
function moved(
  versions: readonly Version[],
  stage: string,
  to: string | undefined,
): readonly Version[] {
  const before = versions.find(({ stages }) => stages.includes(stage))?.id;
  if (before === to) return versions;
  const after = versions.map((one) => ({
    ...one,
    stages: [...one.stages.filter((label) => label !== stage), ...(one.id === to ? [stage] : [])],
  }));
  return stage === CURRENT && before !== undefined ? moved(after, PREVIOUS, before) : after;
}

function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
