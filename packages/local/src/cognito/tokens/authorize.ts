import { AwsError, type Caller } from "../../service.ts";
import { poolArn } from "../pools/pools.ts";
import type { Ctx } from "../state.ts";

/**
 * A role's session does what its policy allows, on the pools it allows. What its role allows is not played.
 * Source: IAM user guide, "Policies and permissions": session policies, and the texts of access denied errors.
 * @throws AwsError AccessDeniedException
 */
export function authorize(
  { pools, region }: Ctx,
  operation: string,
  input: unknown,
  { may, arn, account }: Caller,
): void {
  if (may === undefined) return;
  const { UserPoolId: id }: { UserPoolId?: unknown } = Object(input);
  const pool = typeof id === "string" ? pools.get(id) : undefined;
  const resource =
    pool === undefined
      ? `arn:aws:cognito-idp:${region}:${account}:userpool/${id === undefined ? "*" : String(id)}`
      : poolArn(pool);
  const action = `cognito-idp:${operation}`;
  if (may(action, resource)) return;
  throw new AwsError(
    "AccessDeniedException",
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no session policy allows the ${action} action`,
  );
}
