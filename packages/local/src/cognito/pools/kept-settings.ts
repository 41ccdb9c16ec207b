import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter } from "../errors.ts";
import { operation } from "../input.ts";
import { type Ctx, clientIn, type Pool, poolOf, seconds } from "../state.ts";

/** What is kept of a pool and given back, and changes nothing here: no logs, no threat protection, no style sheets. */
export interface KeptSettings {
  logs?: readonly object[];
  /** By app client; the pool's own under `ALL`. */
  readonly risks: Map<string, Kept>;
  readonly looks: Map<string, Kept>;
  /** Of GetSigningCertificate: made when it is first wanted. */
  certificate?: string;
}

interface Kept {
  readonly settings: object;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

const ALL = "ALL";
const PoolTarget = z.object({ UserPoolId: z.string() });
const Target = z.extend(PoolTarget, { ClientId: z.optional(z.string()) });
type Target = z.infer<typeof Target>;

/** The pool, and for whom a setting is: one of its app clients, or all. */
function targetOf(ctx: Ctx, { UserPoolId, ClientId = ALL }: Target): [Pool, string] {
  const pool = poolOf(ctx, UserPoolId);
  return [pool, ClientId === ALL ? ALL : clientIn(pool, ClientId).id];
}

function keep(ctx: Ctx, settings: Map<string, Kept>, whose: string, given: object): Kept {
  const modifiedAtMs = ctx.deps.clock();
  const createdAtMs = settings.get(whose)?.createdAtMs ?? modifiedAtMs;
  const kept = { settings: given, createdAtMs, modifiedAtMs };
  settings.set(whose, kept);
  return kept;
}

const LogConfigurations = z.array(
  z.looseObject({
    EventSource: z.string(),
    S3Configuration: z.optional(z.looseObject({})),
    FirehoseConfiguration: z.optional(z.looseObject({})),
  }),
);

export const setLogDeliveryConfiguration = operation(
  z.extend(PoolTarget, { LogConfigurations }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    // Source: LogConfigurationType in the API model, which names the Plus tier for these. Text: cdk-preflight, pf-cognito-*.
    const plus = input.LogConfigurations.some(
      ({ EventSource, S3Configuration, FirehoseConfiguration }) =>
        EventSource === "userAuthEvents" || S3Configuration || FirehoseConfiguration,
    );
    const tier = pool.settings.UserPoolTier ?? "ESSENTIALS";
    if (plus && tier !== "PLUS") {
      throw new AwsError(
        "FeatureUnavailableInTierException",
        `The following feature is not available for the ${tier} pricing tier configured: Log Streaming`,
      );
    }
    pool.kept.logs = input.LogConfigurations;
    return describeLogs(pool);
  },
);

export const getLogDeliveryConfiguration = operation(PoolTarget, (ctx, input) =>
  describeLogs(poolOf(ctx, input.UserPoolId)),
);

function describeLogs({ id, kept }: Pool): object {
  return { LogDeliveryConfiguration: { UserPoolId: id, LogConfigurations: kept.logs ?? [] } };
}

const Ranges = z.optional(z.array(z.string()));
const Part = z.optional(z.looseObject({}));
const RISKS = {
  CompromisedCredentialsRiskConfiguration: Part,
  AccountTakeoverRiskConfiguration: Part,
  RiskExceptionConfiguration: z.optional(
    z.looseObject({ BlockedIPRangeList: Ranges, SkippedIPRangeList: Ranges }),
  ),
};

/** Only the target means: back to the defaults, or for a client to the pool's own. */
export const setRiskConfiguration = operation(z.extend(Target, RISKS), (ctx, input) => {
  const { UserPoolId, ClientId, ...given } = input;
  const [pool, whose] = targetOf(ctx, { UserPoolId, ClientId });
  requireThreatProtection(pool);
  const { BlockedIPRangeList = [], SkippedIPRangeList = [] } =
    given.RiskExceptionConfiguration ?? {};
  if ([...BlockedIPRangeList, ...SkippedIPRangeList].some((range) => !range.includes("/"))) {
    // cdk-preflight, pf-cognito-risk-ip-range-cidr; how much more of a range AWS looks at is not known.
    throw invalidParameter("Incorrect CIDR format");
  }
  if (Object.keys(given).length > 0) keep(ctx, pool.kept.risks, whose, given);
  else pool.kept.risks.delete(whose);
  return describeRisks(pool, whose);
});

export const describeRiskConfiguration = operation(Target, (ctx, input) => {
  const [pool, whose] = targetOf(ctx, input);
  requireThreatProtection(pool);
  return describeRisks(pool, whose);
});

function requireThreatProtection({ settings }: Pool): void {
  if ((settings.UserPoolAddOns?.AdvancedSecurityMode ?? "OFF") !== "OFF") return;
  throw new AwsError("UserPoolAddOnNotEnabledException", "User pool add-ons are not enabled.");
}

function describeRisks({ id, kept }: Pool, whose: string): object {
  const own = kept.risks.has(whose);
  const risks = kept.risks.get(own ? whose : ALL);
  return {
    RiskConfiguration: {
      UserPoolId: id,
      ...(own && whose !== ALL && { ClientId: whose }),
      ...risks?.settings,
      ...(risks && { LastModifiedDate: seconds(risks.modifiedAtMs) }),
    },
  };
}

export const setUiCustomization = operation(
  z.extend(Target, { CSS: z.optional(z.string()), ImageFile: z.optional(z.string()) }),
  (ctx, input) => {
    const [pool, whose] = targetOf(ctx, input);
    if (pool.domains.size === 0) {
      // A text that many have met: hashicorp/terraform-provider-aws, aws_cognito_user_pool_ui_customization.
      throw invalidParameter("There has to be an existing domain associated with this user pool");
    }
    if (input.ImageFile !== undefined) {
      throw invalidParameter("The local stage shows no logo, and keeps none.");
    }
    keep(ctx, pool.kept.looks, whose, { ...(input.CSS !== undefined && { CSS: input.CSS }) });
    return describeLook(pool, whose);
  },
);

/** An empty object where there is neither a look for the client nor one for all: API model, GetUICustomization. */
export const getUiCustomization = operation(Target, (ctx, input) =>
  describeLook(...targetOf(ctx, input)),
);

function describeLook({ id, kept }: Pool, asked: string): object {
  const whose = kept.looks.has(asked) ? asked : ALL;
  const look = kept.looks.get(whose);
  if (look === undefined) return { UICustomization: {} };
  return {
    UICustomization: {
      UserPoolId: id,
      ClientId: whose,
      ...look.settings,
      CSSVersion: new Date(look.modifiedAtMs).toISOString().replace(/\D/g, "").slice(0, 14),
      CreationDate: seconds(look.createdAtMs),
      LastModifiedDate: seconds(look.modifiedAtMs),
    },
  };
}
