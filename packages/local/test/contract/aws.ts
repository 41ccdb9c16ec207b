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

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the suite is to run against AWS. @throws Error it is, and nobody says as whom */
export function againstAws(env: Environment): boolean {
  const wanted = env["CARRYOVER_CONTRACT"];
  if (wanted === undefined || wanted === "" || wanted === "stage") return false;
  if (wanted !== "aws")
    throw new Error(`CARRYOVER_CONTRACT is "${wanted}": give aws, or leave it out`);
  const known = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"];
  if (known.some((name) => env[name])) return true;
  throw new Error(
    `CARRYOVER_CONTRACT=aws needs credentials of an AWS account made for tests: set ${known.join(" or ")}`,
  );
}

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
