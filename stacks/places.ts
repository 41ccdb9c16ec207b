import type { ResolvedMigration } from "@carryover/core/config/schema";

/** A region with what its resources need to be created there and not in another one. */
export interface Place {
  readonly region: string;
  /** Ends the name of each of the region's resources: `UsEast1`. */
  readonly suffix: string;
  readonly provider: aws.Provider;
  readonly accountId: $util.Output<string>;
  readonly partition: $util.Output<string>;
}

/**
 * Every region has a provider of its own, the home region too: a pool must never be replaced because
 * another region has become home. What is given no provider lands in the home region, so each regional
 * resource is given one, and every-stage.test.ts looks at all of them.
 */
export function createPlaces({ regions }: ResolvedMigration): readonly Place[] {
  return regions.map((region) => {
    const suffix = pascalCase(region);
    const provider = new aws.Provider(`Aws${suffix}`, {
      region,
      defaultTags: { tags: { "sst:app": $app.name, "sst:stage": $app.stage } },
    });
    return {
      region,
      suffix,
      provider,
      accountId: aws.getCallerIdentityOutput({}, { provider }).accountId,
      partition: aws.getPartitionOutput({}, { provider }).partition,
    };
  });
}

/** `user-migration` as SST wants a component's name: `UserMigration`. */
export function pascalCase(name: string): string {
  return name
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}
