import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { POOL_PREFIX } from "../aws.ts";
import { only } from "../only-stage.ts";
import type { Served } from "./serve.ts";

/** Real Cognito in the place of the stand-in. What only the stand-in can do skips the test that asks for it. */
export function serveAws(): Served {
  const clients = new Map<string, CognitoIdentityProviderClient>();
  return {
    onStage: false,
    // Where Cognito has a pool's documents; the variable is how a stage plays AWS.
    endpoint: process.env["AWS_ENDPOINT_URL"] ?? "https://cognito-idp.us-east-1.amazonaws.com",
    get cognito() {
      return only("its inside")();
    },
    get outbox() {
      return only("its mailbox")();
    },
    get kms() {
      return only("its keys")();
    },
    get invocations() {
      return only("its functions")();
    },
    lastCode: only("its mailbox"),
    fn: only("its functions"),
    pass: only("its clock"),
    nowMs: () => Date.now(),
    sdk(region = "us-east-1") {
      const client = clients.get(region) ?? named(new CognitoIdentityProviderClient({ region }));
      clients.set(region, client);
      return client;
    },
    async close() {
      for (const client of clients.values()) client.destroy();
    },
  };
}

/** Whatever pool is made gets a name by which it is found and deleted again. */
function named(client: CognitoIdentityProviderClient): CognitoIdentityProviderClient {
  client.middlewareStack.add(
    (next) => (args) => {
      const { input } = args;
      if (!("PoolName" in input) || input.PoolName === undefined) return next(args);
      return next({ ...args, input: { ...input, PoolName: POOL_PREFIX + input.PoolName } });
    },
    { step: "initialize" },
  );
  return client;
}
