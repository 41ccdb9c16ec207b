import * as z from "zod/mini";
import { invalidParameter } from "../errors.ts";
import { operation } from "../input.ts";
import { type Ctx, type Pool, poolOf } from "../state.ts";
import { poolArn } from "./pools.ts";

const Target = z.object({ ResourceArn: z.string() });

/** @throws AwsError ResourceNotFoundException, or InvalidParameterException for what is no pool's ARN */
function poolOfArn(ctx: Ctx, arn: string): Pool {
  const id = arn.split(":userpool/")[1];
  const pool = id === undefined ? undefined : poolOf(ctx, id);
  if (pool === undefined || poolArn(pool) !== arn) {
    throw invalidParameter(`Invalid resource ARN: ${arn}`);
  }
  return pool;
}

function setTags(ctx: Ctx, pool: Pool, tags: Record<string, string>): object {
  pool.settings = { ...pool.settings, UserPoolTags: tags };
  pool.modifiedAtMs = ctx.deps.clock();
  return {};
}

export const tagResource = operation(
  z.extend(Target, { Tags: z.record(z.string(), z.string()) }),
  (ctx, input) => {
    const pool = poolOfArn(ctx, input.ResourceArn);
    return setTags(ctx, pool, { ...pool.settings.UserPoolTags, ...input.Tags });
  },
);

export const untagResource = operation(
  z.extend(Target, { TagKeys: z.array(z.string()) }),
  (ctx, input) => {
    const pool = poolOfArn(ctx, input.ResourceArn);
    const left = Object.entries(pool.settings.UserPoolTags ?? {}).filter(
      ([key]) => !input.TagKeys.includes(key),
    );
    return setTags(ctx, pool, Object.fromEntries(left));
  },
);

export const listTagsForResource = operation(Target, (ctx, input) => ({
  Tags: poolOfArn(ctx, input.ResourceArn).settings.UserPoolTags ?? {},
}));
