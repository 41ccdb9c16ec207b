import { type Api, apis } from "@carryover/functions/apis";
import { deployed } from "@carryover/functions/deployed";
import { createFunction } from "./function.ts";
import { type Place, pascalCase } from "./places.ts";
import { linksOf, type Regional } from "./regional.ts";
import type { Settings } from "./settings.ts";
import { readLinks, type Tables, tableLinks } from "./tables.ts";

/** The HTTP API of the home region, one function for each entry of the list. Answers its address. */
export function createApis(
  settings: Settings,
  hub: Regional,
  tables: Tables,
): $util.Output<string> | undefined {
  const { migration } = settings;
  if (migration.mode === "trigger-only") return undefined;
  const entries = deployed<string, Api>(apis, migration);
  if (entries.length === 0) return undefined;
  const { place } = hub;
  const { provider } = place;
  const origins = migration.placement?.origins ?? [];
  const api = new aws.apigatewayv2.Api(
    "Api",
    {
      name: `${$app.name}-${$app.stage}`,
      protocolType: "HTTP",
      ...(origins.length > 0 && {
        // For the sign-in pages. What is for operators is signed, and no page has their keys.
        corsConfiguration: {
          allowOrigins: [...origins],
          allowMethods: ["POST"],
          allowHeaders: ["content-type"],
          maxAge: 600,
        },
      }),
    },
    { provider },
  );
  const routes = entries.flatMap(([name, entry]) => createApi(name, entry, api, hub, tables));
  new aws.apigatewayv2.Stage(
    "ApiStage",
    {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
      routeSettings: entries.flatMap(([, { routes: keys, throttle }]) =>
        keys.map((routeKey) => ({
          routeKey,
          throttlingRateLimit: throttle.ratePerSecond,
          throttlingBurstLimit: throttle.burst,
        })),
      ),
    },
    // Settings name routes, which have to be there.
    { provider, dependsOn: routes },
  );
  return api.apiEndpoint;
}

function createApi(
  name: string,
  { handler, needs, readsOnly, routes, auth, timeoutSeconds }: Api,
  api: aws.apigatewayv2.Api,
  { place, links }: Regional,
  tables: Tables,
): aws.apigatewayv2.Route[] {
  const { provider } = place;
  const component = pascalCase(name);
  const fn = createFunction(
    component,
    {
      handler,
      description: `HTTP API ${name}`,
      timeoutSeconds,
      links: linksOf(needs, [
        ...(readsOnly ? readLinks(tables) : []),
        ...links,
        ...tableLinks(tables),
      ]),
      rights: [],
    },
    place,
  );
  const integration = new aws.apigatewayv2.Integration(
    `${component}Integration`,
    {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: fn.component.arn,
      payloadFormatVersion: "2.0",
    },
    { provider, dependsOn: [fn.policy] },
  );
  new aws.lambda.Permission(
    `${component}Invoke`,
    {
      action: "lambda:InvokeFunction",
      function: fn.component.name,
      principal: "apigateway.amazonaws.com",
      sourceArn: $interpolate`${api.executionArn}/*`,
    },
    { provider },
  );
  return routes.map(
    (routeKey) =>
      new aws.apigatewayv2.Route(
        `${component}${nameOf(routeKey)}`,
        {
          apiId: api.id,
          routeKey,
          authorizationType: auth === "iam" ? "AWS_IAM" : "NONE",
          target: $interpolate`integrations/${integration.id}`,
        },
        { provider },
      ),
  );
}

/** `POST /placement/users/{userId}/relocation`: `PostPlacementUsersUserIdRelocation`. */
function nameOf(routeKey: string): string {
  return routeKey
    .split(/[^a-zA-Z]+/)
    .map((word) => (word === word.toUpperCase() ? word.toLowerCase() : word))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** What the triggers of every region look up: a pool cannot be linked to the triggers of another one. */
export function tellPools(
  pools: readonly {
    readonly place: Place;
    readonly id: $util.Output<string>;
    readonly clientId?: $util.Output<string>;
    readonly moveClientId?: $util.Output<string>;
  }[],
  home: Place,
  tables: Tables,
): void {
  const table = tables.get("PlacementTable")?.table;
  for (const { place, id, clientId, moveClientId } of pools) {
    if (!table || !clientId || !moveClientId) continue;
    new aws.dynamodb.TableItem(
      // Of another region, but in the home region's table.
      `DirectoryPool-${place.region}`,
      {
        tableName: table.name,
        hashKey: "pk",
        rangeKey: "sk",
        item: $jsonStringify({
          pk: { S: "pools" },
          sk: { S: place.region },
          userPoolId: { S: id },
          clientId: { S: clientId },
          moveClientId: { S: moveClientId },
        }),
      },
      { provider: home.provider },
    );
  }
}
