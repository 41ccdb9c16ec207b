import { invalidParameter } from "../errors.ts";
import type { Client, Ctx, Pool } from "../state.ts";
import { NO_CLIENT, runTrigger } from "./triggers.ts";

interface PreSignUpCall {
  readonly source: "PreSignUp_SignUp" | "PreSignUp_AdminCreateUser" | "PreSignUp_ExternalProvider";
  readonly userName: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly validationData: Record<string, string> | undefined;
  readonly clientMetadata: Record<string, string> | undefined;
}

interface PreSignUpAnswer {
  readonly confirm: boolean;
  readonly verifyEmail: boolean;
  readonly verifyPhone: boolean;
}

/** @throws AwsError UserLambdaValidationException where the trigger refuses the user */
export async function runPreSignUp(
  ctx: Ctx,
  by: Client | Pool,
  call: PreSignUpCall,
): Promise<PreSignUpAnswer> {
  const pool = "pool" in by ? by.pool : by;
  const response = await runTrigger(ctx, pool, {
    name: "PreSignUp",
    source: call.source,
    userName: call.userName,
    clientId: "pool" in by ? by.id : NO_CLIENT,
    request: {
      userAttributes: Object.fromEntries(call.attributes),
      validationData: call.validationData ?? {},
      clientMetadata: call.clientMetadata ?? {},
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
  const answer = {
    confirm: response?.autoConfirmUser === true,
    verifyEmail: response?.autoVerifyEmail === true,
    verifyPhone: response?.autoVerifyPhone === true,
  };
  // An administrator's users get their flags from the administrator: facts/cognito.md 2.2.
  if (call.source === "PreSignUp_AdminCreateUser") {
    return { confirm: false, verifyEmail: false, verifyPhone: false };
  }
  if (answer.verifyEmail && !call.attributes.get("email")) {
    throw invalidParameter("Email is required to be set when autoVerifyEmail is true");
  }
  if (answer.verifyPhone && !call.attributes.get("phone_number")) {
    throw invalidParameter("Phone number is required to be set when autoVerifyPhone is true");
  }
  return answer;
}
