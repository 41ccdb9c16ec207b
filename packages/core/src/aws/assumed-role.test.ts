import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AdminGetUserCommand } from "@aws-sdk/client-cognito-identity-provider";
import { expect, it, onTestFinished, vi } from "vitest";
import * as z from "zod/mini";
import { PoolId, Region } from "../kernel/ids.ts";
import { assumedRole } from "./assumed-role.ts";
import { cognitoClient } from "./sdk.ts";

const GRANTED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>GRANTED</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>`;

/** Plays STS and Cognito, and keeps what each was sent. */
async function aws() {
  const asked: URLSearchParams[] = [];
  const signedBy: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.headers["x-amz-target"] === undefined) {
      asked.push(new URLSearchParams(body));
      response.setHeader("content-type", "text/xml");
      response.end(GRANTED);
      return;
    }
    signedBy.push(String(request.headers.authorization));
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify({ Username: "ann" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "OWN");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "own");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  return { asked, signedBy };
}

it("takes the role on once, for the actions that are asked for on that pool and no more", async () => {
  const { asked, signedBy } = await aws();
  const source = {
    region: z.parse(Region, "eu-west-1"),
    userPoolId: z.parse(PoolId, "eu-west-1_Old"),
    role: { arn: "arn:aws:iam::111122223333:role/reader", externalId: "agreed" },
  };
  const client = cognitoClient(source.region, assumedRole(source, ["AdminGetUser"]));
  onTestFinished(() => client.destroy());

  for (const Username of ["ann", "bob"]) {
    await client.send(new AdminGetUserCommand({ UserPoolId: source.userPoolId, Username }));
  }

  expect(asked).toHaveLength(1);
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
    Action: "AssumeRole",
    RoleArn: source.role.arn,
    ExternalId: "agreed",
  });
  expect(JSON.parse(asked[0]?.get("Policy") ?? "{}").Statement).toEqual([
    {
      Effect: "Allow",
      Action: ["cognito-idp:AdminGetUser"],
      Resource: "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Old",
    },
  ]);
  expect(signedBy).toHaveLength(2);
  for (const signature of signedBy) expect(signature).toContain("Credential=GRANTED/");
});
