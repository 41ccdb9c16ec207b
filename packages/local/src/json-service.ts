import * as z from "zod/mini";
import { failures, failuresOf } from "./failures.ts";
import { ACCOUNT_ID, type AwsCall, AwsError, type AwsService } from "./service.ts";

/** Where a call is: what an account has in one region is not there in another. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export type Operation = (place: Place, input: unknown) => object;

/** Members whose values no error repeats. */
const SENSITIVE = new Set(["Plaintext", "SecretBinary", "SecretString", "Value"]);

/** An operation whose input is checked first. @param refuse makes the service's own error of what is not valid */
export function operation<Input>(
  schema: z.ZodMiniType<Input>,
  run: (place: Place, input: Input) => object,
  refuse?: (issues: readonly z.core.$ZodIssue[], input: unknown) => AwsError,
): Operation {
  return (place, input) => {
    const read = z.safeParse(schema, input);
    if (read.success) return run(place, read.data);
    const { issues } = read.error;
    throw refuse
      ? refuse(issues, input)
      : new AwsError("ValidationException", failures(failuresOf(issues, input, SENSITIVE)));
  };
}

/** A service of these operations, which all need credentials. */
export function jsonService(operations: Readonly<Record<string, Operation>>): AwsService {
  return {
    call: async ({ operation: name, region, caller, signed, input }: AwsCall) => {
      const run = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (run === undefined) {
        throw new AwsError("UnknownOperationException", `${name} is not an operation here.`);
      }
      if (!signed) {
        throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
      }
      return run({ account: caller?.account ?? ACCOUNT_ID, region }, input);
    },
  };
}

/** One page of a list; the token is the position at which the next page begins. */
export function page<Item>(
  all: readonly Item[],
  { most, token, refuse }: { most: number; token: string | undefined; refuse: () => AwsError },
): { readonly items: readonly Item[]; readonly next: { readonly NextToken?: string } } {
  const start = Number(token ?? 0);
  if (!Number.isSafeInteger(start) || start < 0) throw refuse();
  const end = start + most;
  return { items: all.slice(start, end), next: end < all.length ? { NextToken: `${end}` } : {} };
}
