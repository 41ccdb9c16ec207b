import type { Linked, ResourceName } from "@carryover/functions/resources";
import type { Right } from "./rights.ts";

/** What `link` of an SST function takes. */
export interface Link {
  readonly name: ResourceName;
  readonly urn: string;
  getSSTLink(): { properties: object; include: object[] };
}

type Linkable<Value> = { [Key in keyof Value]: $util.Input<Value[Key]> };

/**
 * A link that has the same name in every region: a function asks for `Bus` and gets the one of its own
 * region. A component's link would bear the component's name, which has to differ from region to region.
 */
export function linkAs<Name extends ResourceName>(
  name: Name,
  properties: Linkable<Linked<Name>>,
  ...rights: readonly Right[]
): Link {
  return {
    name,
    // SST takes a link's name from the end of its URN.
    urn: `urn:pulumi:${$app.stage}::${$app.name}::carryover:Link::${name}`,
    getSSTLink: () => ({
      properties,
      include: rights.map((right) => sst.aws.permission(right)),
    }),
  };
}
