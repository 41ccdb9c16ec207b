import {
  CognitoIdentityProviderClient,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  DescribeUserPoolCommand,
  paginateListUserPools,
  UpdateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";

/** Pools of the suite in a real account begin with it, and nothing else does. */
export const POOL_PREFIX = "carryover-contract-";
/** Where the suite makes pools. */
const REGIONS = ["us-east-1", "eu-central-1"];

/** Deletes what the suite has left in the account, of this run or of one that was killed. */
export async function sweep(): Promise<number> {
  let swept = 0;
  for (const region of REGIONS) {
    const client = new CognitoIdentityProviderClient({ region });
    for await (const { UserPools = [] } of paginateListUserPools({ client }, { MaxResults: 60 })) {
      for (const { Id: UserPoolId, Name } of UserPools) {
        if (UserPoolId === undefined || !Name?.startsWith(POOL_PREFIX)) continue;
        await removePool(client, UserPoolId);
        swept += 1;
      }
    }
    client.destroy();
  }
  return swept;
}

/** Also one with a domain, or that is protected. */
async function removePool(client: CognitoIdentityProviderClient, UserPoolId: string) {
  const { UserPool } = await client.send(new DescribeUserPoolCommand({ UserPoolId }));
  for (const Domain of [UserPool?.Domain, UserPool?.CustomDomain]) {
    if (Domain) await client.send(new DeleteUserPoolDomainCommand({ UserPoolId, Domain }));
  }
  if (UserPool?.DeletionProtection === "ACTIVE") {
    const unprotected = { UserPoolId, DeletionProtection: "INACTIVE" } as const;
    await client.send(new UpdateUserPoolCommand(unprotected));
  }
  await client.send(new DeleteUserPoolCommand({ UserPoolId }));
}
