import { randomUUID } from "node:crypto";
import type { Store } from "../data/store.ts";
import type { Clock } from "../service.ts";
import type { QueueMapping } from "./queue-mapping.ts";

type Tags = Readonly<Record<string, string>>;

/** An event source mapping with what the API shows of it. */
export interface Mapping extends QueueMapping {
  readonly uuid: string;
  readonly enabled: boolean;
  readonly modifiedAtEpochMs: number;
  readonly tags?: Tags | undefined;
  /** As the stage wired it, where it did. */
  readonly wired?: QueueMapping;
}

type Changes = Partial<QueueMapping> & { readonly enabled?: boolean | undefined };

export interface Mappings {
  /** Starts one for a caller of the API. */
  add(mapping: QueueMapping, shown: { readonly enabled: boolean; readonly tags: Tags }): Mapping;
  /** Starts one of the stage's own. The same as before a restart keeps its id, and what callers changed. */
  wire(mapping: QueueMapping): Mapping;
  change(uuid: string, changes: Changes): Mapping | undefined;
  /** Goes on as it is, with these tags alone. */
  tag(uuid: string, tags: Tags): void;
  remove(uuid: string): Mapping | undefined;
  get(uuid: string): Mapping | undefined;
  list(): readonly Mapping[];
  /** Takes up what the store of an earlier stage kept; nothing is polled yet. */
  restore(): Promise<void>;
  /** Starts those that callers of the API made. Once the functions are registered. */
  resume(): void;
}

interface MappingsDeps {
  readonly clock: Clock;
  /** Starts polling. Answers a function that ends it. */
  readonly poll: (mapping: QueueMapping) => () => void;
  readonly store?: Store | undefined;
}

const MAPPING = "lambda/mapping/";

export function createMappings({ clock, poll, store }: MappingsDeps): Mappings {
  const mappings = new Map<string, Mapping>();
  const polls = new Map<string, () => void>();
  const end = (uuid: string) => {
    polls.get(uuid)?.();
    polls.delete(uuid);
  };
  const start = (mapping: Mapping) => {
    end(mapping.uuid);
    if (mapping.enabled) polls.set(mapping.uuid, poll(mapping));
  };
  const keep = (mapping: Mapping) => {
    mappings.set(mapping.uuid, mapping);
    store?.put(MAPPING + mapping.uuid, mapping);
  };
  const put = (mapping: Mapping): Mapping => {
    keep(mapping);
    start(mapping);
    return mapping;
  };
  const fresh = () => ({ uuid: randomUUID(), enabled: true, modifiedAtEpochMs: clock() });
  return {
    add: (mapping, shown) => put({ ...mapping, ...fresh(), ...shown }),
    wire: (wired) => {
      const before = [...mappings.values()].find(
        (one) => sameEnds(one, wired) && one.wired !== undefined,
      );
      if (before && JSON.stringify(before.wired) === JSON.stringify(wired)) return put(before);
      const { uuid, enabled, modifiedAtEpochMs } = before ?? fresh();
      return put({ ...wired, uuid, enabled, modifiedAtEpochMs, tags: before?.tags, wired });
    },
    change: (uuid, changes) => {
      const before = mappings.get(uuid);
      return before && put({ ...before, ...changes, modifiedAtEpochMs: clock() } as Mapping);
    },
    tag: (uuid, tags) => {
      const before = mappings.get(uuid);
      if (before) keep({ ...before, tags });
    },
    remove: (uuid) => {
      const before = mappings.get(uuid);
      end(uuid);
      mappings.delete(uuid);
      store?.remove(MAPPING + uuid);
      return before;
    },
    get: (uuid) => mappings.get(uuid),
    list: () => [...mappings.values()],
    restore: async () => {
      for await (const [, kept] of store?.entries(MAPPING) ?? []) {
        const mapping = kept as Mapping;
        mappings.set(mapping.uuid, mapping);
      }
    },
    resume: () => {
      for (const mapping of mappings.values()) if (!mapping.wired) start(mapping);
    },
  };
}

export function sameEnds(
  one: Pick<QueueMapping, "queueArn" | "functionArn">,
  other: Pick<QueueMapping, "queueArn" | "functionArn">,
): boolean {
  return one.queueArn === other.queueArn && one.functionArn === other.functionArn;
}
