import * as z from "zod/mini";
import { PoolId } from "../kernel/ids.ts";

/** Fields that only the stacks read: how a stage is deployed, not how a person crosses. */

const Arn = (service: string) =>
  z
    .string()
    .check(z.regex(new RegExp(`^arn:aws[\\w-]*:${service}:.+$`), `must be an ARN of ${service}`));

const SecretName = z
  .string()
  .check(
    z.regex(/^[A-Z][a-zA-Z0-9]*$/, "must be the name of an SST secret such as GoogleClientSecret"),
  );

const HttpsUrl = z
  .string()
  .check(
    z.regex(
      /^(https:\/\/|http:\/\/localhost[:/])\S+$/,
      "must be an https address, or one of localhost",
    ),
  );

/** A new pool that exists already: its triggers are attached, nothing else of it is changed or removed. */
export const AdoptedPool = z.strictObject({
  userPoolId: PoolId,
  /** The pool's `SnsCallerArn`, if it sends SMS: an update of the pool has to pass it on. */
  smsRoleArn: z.optional(Arn("iam")),
});
export type AdoptedPool = z.infer<typeof AdoptedPool>;

/** SES as the pool's sender. Cognito's own sends 50 mails a day for the whole account. */
export const MailSender = z.strictObject({
  /** As a mail's From: `Example <hello@example.com>`. */
  from: z.string().check(z.regex(/^\S+@\S+$|^.+<\S+@\S+>$/, "must be an address to send from")),
  /** The domain or address that SES has verified, in each region of `regions`: mail is sent from where the user is. */
  identity: z
    .string()
    .check(
      z.regex(/^[^\s@]+(@[^\s@]+)?\.[a-z]+$/i, "must be a domain or address that SES has verified"),
    ),
  replyTo: z.optional(z.string()),
  configurationSet: z.optional(z.string()),
});
export type MailSender = z.infer<typeof MailSender>;

const SocialProvider = z.strictObject({
  clientId: z.string().check(z.minLength(1)),
  clientSecret: z.strictObject({ secret: SecretName }),
});

const RESERVED_WORDS = ["aws", "amazon", "cognito"];

/** Sign-in with other identity providers, and the domain that they need. */
export const Social = z.strictObject({
  /** The start of `<prefix>-<region>.auth.<region>.amazoncognito.com`. */
  domainPrefix: z.string().check(
    z.regex(/^[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?$/, "must be at most 42 of a-z, 0-9 and -"),
    // Cognito refuses them when it makes the domain: "Domain cannot contain reserved word".
    z.refine(
      (prefix) => !prefix.split("-").some((word) => RESERVED_WORDS.includes(word)),
      `must not have a word of ${RESERVED_WORDS.join(", ")} in it`,
    ),
  ),
  callbackUrls: z.array(HttpsUrl).check(z.minLength(1)),
  logoutUrls: z._default(z.array(HttpsUrl), []),
  providers: z.strictObject({
    google: z.optional(SocialProvider),
    facebook: z.optional(SocialProvider),
    amazon: z.optional(SocialProvider),
  }),
});
export type Social = z.infer<typeof Social>;

/** `trigger-only`: the triggers and the buses, and none of the services. */
export const Mode = z.enum(["full", "trigger-only"]);
export type Mode = z.infer<typeof Mode>;

export const TriggerSettings = z.strictObject({
  /** Instances of each trigger that are kept warm, in each region. Costs money while it is set. */
  provisionedConcurrency: z.optional(z.int().check(z.positive(), z.lte(1000))),
});

export const EventSettings = z.strictObject({
  /** How long the hub bus keeps what was published, to be replayed. */
  archiveDays: z._default(z.int().check(z.positive(), z.lte(3650)), 90),
  /** Accounts of the same organisation that may put rules of their own on the hub bus. */
  subscriberAccounts: z._default(
    z.array(z.string().check(z.regex(/^\d{12}$/, "must be an AWS account id of 12 digits"))),
    [],
  ),
});

export const AlarmSettings = z.strictObject({
  /** Each gets a mail to confirm at the first deployment. */
  emails: z._default(z.array(z.string().check(z.regex(/^\S+@\S+$/, "must be an address"))), []),
  /** Warns at 80 % of what is expected of a month, and at all of it. */
  monthlyBudgetUsd: z.optional(z.number().check(z.positive())),
});
