import type { Attributes } from "../config/schema.ts";
import type { SourceId, Sub } from "../kernel/ids.ts";
import type { Group } from "./map-groups.ts";

/** Somebody in a pool. */
export interface Member {
  readonly username: string;
  readonly enabled: boolean;
  readonly attributes: Attributes;
}

/** A pool whose groups are read. Every call @throws GroupsUnavailableError when the pool does not answer */
export interface GroupSource {
  /** By sub alone: a username that looks like it is somebody else. Undefined when there is nobody. */
  findMember(sub: Sub): Promise<Member | undefined>;
  groupsOf(username: string): Promise<readonly Group[]>;
}

/** A source as the configuration names it. */
export interface NamedSource extends GroupSource {
  readonly id: SourceId;
}

/** A pool whose groups are filled. */
export interface GroupTarget extends GroupSource {
  /** Whether the group gives an IAM role; undefined when there is no such group. May be a minute old. */
  findGroup(name: string): Promise<{ readonly hasRole: boolean } | undefined>;
  /** Without a role. One that is there stays as it is. Safe to repeat. */
  createGroup(group: Group): Promise<void>;
  /** Safe to repeat. @throws GroupsUserMissingError */
  addMember(username: string, group: string): Promise<void>;
}
