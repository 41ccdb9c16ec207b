import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter, resourceNotFound } from "../errors.ts";
import { operation } from "../input.ts";
import { paged } from "../pools/pools.ts";
import { type Group, type Pool, poolOf, seconds } from "../state.ts";
import { findBySub, usersFrom } from "./user-index.ts";
import { describeUser, requireUser } from "./users.ts";

const Target = z.object({ UserPoolId: z.string(), GroupName: z.string() });
const Membership = z.extend(Target, { Username: z.string() });
const Page = {
  Limit: z.optional(z.int()),
  NextToken: z.optional(z.string()),
};

/** @throws AwsError InvalidParameterException for a page with nothing on it */
function pageOf({
  Limit,
  NextToken,
}: {
  Limit?: number | undefined;
  NextToken?: string | undefined;
}) {
  if (Limit === 0) {
    // Source: radkawar/stackd, testdata/aws/cognito/group_workflows.json.
    throw invalidParameter(
      "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  }
  return { MaxResults: Limit ?? 60, NextToken };
}

function requireGroup(pool: Pool, name: string): Group {
  const group = pool.groups.get(name);
  if (group === undefined) throw resourceNotFound("Group not found.");
  return group;
}

function describeGroup(pool: Pool, group: Group): object {
  return {
    GroupName: group.name,
    UserPoolId: pool.id,
    Description: group.description,
    RoleArn: group.roleArn,
    Precedence: group.precedence,
    CreationDate: seconds(group.createdAtMs),
    LastModifiedDate: seconds(group.modifiedAtMs),
  };
}

export const createGroup = operation(
  z.extend(Target, {
    Description: z.optional(z.string()),
    RoleArn: z.optional(z.string()),
    Precedence: z.optional(z.int()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    if (pool.groups.has(input.GroupName)) {
      throw new AwsError("GroupExistsException", "A group with the name already exists.");
    }
    const nowMs = ctx.deps.clock();
    const group: Group = {
      name: input.GroupName,
      createdAtMs: nowMs,
      modifiedAtMs: nowMs,
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.RoleArn !== undefined && { roleArn: input.RoleArn }),
      ...(input.Precedence !== undefined && { precedence: input.Precedence }),
    };
    pool.groups.set(group.name, group);
    return { Group: describeGroup(pool, group) };
  },
);

/** Changes what is given; the rest stays, unlike with pools and clients. */
export const updateGroup = operation(
  z.extend(Target, {
    Description: z.optional(z.string()),
    RoleArn: z.optional(z.string()),
    Precedence: z.optional(z.int()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const group = requireGroup(pool, input.GroupName);
    if (input.Description !== undefined) group.description = input.Description;
    if (input.RoleArn !== undefined) group.roleArn = input.RoleArn;
    if (input.Precedence !== undefined) group.precedence = input.Precedence;
    group.modifiedAtMs = ctx.deps.clock();
    return { Group: describeGroup(pool, group) };
  },
);

export const getGroup = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  return { Group: describeGroup(pool, requireGroup(pool, input.GroupName)) };
});

export const deleteGroup = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const { name } = requireGroup(pool, input.GroupName);
  for (const user of usersFrom(pool, 0)) {
    // Only who is in it is looked up: what is looked up is written to the disk.
    if (user.groups.has(name)) findBySub(pool, user.sub)?.groups.delete(name);
  }
  pool.groups.delete(name);
  return {};
});

export const listGroups = operation(z.object({ UserPoolId: z.string(), ...Page }), (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const page = pageOf(input);
  return paged([...pool.groups.values()], page, "Groups", (group) => describeGroup(pool, group));
});

export const adminAddUserToGroup = operation(Membership, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const user = requireUser(pool, input.Username);
  user.groups.add(requireGroup(pool, input.GroupName).name);
  return {};
});

export const adminRemoveUserFromGroup = operation(Membership, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const user = requireUser(pool, input.Username);
  user.groups.delete(requireGroup(pool, input.GroupName).name);
  return {};
});

export const adminListGroupsForUser = operation(
  z.object({ UserPoolId: z.string(), Username: z.string(), ...Page }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const user = requireUser(pool, input.Username);
    const groups = [...user.groups].flatMap((name) => pool.groups.get(name) ?? []);
    const page = pageOf(input);
    return paged(groups, page, "Groups", (group) => describeGroup(pool, group));
  },
);

export const listUsersInGroup = operation(z.extend(Target, Page), (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const { name } = requireGroup(pool, input.GroupName);
  const members = [...usersFrom(pool, 0)].filter(({ groups }) => groups.has(name));
  const page = pageOf(input);
  return paged(members, page, "Users", describeUser);
});
