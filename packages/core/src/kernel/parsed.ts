import * as z from "zod/mini";
import type { AppError } from "./errors.ts";

/**
 * How a service reads what somebody else wrote: the answer throws the service's error, which names the fields that are
 * not well formed, never their values.
 */
export function parserOf(
  Invalid: new (...of: ConstructorParameters<typeof AppError>) => AppError,
  problem: string,
) {
  return <Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> => {
    const result = z.safeParse(schema, value);
    if (result.success) return result.data;
    const fields = result.error.issues.map(({ path }) => path.join(".")).join(", ");
    throw new Invalid(problem, { fields });
  };
}
