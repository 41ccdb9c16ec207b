import { AwsError } from "../service.ts";
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

const MOST_LISTED = 1000;

/**
 * A page of a list; the token is where the next one starts. Some lists are asked for in the query, others in the body.
 * @throws AwsError
 */
export function page<Item>(
  items: readonly Item[],
  { query, input }: Pick<Asked, "query" | "input">,
) {
  const { NextToken, PageSize } = { ...Object(input), ...Object.fromEntries(query) };
  const start = Number(NextToken ?? 0);
  const size = Number(PageSize ?? 0);
  if (!Number.isSafeInteger(start) || start < 0 || start > items.length) {
    throw new AwsError("BadRequestException", "Invalid next token.");
  }
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new AwsError("BadRequestException", `Invalid page size: ${PageSize}`);
  }
  const end = start + Math.min(size || MOST_LISTED, MOST_LISTED);
  return {
    items: items.slice(start, end),
    ...(end < items.length && { NextToken: String(end) }),
  };
}

/** What a list is narrowed by, a value for each key; older clients know no filter. @throws AwsError */
export function filterOf<Key extends string>(
  { input }: Pick<Asked, "input">,
  keys: readonly Key[],
): Readonly<Partial<Record<Key, string>>> {
  const filter = Object(Object(input).Filter);
  const unknown = Object.keys(filter).find((key) => !keys.some((one) => one === key));
  if (unknown === undefined) return filter;
  throw new AwsError("BadRequestException", `Invalid filter: ${unknown}`);
}
