import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { inject } from "vitest";
import { named, PATIENT } from "../aws-clients.ts";
import { awsNames, ofUserPools } from "../aws-names.ts";
import { prefixOfTest } from "../aws-run.ts";
import { only } from "../only-stage.ts";
import type { Served } from "./serve.ts";

/** Real Cognito in the place of the stand-in. What only the stand-in can do skips the test that asks for it. */
export function serveAws(): Served {
  const run = inject("contractRun");
  const names = awsNames(ofUserPools, { prefix: prefixOfTest(run), account: run.account });
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
      const client =
        clients.get(region) ??
        named(new CognitoIdentityProviderClient({ region, ...PATIENT }), names);
      clients.set(region, client);
      return client;
    },
    async close() {
      for (const client of clients.values()) client.destroy();
    },
  };
}
