import { searchableSource } from "@carryover/core/aws/searchable-source";
import type { SearchableSource } from "@carryover/core/migration/source";
import { type SourceUser, sourceClient } from "./sources.ts";
import { linked } from "./wire.ts";

/** The source pools for those who look people up. Call it once, at module scope. Needs the link Migration. */
export function searchableSources(user: SourceUser): readonly SearchableSource[] {
  return linked("Migration").sources.map((source) =>
    searchableSource(sourceClient(source, user), source),
  );
}
