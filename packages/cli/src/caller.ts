import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { AppError } from "@carryover/core/kernel/errors";

/** AWS does not say whose the credentials are. */
class CallerUnknownError extends AppError {
  readonly kind = "unavailable";
  readonly code = "cli.caller";
}

/**
 * Who runs the command, as AWS knows them, for what is noted for good. Needs no right (STS API reference,
 * GetCallerIdentity). @throws AppError of kind `unavailable`
 */
export async function callerArn(region: string): Promise<string> {
  try {
    const { Arn } = await new STSClient({ region }).send(new GetCallerIdentityCommand());
    if (Arn !== undefined) return Arn;
    throw new CallerUnknownError("AWS does not say whose these credentials are");
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.name : "unknown";
    throw new CallerUnknownError("AWS did not say whose these credentials are", { reason });
  }
}
