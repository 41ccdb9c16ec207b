import type { Seed, SeedUser } from "@carryover/local/seed";

export type SourceName = "legacy" | "partner" | "acquired";

/** What a person does at the new pool's sign-in page. */
export type Journey =
  | "sign-in"
  | "wrong-password"
  | "totp"
  | "sms"
  | "mail"
  | "reset-then-sign-in"
  | "forgot-password"
  | "locked-out"
  | "source-down";

/** What has to come of it. `method` as in the UserMigrated event. */
export type Expected =
  | {
      readonly crosses: true;
      readonly method: "password" | "forgot_password";
      readonly mfa: "none" | "verified";
    }
  | { readonly crosses: false };

export interface Account {
  readonly source: SourceName;
  readonly username: string;
  readonly user: SeedUser;
}

export interface Person {
  readonly kind: Kind;
  readonly journey: Journey;
  /** What is typed as the login. */
  readonly login: string;
  readonly password: string;
  readonly totpSecret?: string;
  /** E.164, where codes come by text message. */
  readonly phone?: string;
  /** The account that is asked first comes first; none for a login that nobody has. */
  readonly accounts: readonly Account[];
  /** How many of the accounts have to lead to the one user ID in the end. */
  readonly joined: number;
}

/** Every kind of user that the decision table knows and a real pool can hold. */
export const kinds = {
  "plain password": kind("legacy", 109, "sign-in", crosses()),
  "attribute too long for the new pool": kind("legacy", 4, "sign-in", crosses()),
  "authenticator app": kind("legacy", 8, "totp", crosses("password", "verified")),
  "code by text message": kind("legacy", 6, "sms", crosses("password", "verified")),
  "code by mail": kind("legacy", 4, "mail", crosses("password", "verified")),
  "two second factors": kind("legacy", 2, "totp", crosses("password", "verified")),
  "temporary password, verified address": kind("legacy", 5, "reset-then-sign-in", crosses()),
  "temporary password, no verified address": kind("legacy", 3, "sign-in", stays()),
  "reset required in the old pool": kind("legacy", 5, "reset-then-sign-in", crosses()),
  "forgot the password": kind("legacy", 8, "forgot-password", crosses("forgot_password")),
  "forgot the password, no verified address": kind("legacy", 4, "forgot-password", stays()),
  "types a wrong password": kind("legacy", 8, "wrong-password", stays()),
  "locked out in the old pool": kind("legacy", 3, "locked-out", stays()),
  "disabled in the old pool": kind("legacy", 6, "sign-in", stays()),
  "never confirmed in the old pool": kind("legacy", 6, "sign-in", stays()),
  "federated in the old pool": kind("legacy", 6, "sign-in", stays()),
  "signs in while the old pool is down": kind("legacy", 4, "source-down", crosses()),
  "second factor required, never set up": kind("partner", 10, "sign-in", crosses()),
  "in two old pools, same verified address": kind("legacy", 6, "sign-in", crosses(), "partner"),
  "in two old pools, verified in one only": kind("legacy", 3, "sign-in", crosses(), "partner"),
  "old pool of another account and region": kind("acquired", 8, "sign-in", crosses()),
  "typed in another case than stored": kind("acquired", 3, "sign-in", crosses()),
  "login that nobody has": kind("nobody", 3, "sign-in", stays()),
} as const;
export type Kind = keyof typeof kinds;

function kind(
  source: SourceName | "nobody",
  people: number,
  journey: Journey,
  expected: Expected,
  also?: SourceName,
) {
  return { source, people, journey, expected, ...(also && { also }) };
}

function crosses(
  method: "password" | "forgot_password" = "password",
  mfa: "none" | "verified" = "none",
): Expected {
  return { crosses: true, method, mfa };
}

function stays(): Expected {
  return { crosses: false };
}

const TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/** The whole population, the same at every run. */
export function population(): Person[] {
  return (Object.keys(kinds) as Kind[]).flatMap((name) =>
    Array.from({ length: kinds[name].people }, (_, index) => person(name, index)),
  );
}

function person(name: Kind, index: number): Person {
  const { source } = kinds[name];
  const number = String(index + 1).padStart(3, "0");
  const slug = name.replaceAll(/[^a-z]+/g, "-");
  const login = `${slug}.${number}@example.com`;
  const password = `Old-Pool-${number}-${slug.length}!`;
  const phone = `+1555${String(slug.length).padStart(2, "0")}00${number}`;
  const { journey } = kinds[name];
  if (source === "nobody") {
    return { kind: name, journey, login, password, accounts: [], joined: 0 };
  }

  const first = account(source, login, password, phone, name);
  const also = "also" in kinds[name] ? kinds[name].also : undefined;
  const second = also && account(also, login, `Other-${password}`, phone, name, "second");
  const sameContact = name === "in two old pools, same verified address";
  return {
    kind: name,
    journey,
    login: typed(name, login),
    password,
    ...(first.user.totpSecret !== undefined && { totpSecret: first.user.totpSecret }),
    ...(first.user.smsMfa && { phone }),
    accounts: second ? [first, second] : [first],
    joined: second && sameContact ? 2 : 1,
  };
}

function typed(name: Kind, login: string): string {
  return name === "typed in another case than stored" ? login.toUpperCase() : login;
}

function account(
  source: SourceName,
  login: string,
  password: string,
  phone: string,
  name: Kind,
  rank: "first" | "second" = "first",
): Account {
  const oneSided = name === "in two old pools, verified in one only" && rank === "second";
  const verified = !name.endsWith("no verified address") && !oneSided;
  const usernames: Record<SourceName, string> = {
    legacy: login,
    acquired: login,
    partner: `partner-${login.split("@")[0]}`,
  };
  const federated = name === "federated in the old pool";
  const username = federated ? `Google_${login.split("@")[0]}` : usernames[source];
  const byText = name === "code by text message" || name === "two second factors";
  const byApp = name === "authenticator app" || name === "two second factors";
  return {
    source,
    username,
    user: {
      username,
      ...(!federated && { password }),
      attributes: {
        email: login,
        email_verified: String(verified),
        ...(byText && { phone_number: phone, phone_number_verified: "true" }),
        given_name: name,
        "custom:tier": name === "attribute too long for the new pool" ? "x".repeat(40) : "gold",
      },
      status: statusOf(name),
      enabled: name !== "disabled in the old pool",
      ...(byApp && { totpSecret: TOTP_SECRET }),
      smsMfa: byText,
      emailMfa: name === "code by mail",
      groups: groupsOf(name, source),
    },
  };
}

/** Some are in groups; who has two accounts, in one of each old pool. */
function groupsOf(name: Kind, source: SourceName): string[] {
  if (name === "authenticator app") return ["editors", "readers"];
  return name === "in two old pools, same verified address" ? [`${source}-readers`] : [];
}

function statusOf(name: Kind): Account["user"]["status"] {
  switch (name) {
    case "temporary password, verified address":
    case "temporary password, no verified address":
      return "FORCE_CHANGE_PASSWORD";
    case "reset required in the old pool":
      return "RESET_REQUIRED";
    case "never confirmed in the old pool":
      return "UNCONFIRMED";
    case "federated in the old pool":
      return "EXTERNAL_PROVIDER";
    default:
      return "CONFIRMED";
  }
}

/** The seed that makes a stage's source pools hold these people. */
export function seedOf(people: readonly Person[]): Seed {
  const accounts = people.flatMap((person) => person.accounts);
  const usersOf = (source: SourceName) =>
    accounts.filter((account) => account.source === source).map(({ user }) => user);
  return {
    sources: {
      legacy: { factors: ["app", "text", "mail"], users: usersOf("legacy") },
      // Signs in by username or address, and asks everybody for a second factor.
      partner: {
        pool: { UsernameAttributes: undefined, AliasAttributes: ["email"] },
        mfa: "ON",
        users: usersOf("partner"),
      },
      acquired: { users: usersOf("acquired") },
    },
  };
}
