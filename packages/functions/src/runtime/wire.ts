import { type Linked, type ResourceName, resources } from "../resources.ts";
import { readLink } from "./links.ts";

/** Any linked resource. For services: a trigger uses `linkedRegional`, which loads fewer shapes. See `readLink`. */
export function linked<Name extends ResourceName>(name: Name): Linked<Name> {
  return readLink(name, resources[name]) as Linked<Name>;
}
