import type { CognitoIdentityProviderClientConfig } from "@aws-sdk/client-cognito-identity-provider";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { DeployedSource } from "../config/deployment.ts";
import { CALL_LIMITS } from "./sdk.ts";

type Credentials = NonNullable<CognitoIdentityProviderClientConfig["credentials"]>;

/** A source whose pool is in another account. */
export type ForeignSource = Pick<DeployedSource, "region" | "userPoolId"> & {
  readonly role: NonNullable<DeployedSource["role"]>;
};

/** One statement of what is allowed. */
interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/**
 * Credentials of the role that a source names, good for these `cognito-idp` actions on its pool and
 * nothing else, whatever more the role may do. The SDK keeps them until shortly before they end.
 */
export function assumedRole(source: ForeignSource, actions: readonly string[]): Credentials {
  const { region, role, userPoolId } = source;
  const [, partition, , , account] = role.arn.split(":");
  return roleCredentials(role, region, [
    {
      actions: actions.map((action) => `cognito-idp:${action}`),
      resources: [`arn:${partition}:cognito-idp:${region}:${account}:userpool/${userPoolId}`],
    },
  ]);
}

/** Credentials of a role in another account, good for these statements and nothing else. */
export function roleCredentials(
  role: { readonly arn: string; readonly externalId: string },
  region: string,
  statements: readonly Statement[],
): Credentials {
  const sts = new STSClient({ region, ...CALL_LIMITS });
  return async () => {
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: role.arn,
        ExternalId: role.externalId,
        RoleSessionName: "carryover",
        Policy: sessionPolicy(statements),
      }),
    );
    if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined) {
      throw new Error("STS answered without credentials");
    }
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      ...(given.SessionToken !== undefined && { sessionToken: given.SessionToken }),
      ...(given.Expiration && { expiration: given.Expiration }),
    };
  };
}

function sessionPolicy(statements: readonly Statement[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ actions, resources }) => ({
      Effect: "Allow",
      Action: actions,
      // As IAM itself writes a single one.
      Resource: resources.length === 1 ? resources[0] : resources,
    })),
  });
}
