import { AwsError, type Clock } from "../service.ts";
import { suppressible } from "./addresses.ts";
import { Inputs, parse } from "./input.ts";
import {
  type Asked,
  filterOf,
  type Operation,
  Pages,
  page,
  pageSize,
  refused,
} from "./operation.ts";
import { sentInLastDay } from "./quota.ts";
import type { SesRegion, Suppressed } from "./state.ts";

/** Whose mail it is is asked nobody here. */
const VERIFIED = "SUCCESS";

/** The account, its identities and its suppression list. */
export function accountOperations(clock: Clock): Record<string, Operation> {
  return {
    GetAccount: (ses) => ({
      DedicatedIpAutoWarmupEnabled: false,
      EnforcementStatus: "HEALTHY",
      ProductionAccessEnabled: true,
      SendQuota: {
        Max24HourSend: ses.quota.max24HourSend,
        MaxSendRate: ses.quota.maxSendRate,
        SentLast24Hours: sentInLastDay(ses, clock()),
      },
      SendingEnabled: ses.sendingEnabled,
      SuppressionAttributes: { SuppressedReasons: ses.suppressedReasons },
    }),
    PutAccountSendingAttributes: (ses, { input }) => {
      ses.sendingEnabled = parse(Inputs.PutAccountSendingAttributes, input).SendingEnabled;
      return {};
    },
    PutAccountSuppressionAttributes: (ses, { input }) => {
      ses.suppressedReasons = parse(
        Inputs.PutAccountSuppressionAttributes,
        input,
      ).SuppressedReasons;
      return {};
    },

    CreateEmailIdentity: (ses, { input }) => {
      const identity = parse(Inputs.CreateEmailIdentity, input).EmailIdentity.toLowerCase();
      if (ses.identities.has(identity)) {
        throw new AwsError("AlreadyExistsException", `Email identity ${identity} already exist.`);
      }
      ses.identities.add(identity);
      return shownIdentity(identity);
    },
    GetEmailIdentity: (ses, { name }) => {
      const identity = name.toLowerCase();
      if (!ses.identities.has(identity)) throw notFound(`Email identity ${identity}`);
      return { ...shownIdentity(identity), FeedbackForwardingStatus: true };
    },
    DeleteEmailIdentity: (ses, { name }) => {
      if (!ses.identities.delete(name.toLowerCase())) throw notFound(`Email identity ${name}`);
      return {};
    },
    ListEmailIdentities: (ses, asked) => {
      const wanted = narrowed([...ses.identities].sort(), asked);
      const { items, ...more } = page(wanted, asked, Pages.identities);
      return {
        EmailIdentities: items.map((identity) => ({
          IdentityName: identity,
          IdentityType: typeOf(identity),
          SendingEnabled: true,
          VerificationStatus: VERIFIED,
        })),
        ...more,
      };
    },

    PutSuppressedDestination: (ses, { input }) => {
      const { EmailAddress, Reason } = parse(Inputs.PutSuppressedDestination, input);
      const address = suppressible(EmailAddress);
      ses.suppressed.set(address, { address, reason: Reason, atEpochMs: clock() });
      return {};
    },
    GetSuppressedDestination: (ses, { name }) => ({
      SuppressedDestination: shownSuppressed(suppressedOf(ses, name)),
    }),
    DeleteSuppressedDestination: (ses, { name }) => {
      ses.suppressed.delete(suppressedOf(ses, name).address);
      return {};
    },
    ListSuppressedDestinations: (ses, asked) => {
      const reasons = parse(Inputs.ListSuppressedDestinations, {
        Reasons: asked.query.getAll("Reason"),
      }).Reasons;
      const [from = -Infinity, to = Infinity] = ["StartDate", "EndDate"].map((name) => {
        const date = asked.query.get(name);
        return date === null ? undefined : Date.parse(date);
      });
      const wanted = [...ses.suppressed.values()].filter(
        ({ reason, atEpochMs }) =>
          (reasons.length === 0 || reasons.some((one) => one === reason)) &&
          atEpochMs >= from &&
          atEpochMs <= to,
      );
      const { items, ...more } = page(wanted, asked, Pages.suppressed);
      return { SuppressedDestinationSummaries: items.map(shownSuppressed), ...more };
    },
  };
}

const TYPES = ["EMAIL_ADDRESS", "DOMAIN"];
const STATUSES = ["PENDING", VERIFIED, "FAILED", "TEMPORARY_FAILURE"];
const FILTERS = ["IDENTITY_NAME_CONTAINS", "VERIFICATION_STATUS", "IDENTITY_TYPE"];

/**
 * The identities that a filter lets through.
 * Source: floci-io/floci, SesListFilterV2IntegrationTest and SesIdentityListFilterServiceTest (both probed on AWS).
 * @throws AwsError in the order of AWS: the map, the page's size, the values
 */
function narrowed(identities: readonly string[], asked: Asked): string[] {
  const filter = filterOf(asked);
  if (!Object.keys(filter).every((key) => FILTERS.includes(key))) {
    throw badFilter(
      `keys must satisfy constraint: [Member must satisfy enum value set: [${FILTERS.join(", ")}]]`,
    );
  }
  if (Object.values(filter).includes("")) {
    throw badFilter(
      "value must satisfy constraint: [Member must have length greater than or equal to 1]",
    );
  }
  pageSize(asked, Pages.identities);
  const { IDENTITY_NAME_CONTAINS, IDENTITY_TYPE: type, VERIFICATION_STATUS: status } = filter;
  const part = IDENTITY_NAME_CONTAINS?.trim().toLowerCase() ?? "";
  if (IDENTITY_NAME_CONTAINS !== undefined && [...part].length < 3) {
    throw refused("Filter IDENTITY_NAME_CONTAINS must be at least 3 characters.");
  }
  if ([...part].length > 320) {
    throw refused("Filter IDENTITY_NAME_CONTAINS must be at most 320 characters.");
  }
  if (type !== undefined && !TYPES.includes(type)) {
    throw refused(`Invalid identity type <${type}> in filter.`);
  }
  if (status !== undefined && !STATUSES.includes(status)) {
    throw refused(`Invalid verification status <${status}> in filter.`);
  }
  return identities.filter(
    (identity) =>
      identity.includes(part) &&
      (type === undefined || typeOf(identity) === type) &&
      (status === undefined || status === VERIFIED),
  );
}

function badFilter(what: string): AwsError {
  return refused(
    `1 validation error detected: Value at 'filter' failed to satisfy constraint: Map ${what}`,
  );
}

function typeOf(identity: string): "EMAIL_ADDRESS" | "DOMAIN" {
  return identity.includes("@") ? "EMAIL_ADDRESS" : "DOMAIN";
}

function shownIdentity(identity: string) {
  return {
    IdentityType: typeOf(identity),
    VerifiedForSendingStatus: true,
    VerificationStatus: VERIFIED,
    DkimAttributes: { SigningEnabled: true, Status: "SUCCESS" },
  };
}

function suppressedOf({ suppressed }: SesRegion, name: string): Suppressed {
  const address = suppressible(name);
  const found = suppressed.get(address);
  if (found) return found;
  const text = `Email address ${address} does not exist on your suppression list.`;
  throw new AwsError("NotFoundException", text, 404);
}

function shownSuppressed({ address, reason, atEpochMs }: Suppressed) {
  return { EmailAddress: address, Reason: reason, LastUpdateTime: atEpochMs / 1000 };
}

function notFound(what: string): AwsError {
  return new AwsError("NotFoundException", `${what} does not exist.`, 404);
}
