import { randomUUID } from "node:crypto";
import { z } from "zod";
import { AwsError } from "./service.ts";

export const FaultService = z.enum([
  "cognito-idp",
  "events",
  "sqs",
  "dynamodb",
  "lambda",
  "sts",
  "ses",
  "kms",
  "ssm",
  "secretsmanager",
  "monitoring",
]);
export type FaultService = z.infer<typeof FaultService>;

export const FaultEffect = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("cut-off") }),
  z.strictObject({ kind: z.literal("slow"), delayMs: z.int().min(0).max(600_000) }),
  z.strictObject({ kind: z.literal("throttle") }),
  z.strictObject({
    kind: z.literal("error"),
    type: z.string().regex(/^[A-Za-z0-9.]+$/, "must be an AWS exception name"),
    message: z.string().default(""),
    status: z.int().min(400).max(599).default(400),
  }),
]);
export type FaultEffect = z.infer<typeof FaultEffect>;

/** What goes wrong, for which calls, and how often. A field that is left out matches every call. */
export const Fault = z.strictObject({
  service: FaultService,
  region: z.string().min(1).optional(),
  operation: z.string().min(1).optional(),
  userPoolId: z.string().min(1).optional(),
  clientId: z.string().min(1).optional(),
  effect: FaultEffect,
  /** How many calls it hits before it is over; without it, until it is deleted. */
  times: z.int().min(1).optional(),
});
export type Fault = z.infer<typeof Fault>;

/** The facts of a call that a fault can select on. */
export interface FaultCall {
  readonly service: FaultService;
  readonly region: string;
  readonly operation?: string | undefined;
  readonly userPoolId?: string | undefined;
  readonly clientId?: string | undefined;
}

export interface ActiveFault extends Fault {
  readonly id: string;
}

export interface Faults {
  add(fault: Fault): ActiveFault;
  list(): readonly ActiveFault[];
  /** Ends one fault, or all of them. Answers how many ended. */
  remove(id?: string): number;
  /** The effect of the oldest fault that matches the call. Uses up one of its `times`. */
  take(call: FaultCall): FaultEffect | undefined;
}

/** Keeps the faults that tests inject. */
export function createFaults(): Faults {
  let active: (ActiveFault & { left: number })[] = [];
  return {
    add: (fault) => {
      const added = { ...fault, id: randomUUID(), left: fault.times ?? Number.POSITIVE_INFINITY };
      active.push(added);
      return shown(added);
    },
    list: () => active.map(shown),
    remove: (id) => {
      const before = active.length;
      active = id === undefined ? [] : active.filter((fault) => fault.id !== id);
      return before - active.length;
    },
    take: (call) => {
      const hit = active.find((fault) => matches(fault, call));
      if (!hit) return undefined;
      hit.left -= 1;
      if (hit.left <= 0) active = active.filter((fault) => fault !== hit);
      return hit.effect;
    },
  };
}

function shown({ left, ...fault }: ActiveFault & { left: number }): ActiveFault {
  return Number.isFinite(left) ? { ...fault, times: left } : fault;
}

function matches(fault: Fault, call: FaultCall): boolean {
  return (
    fault.service === call.service &&
    (fault.region === undefined || fault.region === call.region) &&
    (fault.operation === undefined || fault.operation === call.operation) &&
    (fault.userPoolId === undefined || fault.userPoolId === call.userPoolId) &&
    (fault.clientId === undefined || fault.clientId === call.clientId)
  );
}

/** The exception with which each service says "too fast". Source: the services' API models. */
const THROTTLING: Record<FaultService, { readonly type: string; readonly status: number }> = {
  "cognito-idp": { type: "TooManyRequestsException", status: 400 },
  events: { type: "ThrottlingException", status: 400 },
  sqs: { type: "RequestThrottled", status: 403 },
  dynamodb: { type: "ThrottlingException", status: 400 },
  lambda: { type: "TooManyRequestsException", status: 429 },
  sts: { type: "Throttling", status: 400 },
  ses: { type: "TooManyRequestsException", status: 429 },
  kms: { type: "ThrottlingException", status: 400 },
  ssm: { type: "ThrottlingException", status: 400 },
  secretsmanager: { type: "ThrottlingException", status: 400 },
  monitoring: { type: "ThrottlingException", status: 400 },
};

/** The error a client sees for an effect; undefined for effects that are not an answer. */
export function faultError(service: FaultService, effect: FaultEffect): AwsError | undefined {
  switch (effect.kind) {
    case "throttle": {
      const { type, status } = THROTTLING[service];
      return new AwsError(type, "Rate exceeded", status);
    }
    case "error":
      return new AwsError(effect.type, effect.message, effect.status);
    case "cut-off":
    case "slow":
      return undefined;
  }
}
