import { randomUUID } from "node:crypto";
import { ACCOUNT_ID, AwsError, type Clock } from "../service.ts";
import { isRecord } from "./match-value.ts";

/** An event on a bus, as rules match it and targets get it. */
export interface BusEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** ISO-8601 UTC text in whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Record<string, unknown>;
  /** Only on an event that comes from an archive. */
  readonly "replay-name"?: string;
}

/** An entry of PutEvents. `Time` is an epoch in seconds. */
export interface Entry {
  readonly Time?: number | undefined;
  readonly Source?: string | undefined;
  readonly Resources?: readonly string[] | undefined;
  readonly DetailType?: string | undefined;
  readonly Detail?: string | undefined;
  readonly EventBusName?: string | undefined;
}

/** An event of a service of AWS: what the service itself says of it. */
export type AwsEvent = Pick<BusEvent, "source" | "detail-type" | "resources" | "detail">;

/** Why one entry failed. */
export interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Source: facts/cognito.md 8.1. */
const MOST_REQUEST_BYTES = 1024 * 1024;
const MOST_DETAIL_TYPE = 128;
const MOST_DEPTH = 1000;

/**
 * Refuses a request as a whole. Of one in which no entry is complete, the API reference says that it fails entirely;
 * AWS answered it with the failures of all its entries (getmoto/moto issue 7532). @throws AwsError `ValidationException`
 */
export function checkRequest(entries: readonly Entry[]): void {
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes >= MOST_REQUEST_BYTES) {
    throw new AwsError(
      "ValidationException",
      "Total size of the entries in the request is over the limit.",
    );
  }
}

/** Makes the event of one entry, or says why it fails alone. */
export function eventOf(
  entry: Entry,
  { region, account, clock }: { region: string; account: string; clock: Clock },
): BusEvent | EntryError {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return missing("Source");
  if (!DetailType) return missing("DetailType");
  if (!Detail) return missing("Detail");
  if (DetailType.length > MOST_DETAIL_TYPE) {
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter DetailType is not valid. Reason: DetailType must be at most ${MOST_DETAIL_TYPE} characters.`,
    };
  }
  if (Source.startsWith("aws.")) {
    return {
      ErrorCode: "NotAuthorizedForSourceException",
      ErrorMessage: "Not authorized for the source.",
    };
  }
  const detail = jsonObject(Detail);
  if (!detail) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  const epochMs = entry.Time === undefined ? clock() : entry.Time * 1000;
  const said = {
    source: Source,
    "detail-type": DetailType,
    resources: entry.Resources ?? [],
    detail,
  };
  return enveloped(said, { region, account, epochMs });
}

export function awsEvent(event: AwsEvent, region: string, clock: Clock): BusEvent {
  return enveloped(event, { region, account: ACCOUNT_ID, epochMs: clock() });
}

function enveloped(
  event: AwsEvent,
  { region, account, epochMs }: { region: string; account: string; epochMs: number },
): BusEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": event["detail-type"],
    source: event.source,
    account,
    time: `${new Date(epochMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: event.resources,
    detail: event.detail,
  };
}

function missing(field: string): EntryError {
  return {
    ErrorCode: "InvalidArgument",
    ErrorMessage: `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
  };
}

/** Source: EventBridge UG, "Calculating Amazon EventBridge PutEvents event entry size". */
function sizeOf(entry: Entry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const bytes = texts.reduce((sum, one) => sum + Buffer.byteLength(one ?? ""), 0);
  return bytes + (entry.Time === undefined ? 0 : 14);
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) && !deeperThan(parsed, MOST_DEPTH) ? parsed : undefined;
  } catch {
    // Not JSON, which is what the caller asks about.
    return undefined;
  }
}

function deeperThan(root: unknown, most: number): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) return true;
    level = level.flatMap((node) =>
      typeof node === "object" && node !== null ? Object.values(node) : [],
    );
  }
  return false;
}
