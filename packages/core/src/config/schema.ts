import * as z from "zod/mini";
import { PoolId, Region, SourceId } from "../kernel/ids.ts";
import {
  AdoptedPool,
  AlarmSettings,
  EventSettings,
  MailSender,
  Mode,
  Social,
  TriggerSettings,
} from "./deploy-schema.ts";
import { Downstream } from "./downstream-schema.ts";
import { GroupMapping } from "./groups-schema.ts";
import { Onboarding } from "./onboarding-schema.ts";
import { Placement } from "./placement-schema.ts";
import { ForgotPasswordPolicy, MfaPolicy, UnconfirmedPolicy, UserIdStrategy } from "./policies.ts";
import { COGNITO_REGIONS } from "./regions.ts";

const CognitoRegion = Region.check(
  z.refine((region) => COGNITO_REGIONS.includes(region), "is not a region with Cognito user pools"),
);

/** A Cognito attribute name as it stands in an API call: a standard one, or `custom:…`. */
const AttributeName = z
  .string()
  .check(
    z.regex(
      /^(custom:)?[a-zA-Z_][\w-]{0,31}$/,
      "must be an attribute name such as email or custom:plan",
    ),
  );

/** A user pool that users come from. Nothing is ever changed in it. */
export const Source = z.strictObject({
  id: SourceId,
  region: CognitoRegion,
  userPoolId: PoolId,
  /** An app client of that pool that allows ALLOW_ADMIN_USER_PASSWORD_AUTH. */
  clientId: z.string().check(z.regex(/^[\w+]{1,128}$/, "must be an app client id")),
  /** The name of the SST secret that holds the app client's secret. */
  clientSecret: z.optional(
    z.strictObject({
      secret: z
        .string()
        .check(
          z.regex(
            /^[A-Z][a-zA-Z0-9]*$/,
            "must be the name of an SST secret such as LegacyClientSecret",
          ),
        ),
    }),
  ),
  /** Assumed before each call, for a pool in another account. */
  role: z.optional(
    z.strictObject({
      arn: z
        .string()
        .check(z.regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "must be the ARN of an IAM role")),
      externalId: z.string().check(z.minLength(2), z.maxLength(1224)),
    }),
  ),
  /** `UsernameConfiguration.CaseSensitive` of the pool. Cognito's API default is true. */
  caseSensitive: z._default(z.boolean(), true),
});
export type Source = z.infer<typeof Source>;

const CustomAttribute = z.strictObject({
  type: z._default(z.enum(["String", "Number", "DateTime", "Boolean"]), "String"),
  mutable: z._default(z.boolean(), true),
  minLength: z.optional(z.int().check(z.nonnegative())),
  maxLength: z.optional(z.int().check(z.positive(), z.lte(2048))),
  minValue: z.optional(z.number()),
  maxValue: z.optional(z.number()),
});
export type CustomAttribute = z.infer<typeof CustomAttribute>;

const PasswordPolicy = z.strictObject({
  minLength: z._default(z.int().check(z.gte(6), z.lte(99)), 8),
  requireLowercase: z._default(z.boolean(), true),
  requireUppercase: z._default(z.boolean(), true),
  requireNumbers: z._default(z.boolean(), true),
  requireSymbols: z._default(z.boolean(), true),
});

/** The new pool, the same in every region. */
export const Target = z.strictObject({
  /** What people sign in with: an address that is the username, or a username with other names beside it. Fixed at creation. */
  signIn: z._default(
    z.union([
      z.strictObject({
        usernameAttributes: z.array(z.enum(["email", "phone_number"])).check(z.minLength(1)),
      }),
      z.strictObject({
        aliasAttributes: z.array(z.enum(["email", "phone_number", "preferred_username"])),
      }),
    ]),
    { usernameAttributes: ["email"] },
  ),
  caseSensitive: z._default(z.boolean(), false),
  requiredAttributes: z._default(z.array(AttributeName), []),
  /** Without the `custom:` prefix. Carryover's own three are added by itself. */
  customAttributes: z._default(
    z.record(
      z
        .string()
        .check(
          z.regex(
            /^[a-zA-Z_][\w-]{0,19}$/,
            "must be a name of at most 20 characters without custom:",
          ),
        ),
      CustomAttribute,
    ),
    {},
  ),
  passwordPolicy: z.prefault(PasswordPolicy, {}),
  mfa: z._default(z.enum(["OFF", "OPTIONAL", "ON"]), "OPTIONAL"),
  /** Pools to take instead of creating one, by region. */
  adopt: z._default(z.record(z.string(), AdoptedPool), {}),
  mail: z.optional(MailSender),
  social: z.optional(Social),
});
export type Target = z.infer<typeof Target>;

/** A user's attributes as Cognito holds them: names to text. */
export type Attributes = Readonly<Record<string, string>>;

/** The last step of the mapping, run on what the other steps left. Pure and quick: it runs in the trigger. */
export type AttributeTransform = (
  attributes: Attributes,
  from: { readonly sourceId: string },
) => Attributes;

const AttributeMapping = z.strictObject({
  /** Which of the source's attributes cross. */
  copy: z._default(z.union([z.literal("all"), z.array(AttributeName)]), "all"),
  /** Source's name to target's name. */
  rename: z._default(z.record(AttributeName, AttributeName), {}),
  drop: z._default(z.array(AttributeName), []),
  constants: z._default(
    z.record(AttributeName, z.string().check(z.minLength(1), z.maxLength(2048))),
    {},
  ),
  transform: z.optional(
    z.custom<AttributeTransform>((value) => typeof value === "function", "must be a function"),
  ),
});
export type AttributeMapping = z.infer<typeof AttributeMapping>;

const fields = {
  /** The region of the hub bus and of the services. */
  homeRegion: CognitoRegion,
  /** Where there is a new pool. Holds the home region. */
  regions: z.array(CognitoRegion).check(z.minLength(1, "must name at least one region")),
  /** Asked in this order. */
  sources: z.array(Source).check(z.minLength(1, "must name at least one source pool")),
  target: z.prefault(Target, {}),
  userId: z._default(UserIdStrategy, "keep-old-sub"),
  attributes: z.prefault(AttributeMapping, {}),
  groups: z.prefault(GroupMapping, {}),
  mfa: z._default(MfaPolicy, "verify"),
  unconfirmed: z._default(UnconfirmedPolicy, "refuse"),
  /** Whether asking for a reset code takes a user over who has not signed in yet. */
  forgotPassword: z._default(ForgotPasswordPolicy, "cross"),
  /** Systems that hold data under old subs, by name. */
  downstream: z._default(Downstream, {}),
  /** Where people live. Without it everybody lives where they sign in. */
  placement: z.optional(Placement),
  mode: z._default(Mode, "full"),
  triggers: z.prefault(TriggerSettings, {}),
  events: z.prefault(EventSettings, {}),
  alarms: z.prefault(AlarmSettings, {}),
  /** Mails to people who crossed or may. */
  onboarding: z.optional(Onboarding),
};

/** A migration with its defaults filled in, for one stage. */
export const ResolvedMigration = z.strictObject(fields);
export type ResolvedMigration = z.infer<typeof ResolvedMigration>;

type Fields = z.input<typeof ResolvedMigration>;

/** What `carryover.config.ts` states. A stage's override replaces a top-level field as a whole. */
export type MigrationInput = Fields & {
  readonly stages?: Readonly<Record<string, Partial<Fields>>>;
};
