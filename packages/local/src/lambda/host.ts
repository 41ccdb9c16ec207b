import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Store } from "../data/store.ts";
import type { Faults } from "../faults.ts";
import { faultError } from "../faults.ts";
import { ACCOUNT_ID, type Clock, type InvocationResult, type Invoke } from "../service.ts";
import type { Sqs } from "../sqs/service.ts";
import { type DestinationDeps, sendRecord, triesOf } from "./asynchronous.ts";
import { createBundler } from "./bundle.ts";
import { sendDeadLetter } from "./dead-letter.ts";
import type { FunctionDefinition, RegisteredFunction } from "./definition.ts";
import { createInvocationLog, type Invocation, type InvocationLog } from "./invocations.ts";
import { createMappings, type Mappings } from "./mappings.ts";
import { createPool, type Pool } from "./pool.ts";
import { mapQueue, visibilitySeconds } from "./queue-mapping.ts";
import { createUploads, type Uploaded } from "./uploads.ts";

export interface LambdaHost {
  /** Makes a function known, or replaces it. Answers its ARN. */
  register(definition: FunctionDefinition): string;
  /** Changes a function. What runs, runs to its end as it was. @throws Error there is none */
  change(functionArn: string, changes: Partial<FunctionDefinition>): RegisteredFunction;
  /** Forgets a function, and ends what runs of it. Answers whether there was one. */
  remove(functionArn: string): Promise<boolean>;
  /** Unpacks uploaded code, for `register` and `change`. @throws Error it is no zip file */
  unpack(zip: Uint8Array): Uploaded;
  /** Bundles every handler of the repository ahead of its first invocation. @throws Error naming the handler that does not build */
  prepare(): Promise<void>;
  /** The project's files that handlers are made of. */
  sources(): Promise<ReadonlySet<string>>;
  /** Gives the functions that files are part of their new code; all that the services hold stays. */
  reload(files: ReadonlySet<string>): Promise<Reloaded>;
  readonly invoke: Invoke;
  /** The same with what only the Lambda API shows. Undefined: there is no such function. */
  run(functionArn: string, event: unknown): Promise<FunctionRun | undefined>;
  /**
   * Invokes without waiting; a failure is retried, as Lambda does for asynchronous invocations, and then a dead letter.
   * The function's destination hears of its end. Answers the request's id.
   */
  invokeLater(functionArn: string, event: unknown): string;
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
  /** Goes on with what an earlier stage did not end. Once the functions are registered. */
  resume(): Promise<void>;
  functions(region: string): readonly RegisteredFunction[];
  readonly invocations: InvocationLog;
  /** How long a queue hides what was received; undefined where there is no such queue. */
  visibilitySeconds(queueArn: string): Promise<number | undefined>;
  /** The stage's time, in epoch milliseconds. */
  readonly now: Clock;
  /** What polls queues and invokes functions with their messages. */
  readonly mappings: Mappings;
  stop(): Promise<void>;
}

export interface Reloaded {
  /** Names of the functions with new code. */
  readonly functions: readonly string[];
  /** Why others keep their old code. */
  readonly problems: readonly string[];
}

export interface FunctionRun {
  readonly result: InvocationResult;
  readonly invocation: Invocation;
  /** It did not run because of its reserved concurrency. */
  readonly throttled: boolean;
}

interface LambdaHostOptions {
  /** The gateway, for example `http://127.0.0.1:4566`; a function, because the port may not be known yet. */
  readonly endpoint: string | (() => string);
  readonly clock: Clock;
  readonly sqs: Sqs;
  readonly faults?: Faults | undefined;
  /** Called for every invocation, after it ended. */
  readonly log?: (invocation: Invocation) => void;
  /** Puts an event of Lambda's own onto a bus. */
  readonly announce?: DestinationDeps["announce"];
  /** Delay before the first retry of an asynchronous invocation; Lambda waits a minute. */
  readonly retryDelayMs?: number;
  readonly store?: Store | undefined;
}

/** An asynchronous invocation that has not ended. */
interface Later {
  readonly functionArn: string;
  readonly event: unknown;
  /** The same in each try. */
  readonly requestId?: string;
}

const LATER = "lambda/later/";
const FUNCTION = "lambda/function/";

/** Runs registered handlers in worker threads. */
export function createLambdaHost(options: LambdaHostOptions): LambdaHost {
  const { clock, sqs, faults } = options;
  const bundler = createBundler(fileURLToPath(new URL("./worker.ts", import.meta.url)));
  const uploads = createUploads();
  const invocations = createInvocationLog(options.store);
  const registered = new Map<string, { definition: RegisteredFunction; pool: Pool }>();
  const stopping = new AbortController();
  const endpoint = () =>
    typeof options.endpoint === "string" ? options.endpoint : options.endpoint();

  const run = async (
    functionArn: string,
    event: unknown,
    requestId: string = randomUUID(),
  ): Promise<FunctionRun | undefined> => {
    const found = registered.get(unqualified(functionArn));
    if (!found) return undefined;
    const { definition, pool } = found;
    const at = new Date(clock()).toISOString();
    const ran = await pool.run({
      requestId,
      event: JSON.stringify(event === undefined ? {} : event),
    });
    const invocation: Invocation = {
      function: definition.name,
      region: definition.region,
      requestId,
      at,
      coldStart: ran.coldStart,
      durationMs: Math.round(ran.durationMs),
      outcome: ran.result.outcome,
      ...reason(ran.result, definition.timeoutSeconds),
      lines: ran.lines,
    };
    invocations.add(invocation);
    options.log?.(invocation);
    return { result: ran.result, invocation, throttled: ran.throttled };
  };

  const invokeAs = async (
    functionArn: string,
    event: unknown,
    requestId?: string,
  ): Promise<InvocationResult> => {
    const failed = await injected(faults, functionArn);
    if (failed) return { outcome: "crashed", reason: failed };
    const ran = await run(functionArn, event, requestId);
    return ran?.result ?? { outcome: "crashed", reason: `Function not found: ${functionArn}` };
  };
  const invoke: Invoke = (functionArn, event) => invokeAs(functionArn, event);

  const invokeLater = async ({
    functionArn,
    event,
    requestId = randomUUID(),
  }: Later): Promise<void> => {
    const delayMs = options.retryDelayMs ?? 250;
    const definition = () => registered.get(unqualified(functionArn))?.definition;
    let result: InvocationResult | undefined;
    let tries = 0;
    do {
      if (tries > 0) await pause(delayMs * tries, stopping.signal);
      if (stopping.signal.aborted) return;
      result = await invokeAs(functionArn, event, requestId);
      tries += 1;
    } while (
      result.outcome !== "returned" &&
      tries < triesOf(definition()?.asynchronous ?? {}).most
    );
    const called = definition();
    if (stopping.signal.aborted || !called) return;
    const at = new Date(clock()).toISOString();
    sendRecord({ sqs, invokeLater: start, announce: options.announce }, called, {
      event,
      requestId,
      result,
      tries,
      at,
    });
    if (result.outcome !== "returned") sendDeadLetter(sqs, called, { event, requestId, result });
  };
  const { store } = options;
  const start = (functionArn: string, event: unknown): string => {
    const requestId = randomUUID();
    const key = LATER + requestId;
    store?.put(key, { functionArn, event, requestId });
    void later(key, { functionArn, event, requestId });
    return requestId;
  };
  const later = async (key: string, kept: Later): Promise<void> => {
    await invokeLater(kept);
    if (!stopping.signal.aborted) store?.remove(key);
  };

  const mappings = createMappings({
    clock,
    store,
    poll: (mapping) => mapQueue(mapping, { sqs, invoke, signal: stopping.signal, faults }),
  });
  const revised = (definition: FunctionDefinition, arn: string): RegisteredFunction => ({
    ...definition,
    arn,
    revisionId: randomUUID(),
    modifiedAtEpochMs: clock(),
  });

  const add = (definition: RegisteredFunction): void => {
    const { arn } = definition;
    const previous = registered.get(arn);
    if (previous) void previous.pool.stop();
    const pool = createPool({ definition, arn, bundler, endpoint, clock });
    registered.set(arn, { definition, pool });
  };
  const keep = (definition: RegisteredFunction): void => {
    if (definition.zip) store?.put(FUNCTION + definition.arn, definition);
    else store?.remove(FUNCTION + definition.arn);
  };

  return {
    register: (definition) => {
      const arn = `arn:aws:lambda:${definition.region}:${ACCOUNT_ID}:function:${definition.name}`;
      const fresh = revised(definition, arn);
      add(fresh);
      keep(fresh);
      return arn;
    },
    change: (functionArn, changes) => {
      const found = registered.get(functionArn);
      if (!found) throw new Error(`there is no function ${functionArn}`);
      const definition = revised({ ...found.definition, ...changes }, functionArn);
      registered.set(functionArn, { ...found, definition });
      found.pool.define(definition);
      keep(definition);
      return definition;
    },
    remove: async (functionArn) => {
      const found = registered.get(unqualified(functionArn));
      registered.delete(unqualified(functionArn));
      store?.remove(FUNCTION + unqualified(functionArn));
      await found?.pool.stop();
      return found !== undefined;
    },
    unpack: uploads.unpack,
    prepare: async () => {
      await bundler.worker();
      // Uploaded code that does not build fails where it is invoked, as on AWS.
      const definitions = [...registered.values()].map(({ definition }) => definition);
      await bundler.prepare(definitions.filter(({ zip }) => zip === undefined));
    },
    sources: () => bundler.sources(),
    reload: async (files) => {
      const rebuilt = await bundler.rebuild(files);
      const renewed = [...registered.values()].filter(({ definition }) => rebuilt.has(definition));
      await Promise.all(renewed.map(({ pool }) => pool.recycle()));
      const names = new Set(renewed.map(({ definition }) => definition.name));
      return { functions: [...names], problems: rebuilt.problems };
    },
    invoke,
    run,
    invokeLater: start,
    restore: async () => {
      for await (const [, kept] of store?.entries(FUNCTION) ?? []) {
        const definition = kept as RegisteredFunction;
        if (definition.zip) add({ ...definition, ...uploads.unpack(definition.zip) });
      }
      await mappings.restore();
      await invocations.restore();
    },
    resume: async () => {
      mappings.resume();
      for await (const [key, kept] of store?.entries(LATER) ?? []) void later(key, kept as Later);
    },
    functions: (region) =>
      [...registered.values()]
        .map(({ definition }) => definition)
        .filter((definition) => definition.region === region),
    invocations,
    visibilitySeconds: (queueArn) => visibilitySeconds(sqs, queueArn),
    now: clock,
    mappings,
    stop: async () => {
      stopping.abort();
      await Promise.all([...registered.values()].map(({ pool }) => pool.stop()));
      await bundler.stop();
      uploads.stop();
    },
  };
}

/** Drops a version or alias: the stage has one version of everything. */
function unqualified(functionArn: string): string {
  return functionArn.split(":").slice(0, 7).join(":");
}

function reason(result: InvocationResult, timeoutSeconds: number): { reason?: string } {
  switch (result.outcome) {
    case "returned":
      return {};
    case "threw":
      return { reason: `${result.errorType}: ${result.errorMessage}` };
    case "timed-out":
      return { reason: `Task timed out after ${timeoutSeconds.toFixed(2)} seconds` };
    case "crashed":
      return { reason: result.reason };
  }
}

/** Faults also hit the calls that AWS makes inside itself, which never pass the gateway. */
async function injected(
  faults: Faults | undefined,
  functionArn: string,
): Promise<string | undefined> {
  const effect = faults?.take({
    service: "lambda",
    region: functionArn.split(":")[3] ?? "",
    operation: "Invoke",
  });
  if (!effect) return undefined;
  if (effect.kind === "slow") {
    await pause(effect.delayMs);
    return undefined;
  }
  return faultError("lambda", effect)?.type ?? "the function cannot be reached";
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
