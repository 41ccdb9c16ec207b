/** How often one API operation was called. */
export interface RequestCount {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly userPoolId?: string;
  readonly count: number;
}

export interface RequestCounter {
  record(
    call: Omit<RequestCount, "count" | "userPoolId"> & { userPoolId?: string | undefined },
  ): void;
  list(): readonly RequestCount[];
  clear(): void;
}

/** Counts API calls, so that a test can assert "one upstream call". */
export function createRequestCounter(): RequestCounter {
  const counts = new Map<string, RequestCount>();
  return {
    record: ({ service, operation, region, userPoolId }) => {
      const key = JSON.stringify([service, operation, region, userPoolId]);
      const count = (counts.get(key)?.count ?? 0) + 1;
      counts.set(key, {
        service,
        operation,
        region,
        ...(userPoolId === undefined ? {} : { userPoolId }),
        count,
      });
    },
    list: () => [...counts.values()],
    clear: () => counts.clear(),
  };
}
