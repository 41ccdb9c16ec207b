import { randomBytes, randomUUID } from "node:crypto";
import { ACCOUNT_ID, AwsError, type Clock } from "../service.ts";
import { page } from "./buses.ts";
import { parse } from "./input.ts";
import { type ApiDestinationInput, type ConnectionInput, Inputs } from "./limits.ts";

/** How API destinations prove who calls. Holds secrets: shown without them. */
export interface Connection extends Omit<ConnectionInput, "AuthParameters"> {
  /** None while the connection is not authorized. */
  AuthParameters?: ConnectionInput["AuthParameters"];
  readonly arn: string;
  /** The end of the name and of the ARN of the secret that keeps it. */
  readonly secretId: string;
  readonly createdAtEpochMs: number;
  lastModifiedAtEpochMs: number;
}

/** An HTTP endpoint as a target. */
export interface ApiDestination extends ApiDestinationInput {
  readonly InvocationRateLimitPerSecond: number;
  readonly arn: string;
  readonly createdAtEpochMs: number;
  lastModifiedAtEpochMs: number;
}

/** Source: EventBridge UG, "API destinations": "The default value is 300". */
const PER_SECOND = 300;

export interface Destinations {
  /** The destination that a target's ARN names, with its connection. */
  find(arn: string): { destination: ApiDestination; connection: Connection } | undefined;
  /** All that a restart needs to make a region's connections and destinations again. */
  recordOf(region: string): object;
  restore(region: string, record: object): void;
  readonly operations: Readonly<Record<string, (region: string, input: unknown) => object>>;
}

/** Connections and API destinations of all regions. Source: EventBridge API reference, "CreateConnection", "CreateApiDestination". */
export function createDestinations(clock: Clock): Destinations {
  const connections = new Map<string, Map<string, Connection>>();
  const destinations = new Map<string, Map<string, ApiDestination>>();
  const connection = (region: string, name: string): Connection => {
    const found = within(connections, region).get(name);
    if (found) return found;
    throw new AwsError("ResourceNotFoundException", `Connection '${name}' does not exist.`);
  };
  const destination = (region: string, name: string): ApiDestination => {
    const found = within(destinations, region).get(name);
    if (found) return found;
    throw new AwsError("ResourceNotFoundException", `An api-destination '${name}' does not exist.`);
  };
  const byArn = (arn: string): Connection | undefined =>
    [...within(connections, arn.split(":")[3] ?? "").values()].find((known) => known.arn === arn);

  return {
    find: (arn) => {
      const region = arn.split(":")[3] ?? "";
      const found = [...within(destinations, region).values()].find((known) => known.arn === arn);
      const by = found && byArn(found.ConnectionArn);
      return by && { destination: found, connection: by };
    },
    recordOf: (region) => ({
      connections: within(connections, region),
      destinations: within(destinations, region),
    }),
    restore: (region, record) => {
      const kept = record as {
        connections: Map<string, Connection>;
        destinations: Map<string, ApiDestination>;
      };
      connections.set(region, kept.connections);
      destinations.set(region, kept.destinations);
    },
    operations: {
      CreateConnection: (region, input) => {
        const asked = parse(Inputs.CreateConnection, input);
        checkAuthorizationEndpoint(asked);
        const all = within(connections, region);
        if (all.has(asked.Name)) throw taken("Connection", asked.Name);
        const made: Connection = {
          ...asked,
          arn: arnOf(region, "connection", asked.Name),
          secretId: `${randomUUID()}-${randomBytes(3).toString("hex")}`,
          createdAtEpochMs: clock(),
          lastModifiedAtEpochMs: clock(),
        };
        all.set(asked.Name, made);
        const { LastAuthorizedTime: _, ...answer } = connectionAnswer(made);
        // EventBridge asks for a token before it says that it may call. Source: LocalStack's
        // test_create_connection_with_auth.
        return made.AuthorizationType === "OAUTH_CLIENT_CREDENTIALS"
          ? { ...answer, ConnectionState: "AUTHORIZING" }
          : answer;
      },
      DescribeConnection: (region, input) => {
        const { Name } = parse(Inputs.DescribeConnection, input);
        const found = described("connection", () => connection(region, Name));
        return {
          ...connectionAnswer(found),
          Name: found.Name,
          Description: found.Description,
          AuthorizationType: found.AuthorizationType,
          SecretArn: `arn:aws:secretsmanager:${region}:${ACCOUNT_ID}:secret:events!connection/${found.Name}/${found.secretId}`,
          AuthParameters: found.AuthParameters && withoutSecrets(found.AuthParameters),
        };
      },
      ListConnections: (region, input) => {
        const asked = parse(Inputs.ListConnections, input);
        const { items, NextToken } = page(
          [...within(connections, region).values()].filter(
            (one) =>
              one.Name.startsWith(asked.NamePrefix ?? "") &&
              (asked.ConnectionState ?? stateOf(one)) === stateOf(one),
          ),
          asked,
        );
        return {
          Connections: items.map((one) => ({
            ...connectionAnswer(one),
            Name: one.Name,
            AuthorizationType: one.AuthorizationType,
          })),
          NextToken,
        };
      },
      UpdateConnection: (region, input) => {
        const asked = parse(Inputs.UpdateConnection, input);
        const found = connection(region, asked.Name);
        checkAuthorizationEndpoint(asked);
        Object.assign(found, given(asked), { lastModifiedAtEpochMs: clock() });
        return connectionAnswer(found);
      },
      DeauthorizeConnection: (region, input) => {
        const found = connection(region, parse(Inputs.DescribeConnection, input).Name);
        delete found.AuthParameters;
        found.lastModifiedAtEpochMs = clock();
        return connectionAnswer(found);
      },
      DeleteConnection: (region, input) => {
        const found = connection(region, parse(Inputs.DescribeConnection, input).Name);
        within(connections, region).delete(found.Name);
        return { ...connectionAnswer(found), ConnectionState: "DELETING" };
      },
      CreateApiDestination: (region, input) => {
        const asked = parse(Inputs.CreateApiDestination, input);
        checkUrl("InvocationEndpoint", asked.InvocationEndpoint);
        const all = within(destinations, region);
        if (all.has(asked.Name)) throw taken("An api-destination", asked.Name);
        requireConnection(asked.ConnectionArn);
        const made: ApiDestination = {
          ...asked,
          InvocationRateLimitPerSecond: asked.InvocationRateLimitPerSecond ?? PER_SECOND,
          arn: arnOf(region, "api-destination", asked.Name),
          createdAtEpochMs: clock(),
          lastModifiedAtEpochMs: clock(),
        };
        all.set(asked.Name, made);
        return destinationAnswer(made);
      },
      DescribeApiDestination: (region, input) =>
        described("api-destination", () =>
          shownDestination(destination(region, parse(Inputs.DescribeApiDestination, input).Name)),
        ),
      ListApiDestinations: (region, input) => {
        const asked = parse(Inputs.ListApiDestinations, input);
        const { items, NextToken } = page(
          [...within(destinations, region).values()].filter(
            ({ Name, ConnectionArn }) =>
              Name.startsWith(asked.NamePrefix ?? "") &&
              (asked.ConnectionArn === undefined || ConnectionArn === asked.ConnectionArn),
          ),
          asked,
        );
        return {
          ApiDestinations: items.map((one) => ({
            ...shownDestination(one),
            Description: undefined,
          })),
          NextToken,
        };
      },
      UpdateApiDestination: (region, input) => {
        const asked = parse(Inputs.UpdateApiDestination, input);
        if (asked.InvocationEndpoint !== undefined) {
          checkUrl("InvocationEndpoint", asked.InvocationEndpoint);
        }
        const found = destination(region, asked.Name);
        if (asked.ConnectionArn !== undefined) requireConnection(asked.ConnectionArn);
        Object.assign(found, given(asked), { lastModifiedAtEpochMs: clock() });
        return destinationAnswer(found);
      },
      DeleteApiDestination: (region, input) => {
        const { Name } = destination(region, parse(Inputs.DescribeApiDestination, input).Name);
        within(destinations, region).delete(Name);
        return {};
      },
    },
  };

  function requireConnection(arn: string): void {
    if (byArn(arn)) return;
    const name = arn.split("/")[1] ?? arn;
    throw new AwsError("ResourceNotFoundException", `Connection '${name}' does not exist.`);
  }
}

function checkAuthorizationEndpoint({
  AuthParameters: auth,
}: {
  readonly AuthParameters?: ConnectionInput["AuthParameters"] | undefined;
}): void {
  if (auth?.OAuthParameters) {
    checkUrl("AuthorizationEndpoint", auth.OAuthParameters.AuthorizationEndpoint);
  }
}

/** AWS calls HTTPS only; here plain HTTP will do too, as nothing here has a certificate. @throws AwsError `ValidationException` */
function checkUrl(field: string, endpoint: string): void {
  if (/^https?:\/\/[^/?#]/i.test(endpoint) && URL.canParse(endpoint)) return;
  throw new AwsError(
    "ValidationException",
    `Parameter ${field} is not valid. Reason: It must be the URL of an HTTPS endpoint.`,
  );
}

function stateOf({ AuthParameters }: Connection): string {
  return AuthParameters === undefined ? "DEAUTHORIZED" : "AUTHORIZED";
}

function within<Value>(
  regions: Map<string, Map<string, Value>>,
  region: string,
): Map<string, Value> {
  const known = regions.get(region) ?? new Map<string, Value>();
  regions.set(region, known);
  return known;
}

function given<Asked extends object>(asked: Asked): Partial<Asked> {
  return Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  ) as Partial<Asked>;
}

/** The one call says more than the others. As LocalStack's tests of destinations recorded it on AWS, 2024-12-06. */
function described<Shown>(what: string, show: () => Shown): Shown {
  try {
    return show();
  } catch (error) {
    if (!(error instanceof AwsError) || error.type !== "ResourceNotFoundException") throw error;
    throw new AwsError(error.type, `Failed to describe the ${what}(s). ${error.message}`);
  }
}

function taken(what: string, name: string): AwsError {
  return new AwsError("ResourceAlreadyExistsException", `${what} '${name}' already exists.`);
}

function arnOf(region: string, kind: string, name: string): string {
  return `arn:aws:events:${region}:${ACCOUNT_ID}:${kind}/${name}/${randomUUID()}`;
}

function connectionAnswer(connection: Connection) {
  const { arn, createdAtEpochMs, lastModifiedAtEpochMs } = connection;
  return {
    ConnectionArn: arn,
    ConnectionState: stateOf(connection),
    CreationTime: createdAtEpochMs / 1000,
    LastModifiedTime: lastModifiedAtEpochMs / 1000,
    LastAuthorizedTime: lastModifiedAtEpochMs / 1000,
  };
}

/** What DescribeConnection tells of the parameters: names, and values that are not marked as secret. */
function withoutSecrets({
  ApiKeyAuthParameters: key,
  BasicAuthParameters: basic,
  OAuthParameters: oauth,
  InvocationHttpParameters: http,
}: ConnectionInput["AuthParameters"]): object {
  return {
    ...(key && { ApiKeyAuthParameters: { ApiKeyName: key.ApiKeyName } }),
    ...(basic && { BasicAuthParameters: { Username: basic.Username } }),
    ...(oauth && {
      OAuthParameters: {
        AuthorizationEndpoint: oauth.AuthorizationEndpoint,
        HttpMethod: oauth.HttpMethod,
        ClientParameters: { ClientID: oauth.ClientParameters.ClientID },
      },
    }),
    ...(http && { InvocationHttpParameters: shownParameters(http) }),
  };
}

function shownParameters(
  parameters: NonNullable<ConnectionInput["AuthParameters"]["InvocationHttpParameters"]>,
) {
  return Object.fromEntries(
    Object.entries(parameters).map(([place, list]) => [
      place,
      list?.map(({ Key, Value, IsValueSecret }) => ({
        Key,
        IsValueSecret,
        ...(!IsValueSecret && { Value }),
      })),
    ]),
  );
}

function destinationAnswer({ arn, createdAtEpochMs, lastModifiedAtEpochMs }: ApiDestination) {
  return {
    ApiDestinationArn: arn,
    ApiDestinationState: "ACTIVE",
    CreationTime: createdAtEpochMs / 1000,
    LastModifiedTime: lastModifiedAtEpochMs / 1000,
  };
}

function shownDestination(destination: ApiDestination): object {
  const {
    arn: _,
    createdAtEpochMs: _made,
    lastModifiedAtEpochMs: _changed,
    ...asked
  } = destination;
  return { ...asked, ...destinationAnswer(destination) };
}
