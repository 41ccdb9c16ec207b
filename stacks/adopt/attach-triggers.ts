import {
  AddCustomAttributesCommand,
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  type LambdaConfigType,
  paginateListUserPoolClients,
  UpdateUserPoolCommand,
  type UserPoolType,
} from "@aws-sdk/client-cognito-identity-provider";
import { attached, detached, OwnAttributesWritableError, updateOf } from "./pool-update.ts";

export interface Adoption {
  readonly userPoolId: string;
  readonly lambdaConfig: LambdaConfigType;
  /** Text attributes that the pool has to have, without `custom:`. Cognito can add attributes, and never remove them. */
  readonly attributes: readonly string[];
}

/** As `aws.lambda.Invocation` calls it: at creation, at each change, and at removal. */
interface Event extends Adoption {
  readonly tf: {
    readonly action: "create" | "update" | "delete";
    readonly prev_input?: Adoption | null;
  };
}

const cognito = new CognitoIdentityProviderClient();

/** Attaches the triggers to a pool that is somebody else's, or takes them off it. Safe to repeat. */
export async function handler({ userPoolId, lambdaConfig, attributes, tf }: Event): Promise<void> {
  const pool = await describe(userPoolId);
  const present = pool.LambdaConfig ?? {};
  if (tf.action === "delete") {
    await cognito.send(new UpdateUserPoolCommand(updateOf(pool, detached(present, lambdaConfig))));
    return;
  }
  // First what may be refused, so that a refusal leaves nothing half-done.
  await refuseWriters(userPoolId, attributes);
  const update = updateOf(pool, attached(present, lambdaConfig, tf.prev_input?.lambdaConfig));
  await addMissing(pool, attributes);
  await cognito.send(new UpdateUserPoolCommand(update));
}

async function describe(userPoolId: string): Promise<UserPoolType> {
  const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: userPoolId }));
  if (!UserPool) throw new Error(`Cognito describes no pool ${userPoolId}`);
  return UserPool;
}

/**
 * Whoever may write these attributes can become another user. A client without a list of its own counts: AWS's reference
 * says that it may write the standard attributes, reports say all (hashicorp/terraform-provider-aws#2874).
 */
async function refuseWriters(UserPoolId: string, attributes: readonly string[]): Promise<void> {
  const guarded = new Set(attributes.map((name) => `custom:${name}`));
  const writers: string[] = [];
  const pages = paginateListUserPoolClients({ client: cognito }, { UserPoolId, MaxResults: 60 });
  for await (const { UserPoolClients = [] } of pages) {
    for (const { ClientId } of UserPoolClients) {
      const { UserPoolClient: { ClientName, WriteAttributes } = {} } = await cognito.send(
        new DescribeUserPoolClientCommand({ UserPoolId, ClientId }),
      );
      if (!WriteAttributes || WriteAttributes.some((name) => guarded.has(name)))
        writers.push(`${ClientName}`);
    }
  }
  if (writers.length > 0) throw new OwnAttributesWritableError(writers, [...guarded]);
}

async function addMissing(
  { Id, SchemaAttributes = [] }: UserPoolType,
  attributes: readonly string[],
): Promise<void> {
  const present = new Set(SchemaAttributes.map(({ Name }) => Name));
  const missing = attributes.filter((name) => !present.has(`custom:${name}`));
  if (missing.length === 0) return;
  await cognito.send(
    new AddCustomAttributesCommand({
      UserPoolId: Id,
      CustomAttributes: missing.map((Name) => ({
        Name,
        AttributeDataType: "String",
        Mutable: true,
        StringAttributeConstraints: { MinLength: "0", MaxLength: "2048" },
      })),
    }),
  );
}
