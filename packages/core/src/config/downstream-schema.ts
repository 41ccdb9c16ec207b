import * as z from "zod/mini";

/** Systems that hold data under old subs, and how each is brought to the new ID: docs/downstream.md. */

/** In events, on the command line and in the names of the system's queue and function. */
export const SystemName = z
  .string()
  .check(
    z.regex(
      /^[a-z][a-z0-9-]{0,31}$/,
      "must start with a letter and have at most 32 of a-z, 0-9 and -",
    ),
  );

const SecretName = z
  .string()
  .check(
    z.regex(/^[A-Z][a-zA-Z0-9]*$/, "must be the name of an SST secret such as OrdersWebhookSecret"),
  );
const SecretRef = z.strictObject({ secret: SecretName });

const Network = z
  .string()
  .check(z.regex(/^[\da-fA-F.:]+\/\d{1,3}$/, "must be a network such as 10.0.0.0/8"));

const Retry = z.strictObject({
  /** Tries before a person is asked. */
  maxAttempts: z._default(z.int().check(z.positive(), z.lte(100)), 12),
  firstDelaySeconds: z._default(z.int().check(z.positive()), 60),
  maxDelaySeconds: z._default(z.int().check(z.positive(), z.lte(86_400)), 21_600),
});
export type RetrySettings = z.infer<typeof Retry>;

const common = {
  /** What the system shall know a person by. */
  keyedOn: z._default(z.enum(["userId", "newSub"]), "userId"),
  /** How many users are worked on at the same time (AWS Lambda, `MaximumConcurrency`: 2 to 1000). */
  concurrency: z._default(z.int().check(z.gte(2), z.lte(1000)), 5),
  retry: z.prefault(Retry, {}),
};

/** Another team's HTTP endpoint, called by Standard Webhooks. */
export const WebhookSystem = z.strictObject({
  kind: z.literal("webhook"),
  ...common,
  /** Or the name of the secret that holds it, where the address itself gives access. */
  url: z.union([
    SecretRef,
    z.string().check(z.regex(/^https?:\/\/[^\s@]+$/, "must be an http address without a password")),
  ]),
  /** `whsec_…`. While it is rotated, calls carry a signature of each of the two. */
  signingSecret: z.strictObject({ secret: SecretName, previousSecret: z.optional(SecretName) }),
  timeoutSeconds: z._default(z.int().check(z.positive(), z.lte(25)), 10),
  allowHttp: z._default(z.boolean(), false),
  /** Private, local and other special networks that it may be in. Without: public addresses only. */
  allowNetworks: z._default(z.array(Network), []),
  /** What the endpoint can answer beside `user.rekey`. */
  answers: z._default(z.array(z.enum(["verify", "dry-run"])), []),
});
export type WebhookSystem = z.infer<typeof WebhookSystem>;

export const DownstreamSystem = z.discriminatedUnion("kind", [WebhookSystem], {
  error: "must have the kind webhook",
});
export type DownstreamSystem = z.infer<typeof DownstreamSystem>;
export type SystemKind = DownstreamSystem["kind"];

/** By name. Each has a queue and a function of its own. */
export const Downstream = z
  .record(SystemName, DownstreamSystem)
  .check(z.refine((systems) => Object.keys(systems).length <= 20, "must have at most 20 systems"));
export type Downstream = z.infer<typeof Downstream>;

/** The SST secrets that a system's function is linked to, each once. */
export function secretsOfSystem(system: DownstreamSystem): readonly string[] {
  const { url, signingSecret } = system;
  const named = [
    signingSecret.secret,
    signingSecret.previousSecret,
    typeof url === "string" ? undefined : url.secret,
  ];
  return [...new Set(named.filter((name) => name !== undefined))];
}
