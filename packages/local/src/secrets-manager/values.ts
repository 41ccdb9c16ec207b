import { AwsError } from "../service.ts";
import { CURRENT, type Version } from "./versions.ts";

interface Asked {
  readonly VersionId?: string | undefined;
  readonly VersionStage?: string | undefined;
}

export interface WhichSecret extends Asked {
  readonly SecretId: string;
}

/** As GetSecretValue answers it. */
export interface SecretValue {
  readonly ARN: string;
  readonly Name: string;
  readonly VersionId: string;
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
  readonly VersionStages: readonly string[];
  readonly CreatedDate: number;
}

/** The version that GetSecretValue asks for; the current one if it asks for no other. @throws AwsError */
export function versionAsked(
  versions: readonly Version[],
  { VersionId, VersionStage }: Asked,
): Version {
  const stage = VersionStage ?? (VersionId === undefined ? CURRENT : undefined);
  const found = versions.find(
    (one) =>
      (VersionId === undefined || one.id === VersionId) &&
      (stage === undefined || one.stages.includes(stage)),
  );
  if (!found && VersionStage !== undefined && versions.some((one) => one.id === VersionId)) {
    throw new AwsError(
      "InvalidRequestException",
      "You provided a VersionStage that is not associated to the provided VersionId.",
    );
  }
  if (!found) {
    const what = VersionId === undefined ? `staging label: ${stage}` : `VersionId: ${VersionId}`;
    throw new AwsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  }
  return found;
}

/** Source: moto's tests/test_secretsmanager, test_put_secret_binary_requires_either_string_or_binary. */
export function noValue(): AwsError {
  return new AwsError(
    "InvalidRequestException",
    "You must provide either SecretString or SecretBinary.",
  );
}
