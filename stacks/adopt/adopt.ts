import { OWN_ATTRIBUTES } from "@carryover/core/config/attributes";
import type { AdoptedPool } from "@carryover/core/config/deploy-schema";
import { createFunction } from "../function.ts";
import type { Place } from "../places.ts";
import type { Pool } from "../pools.ts";
import { onPools } from "../rights.ts";
import type { DeployedTrigger } from "../triggers.ts";

/** The pool that a team has already, as far as its triggers' rights need it. */
export function adoptedPool(
  { userPoolId }: AdoptedPool,
  { accountId, partition, region }: Place,
): Pool {
  return {
    id: $output(userPoolId as string),
    arn: $interpolate`arn:${partition}:cognito-idp:${region}:${accountId}:userpool/${userPoolId}`,
  };
}

/**
 * Attaches the triggers by reading the pool and writing it back: declared as a resource, the pool would
 * get back only the settings that the provider knows, and would be Carryover's to remove.
 */
export function attachTriggers(
  { userPoolId, smsRoleArn }: AdoptedPool,
  { arn }: Pool,
  triggers: readonly DeployedTrigger[],
  place: Place,
  permissions: readonly aws.lambda.Permission[],
): void {
  const { suffix, provider } = place;
  const fn = createFunction(
    `AttachTriggers${suffix}`,
    {
      handler: "stacks/adopt/attach-triggers.handler",
      description: `Attaches the triggers to ${userPoolId} at each deployment`,
      timeoutSeconds: 30,
      links: [],
      rights: [
        ...onPools(
          [
            "AddCustomAttributes",
            "DescribeUserPool",
            "DescribeUserPoolClient",
            "ListUserPoolClients",
            "UpdateUserPool",
          ],
          [arn],
        ),
        // An update has to repeat the role by which the pool sends SMS.
        ...(smsRoleArn === undefined
          ? []
          : [{ actions: ["iam:PassRole"], resources: [smsRoleArn] }]),
      ],
    },
    place,
  );
  new aws.lambda.Invocation(
    `Adoption${suffix}`,
    {
      functionName: fn.component.name,
      lifecycleScope: "CRUD",
      input: $jsonStringify({
        // It is called when its input changes (aws.lambda.Invocation): app clients are looked at by each deployment.
        deployedAt: new Date().toISOString(),
        userPoolId,
        attributes: Object.values(OWN_ATTRIBUTES).map((name) => name.slice("custom:".length)),
        lambdaConfig: Object.fromEntries(
          triggers.map(({ trigger, targetArn }) => [
            trigger.lambdaConfig,
            trigger.lambdaVersion
              ? { LambdaVersion: trigger.lambdaVersion, LambdaArn: targetArn }
              : targetArn,
          ]),
        ),
      }),
    },
    { provider, dependsOn: [fn.policy, ...permissions] },
  );
}
