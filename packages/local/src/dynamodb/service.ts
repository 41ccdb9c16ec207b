import type { Server } from "node:http";
import type { Store } from "../data/store.ts";
import type { WireRequest, WireResponse, WireService } from "../http.ts";
import { callInProcess, inProcess, JSON_1_0 } from "../in-process.ts";
import { type AwsCall, AwsError, type AwsService, type Clock } from "../service.ts";
import { createTurns, type Turns } from "../turns.ts";
import { loadDynalite } from "./dynalite.ts";
import { startExpiry, type TimeToLive } from "./expiry.ts";
import { createRequestTokens, type RequestTokens } from "./tokens.ts";
import { TransactionCanceled, transactGetItems, transactWriteItems } from "./transactions.ts";

const TTL = "dynamodb/ttl/";
const TARGET = "DynamoDB_20120810";

interface DynamodbOptions {
  readonly clock: Clock;
  readonly dataPath?: (region: string) => string;
  /** Keeps what dynalite does not. */
  readonly store?: Store | undefined;
}

/** The table stand-in: both the wire protocol and, for the stage itself, calls in process. */
export interface Dynamodb extends WireService, AwsService {
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Tables by dynalite, in memory and apart per region. Dynalite's own port is never opened: its
 * request listener is called directly. `dataPath` names the folder that keeps a region's tables;
 * without it nothing outlives the process.
 */
export function createDynamodb(options: DynamodbOptions): Dynamodb {
  const dynalite = loadDynalite();
  const regions = new Map<string, Server>();
  const timeToLive = new Map<string, TimeToLive>();
  const tokens = createRequestTokens(options.clock);

  const server = (region: string): Server => {
    const known = regions.get(region);
    if (known) return known;
    const path = options.dataPath?.(region);
    const made = dynalite({
      createTableMs: 0,
      deleteTableMs: 0,
      updateTableMs: 0,
      ...(path === undefined ? {} : { path }),
    });
    regions.set(region, made);
    return made;
  };

  const turns = new Map<string, Turns>();
  const turnsOf = (region: string): Turns => {
    const known = turns.get(region) ?? createTurns();
    turns.set(region, known);
    return known;
  };

  const respond = async (request: WireRequest): Promise<WireResponse> => {
    const operation = operationOf(request);
    const run = TRANSACTIONS.get(operation);
    if (run === undefined) {
      return turnsOf(request.region).shared(() => respondAlone(request));
    }
    return turnsOf(request.region).alone(() => transact(request, run, tokens, respondAlone));
  };

  const respondAlone = async (request: WireRequest): Promise<WireResponse> => {
    // Dynalite knows neither call.
    const operation = operationOf(request);
    if (operation === "UpdateTimeToLive" || operation === "DescribeTimeToLive") {
      const described = await forward({ ...request, ...describeTable(request) });
      if (described.status !== 200) return described;
      return json(answerTimeToLive(timeToLive, options.store, operation, request));
    }
    const answer = await forward(request);
    if (operation === "DeleteTable" && answer.status === 200) {
      timeToLive.delete(`${request.region}/${tableName(request)}`);
      options.store?.remove(`${TTL}${request.region}/${tableName(request)}`);
    }
    return answer;
  };

  const forward = (request: WireRequest): Promise<WireResponse> =>
    inProcess(request, (req, res) => {
      server(request.region).emit("request", req, res);
    }).catch((error: unknown) => {
      // Dynalite looks into what a request lacks, such as an attribute value that is null, before it has checked it.
      throw error instanceof TypeError ? malformed() : error;
    });

  const call = (one: AwsCall) => callAs(respond, one);
  const stopExpiry = startExpiry({ clock: options.clock, timeToLive, call });

  return {
    respond,
    call,
    restore: async () => {
      for await (const [key, value] of options.store?.entries(TTL) ?? []) {
        timeToLive.set(key.slice(TTL.length), value as TimeToLive);
      }
    },
    stop: async () => {
      stopExpiry();
      const servers = [...regions.values()];
      regions.clear();
      if (options.dataPath) await Promise.all(servers.map(closeTables));
      for (const made of servers) made.removeAllListeners();
    },
  };
}

/** Dynalite closes its database only after a server that listened: it does, for a moment, on a port of the loopback. */
async function closeTables(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function operationOf({ headers }: WireRequest): string {
  return String(headers["x-amz-target"]).slice(TARGET.length + 1);
}

/** Dynalite has no transactions. */
const TRANSACTIONS = new Map([
  ["TransactWriteItems", transactWriteItems],
  ["TransactGetItems", transactGetItems],
]);

async function transact(
  request: WireRequest,
  run: typeof transactWriteItems,
  tokens: RequestTokens,
  respond: WireService["respond"],
): Promise<WireResponse> {
  const perform = (operation: string, input: object) =>
    callAs(respond, { region: request.region, operation, input, signed: true });
  try {
    const input = inputOf(request);
    return json(
      await tokens.once(request.region, input, () =>
        run(input, async (operation, fields) => ({ ...(await perform(operation, fields)) })),
      ),
    );
  } catch (error) {
    if (!(error instanceof TransactionCanceled)) throw error;
    return {
      ...json({
        __type: `com.amazonaws.dynamodb.v20120810#${error.type}`,
        Message: error.message,
        CancellationReasons: error.reasons,
      }),
      status: error.status,
    };
  }
}

/** @throws AwsError SerializationException for what is no JSON object */
function inputOf({ body }: Pick<WireRequest, "body">): Record<string, unknown> {
  const input: unknown = JSON.parse(body.toString());
  if (typeof input !== "object" || input === null) throw malformed();
  return { ...input };
}

function malformed(): AwsError {
  return new AwsError("SerializationException", "The request is malformed");
}

function tableName(request: Pick<WireRequest, "body">): string {
  return String(inputOf(request)["TableName"]);
}

function describeTable(request: WireRequest): Pick<WireRequest, "headers" | "body"> {
  return {
    headers: { ...request.headers, "x-amz-target": `${TARGET}.DescribeTable` },
    body: Buffer.from(JSON.stringify({ TableName: tableName(request) })),
  };
}

function answerTimeToLive(
  kept: Map<string, TimeToLive>,
  store: Store | undefined,
  operation: string,
  request: WireRequest,
): object {
  const key = `${request.region}/${tableName(request)}`;
  if (operation === "UpdateTimeToLive") {
    const wanted = inputOf(request)["TimeToLiveSpecification"] as TimeToLive | null | undefined;
    if (typeof wanted?.AttributeName !== "string" || typeof wanted.Enabled !== "boolean") {
      throw new AwsError("ValidationException", "TimeToLiveSpecification is not complete");
    }
    kept.set(key, wanted);
    store?.put(TTL + key, wanted);
    return { TimeToLiveSpecification: wanted };
  }
  const found = kept.get(key);
  return {
    TimeToLiveDescription: found?.Enabled
      ? { TimeToLiveStatus: "ENABLED", AttributeName: found.AttributeName }
      : { TimeToLiveStatus: "DISABLED" },
  };
}

function json(body: object): WireResponse {
  return {
    status: 200,
    headers: { "content-type": JSON_1_0 },
    body: JSON.stringify(body),
  };
}

function callAs(respond: WireService["respond"], call: AwsCall): Promise<object> {
  return callInProcess(respond, TARGET, call, {
    "x-amz-date": "20260101T000000Z",
    // Dynalite insists on a signature and does not check it.
    authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${call.region}/dynamodb/aws4_request, SignedHeaders=host, Signature=local`,
  });
}
