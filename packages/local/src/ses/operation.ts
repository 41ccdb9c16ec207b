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

/** How a list comes in pages; each differs from the others in its words, too. */
export interface Paging {
  /** How many a page has that nobody asked a size for. */
  readonly usual: number;
  readonly most: number;
  readonly badSize: (size: unknown) => string;
  readonly badToken: (token: unknown) => string;
}

/** Source: floci-io/floci, SesListPagingTest (probed on AWS). */
export const Pages = {
  identities: {
    usual: 25,
    most: 1000,
    badSize: (size) =>
      `Value ${size} for parameter PageSize is invalid. PageSize must be between 1 and 1000.`,
    badToken: (token) => `Invalid NextToken <${token}>.`,
  },
  configurationSets: {
    usual: 50,
    most: 1000,
    badSize: () => "The page size must be between 1 and 1000",
    badToken: (token) => `invalid nextToken ${token}`,
  },
  templates: {
    usual: 10,
    most: 100,
    badSize: () => "The page size must be between 1 and 100",
    badToken: (token) => `Invalid PageToken <${token}>.`,
  },
  /** Not measured. */
  suppressed: {
    usual: 1000,
    most: 1000,
    badSize: (size) => `Invalid page size: ${size}`,
    badToken: () => "Invalid next token.",
  },
} as const satisfies Record<string, Paging>;

/**
 * A page of a list; the token is where the next one starts. Some lists are asked for in the query, others in the body.
 * @throws AwsError
 */
export function page<Item>(items: readonly Item[], asked: PageAsked, paging: Paging) {
  const size = pageSize(asked, paging);
  const token = askedOf(asked).NextToken;
  const start = Number(token || 0);
  if (!Number.isSafeInteger(start) || start < 0 || start > items.length) {
    throw refused(paging.badToken(token));
  }
  const end = start + size;
  return {
    items: items.slice(start, end),
    ...(end < items.length && { NextToken: String(end) }),
  };
}
type PageAsked = Pick<Asked, "query" | "input">;

/** @throws AwsError */
export function pageSize(asked: PageAsked, { usual, most, badSize }: Paging): number {
  const { PageSize } = askedOf(asked);
  const size = Number(PageSize ?? usual);
  if (Number.isSafeInteger(size) && size >= 1 && size <= most) return size;
  throw refused(badSize(PageSize));
}

function askedOf({ query, input }: PageAsked) {
  return { ...Object(input), ...Object.fromEntries(query) };
}

/** What a list is narrowed by; older clients know no filter. */
export function filterOf({ input }: Pick<Asked, "input">): Readonly<Record<string, string>> {
  return Object(Object(input).Filter);
}

export function refused(message: string): AwsError {
  return new AwsError("BadRequestException", message);
}
