import * as z from "zod/mini";
import { Region } from "../kernel/ids.ts";

/** An attribute of the new pool that users cannot make up as they like: see docs/placement.md. */
const AttributeName = z
  .string()
  .check(
    z.regex(
      /^(custom:)?[a-zA-Z_][\w-]{0,31}$/,
      "must be an attribute name such as locale or custom:country",
    ),
  );

/** Who lives where, by what the user's attributes say. All conditions of a rule have to hold. */
export const PlacementRule = z.strictObject({
  /** Stands in the ledger and in events as the reason. */
  name: z
    .string()
    .check(
      z.regex(
        /^[a-z][a-z0-9-]{0,31}$/,
        "must start with a letter and have at most 32 of a-z, 0-9 and -",
      ),
    ),
  /** Attribute to the values that it may have, letter by letter. */
  when: z.record(AttributeName, z.array(z.string().check(z.minLength(1))).check(z.minLength(1))),
  region: Region,
});
export type PlacementRule = z.infer<typeof PlacementRule>;

/** Where people live, for data sovereignty. */
export const Placement = z.strictObject({
  /** Raised with each change of `rules` or `default`: the ledger names it. */
  version: z.int().check(z.positive()),
  /** The first that fits decides. */
  rules: z.array(PlacementRule),
  /** Where everybody else lives. */
  default: Region,
  /** How long the old copy of a user who moved is kept. */
  graceDays: z._default(z.int().check(z.positive(), z.lte(365)), 30),
  /** How many users a cohort's job handles in a region, on average. `UserList` and `UserRead` are shared with sign-ins. */
  usersPerSecond: z._default(z.int().check(z.positive(), z.lte(100)), 10),
  /** Pages that may call the look-up from a browser: `https://sign-in.example.com`. */
  origins: z._default(
    z.array(
      z
        .string()
        .check(
          z.regex(
            /^(https:\/\/[^/\s]+|http:\/\/localhost(:\d+)?)$/,
            "must be an origin such as https://sign-in.example.com",
          ),
        ),
    ),
    [],
  ),
});
export type Placement = z.infer<typeof Placement>;
