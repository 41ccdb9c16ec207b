import { AwsError, type Clock } from "../service.ts";
import { Inputs, parse } from "./input.ts";
import { filterOf, type Operation, page } from "./operation.ts";
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
      const filter = filterOf(asked, [
        "IDENTITY_NAME_CONTAINS",
        "IDENTITY_TYPE",
        "VERIFICATION_STATUS",
      ]);
      const { IDENTITY_NAME_CONTAINS: part = "", IDENTITY_TYPE: type } = filter;
      const { VERIFICATION_STATUS: status = VERIFIED } = filter;
      const wanted = [...ses.identities]
        .filter((identity) => identity.includes(part.toLowerCase()) && status === VERIFIED)
        .filter((identity) => type === undefined || typeOf(identity) === type);
      const { items, ...more } = page(wanted, asked);
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
      const address = EmailAddress.toLowerCase();
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
      const reasons = asked.query.getAll("Reason");
      const [from = -Infinity, to = Infinity] = ["StartDate", "EndDate"].map((name) => {
        const date = asked.query.get(name);
        return date === null ? undefined : Date.parse(date);
      });
      const wanted = [...ses.suppressed.values()].filter(
        ({ reason, atEpochMs }) =>
          (reasons.length === 0 || reasons.includes(reason)) &&
          atEpochMs >= from &&
          atEpochMs <= to,
      );
      const { items, ...more } = page(wanted, asked);
      return { SuppressedDestinationSummaries: items.map(shownSuppressed), ...more };
    },
  };
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

function suppressedOf({ suppressed }: SesRegion, address: string): Suppressed {
  const found = suppressed.get(address.toLowerCase());
  if (found) return found;
  throw notFound(`Email address ${address} on the suppression list`);
}

function shownSuppressed({ address, reason, atEpochMs }: Suppressed) {
  return { EmailAddress: address, Reason: reason, LastUpdateTime: atEpochMs / 1000 };
}

function notFound(what: string): AwsError {
  return new AwsError("NotFoundException", `${what} does not exist.`, 404);
}
