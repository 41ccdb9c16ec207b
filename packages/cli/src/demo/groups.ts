import { AdminListGroupsForUserCommand } from "@aws-sdk/client-cognito-identity-provider";
import type { Clients } from "@carryover/local/clients";

/** Somebody who crossed: where they are now, and the groups that they had in all their old pools. */
export interface GroupHolder {
  readonly poolId: string;
  readonly sub: string;
  readonly groups: readonly string[];
}

/** How many memberships are in the new pool, and how many people lack one or have one too many. */
export async function groupsCarried(
  { cognito }: Clients,
  people: readonly GroupHolder[],
): Promise<{ readonly carried: number; readonly wrong: number }> {
  let carried = 0;
  let wrong = 0;
  for (const { poolId, sub, groups } of people) {
    const { Groups = [] } = await cognito.send(
      new AdminListGroupsForUserCommand({ UserPoolId: poolId, Username: sub }),
    );
    const has = Groups.flatMap(({ GroupName }) => GroupName ?? []).toSorted();
    carried += has.length;
    if (has.join() !== groups.toSorted().join()) wrong += 1;
  }
  return { carried, wrong };
}
