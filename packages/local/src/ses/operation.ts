import type { SesRegion } from "./state.ts";

export interface Asked {
  /** The parsed JSON body. Untrusted. */
  readonly input: unknown;
  readonly query: URLSearchParams;
  /** What the path names, decoded; empty where it names nothing. */
  readonly name: string;
  readonly secondName: string;
}

/** Answers with the API's output shape. @throws AwsError */
export type Operation = (ses: SesRegion, asked: Asked) => object | Promise<object>;

interface Paging {
  readonly NextToken?: string | undefined;
  readonly PageSize?: number | undefined;
}

/** A page of a list; the token is where the next one starts. */
export function page<Item>(items: readonly Item[], { NextToken, PageSize = 1000 }: Paging) {
  const start = Number(NextToken ?? 0);
  const end = start + PageSize;
  return {
    items: items.slice(start, end),
    ...(end < items.length && { NextToken: String(end) }),
  };
}

export function pagingOf({ query }: Pick<Asked, "query">): Paging {
  const size = query.get("PageSize");
  return {
    NextToken: query.get("NextToken") ?? undefined,
    PageSize: size === null ? undefined : Number(size),
  };
}
