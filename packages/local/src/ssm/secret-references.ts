import type { Place } from "../json-service.ts";
import type { SecretValue, WhichSecret } from "../secrets-manager/values.ts";
import { AwsError } from "../service.ts";
import { type Asked, invalid } from "./names.ts";

const REFERENCE = /^\/?aws\/reference\/secretsmanager\//;

export type ReadSecret = (place: Place, which: WhichSecret) => SecretValue;

export function isSecretReference({ name }: Asked): boolean {
  return REFERENCE.test(name);
}

/**
 * A secret that is read as a parameter. Nothing of it is kept here.
 * Source: Systems Manager user guide, "Referencing AWS Secrets Manager secrets"; words and shapes as floci-io/floci
 * measured them on AWS, SsmSecretsManagerReferenceIntegrationTest.java.
 * @throws AwsError
 */
export function referenced(
  { name, selector }: Asked,
  { decrypted, read }: { decrypted: boolean; read: (which: WhichSecret) => SecretValue },
): object {
  if (selector !== undefined && !/^:[^:]+$/.test(selector)) {
    throw invalid(
      "Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>",
    );
  }
  if (!decrypted) {
    throw invalid("WithDecryption flag must be True for retrieving a Secret Manager secret.");
  }
  try {
    const secret = read({ SecretId: name.replace(REFERENCE, ""), ...versionOf(selector) });
    return {
      ARN: secret.ARN,
      Name: name,
      Type: "SecureString",
      Value: secret.SecretString,
      Version: 0,
      LastModifiedDate: secret.CreatedDate,
      ...(selector !== undefined && { Selector: selector }),
      SourceResult: sourceResult(secret),
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.type !== "ResourceNotFoundException") {
      throw invalid("Invalid Request to Secrets Manager");
    }
    // AWS writes the selector that nobody gave.
    const asked = `${name.replace(/^\//, "")}${selector ?? "null"}`;
    throw new AwsError(
      "ParameterNotFound",
      `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${asked} not found.`,
    );
  }
}

/** A version's id is 32 characters at least; anything else is a stage. */
function versionOf(selector: string | undefined): Partial<WhichSecret> {
  if (selector === undefined) return {};
  const version = selector.slice(1);
  return /^[\w-]{32,64}$/.test(version) ? { VersionId: version } : { VersionStage: version };
}

/** Not what Secrets Manager answers, but what a library of Java made of it. */
function sourceResult(secret: SecretValue): string {
  const createdDate = new Intl.DateTimeFormat("en-US", {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: "UTC",
  }).format(secret.CreatedDate * 1000);
  const result = {
    ARN: secret.ARN,
    name: secret.Name,
    versionId: secret.VersionId,
    secretString: secret.SecretString,
    versionStages: secret.VersionStages,
    createdDate: createdDate.replace("\u202f", " "),
  };
  return JSON.stringify(result).replace(
    /[<>&=']/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
