import { searchableSource } from "@carryover/core/aws/searchable-source";
import type { SearchableSource } from "@carryover/core/migration/source";
import { linkedRegional } from "./links.ts";
import { type SourceUser, sourceClient } from "./sources.ts";

/** The source pools for those who look people up. Call it once, at module scope. Needs the link Migration. */
export function searchableSources(user: SourceUser): readonly SearchableSource[] {
  return linkedRegional("Migration").sources.map((source) =>
    searchableSource(sourceClient(source, user), source),
  );
}
