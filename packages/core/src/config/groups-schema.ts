import * as z from "zod/mini";

/** A group's name as Cognito takes it (API model of cognito-idp, `GroupNameType`). */
const GroupName = z
  .string()
  .check(z.regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u, "must be the name of a group"));

const rules = {
  /** Which of a source's groups are carried. One that is named here is carried whatever it can do in the new pool. */
  copy: z._default(z.union([z.literal("all"), z.array(GroupName)]), "all"),
  /** Source's name to target's name. Says, too, that the group is carried. */
  rename: z._default(z.record(GroupName, GroupName), {}),
  drop: z._default(z.array(GroupName), []),
};

/** Which groups a person keeps. */
export const GroupRules = z.strictObject(rules);
export type GroupRules = z.infer<typeof GroupRules>;

/** The same, with rules of their own for single sources: the `admin` of one pool is not that of another. */
export const GroupMapping = z.strictObject({
  ...rules,
  /** By source id. In place of the rules above, as a whole. */
  sources: z._default(z.record(z.string(), GroupRules), {}),
});
export type GroupMapping = z.infer<typeof GroupMapping>;
