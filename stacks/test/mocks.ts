import type { runtime } from "@pulumi/pulumi";
import type { Resource } from "./evaluation.ts";

const ACCOUNT_ID = "123456789012";

/** Pulumi's mocks of AWS: they answer with what AWS would, in the region of the resource's own provider. */
export function mocksOf(homeRegion: string): {
  readonly resources: Resource[];
  readonly handlers: runtime.Mocks;
} {
  const resources: Resource[] = [];
  const regionsByProvider = new Map<string, string>();

  function regionOf(provider: string | undefined): string {
    // `urn:pulumi:<stage>::<app>::pulumi:providers:aws::<name>::<id>`. Without one it is the default provider.
    const name = provider?.split("::").at(-2);
    return (name !== undefined && regionsByProvider.get(name)) || homeRegion;
  }

  return {
    resources,
    handlers: {
      newResource({ type, name, inputs: received, provider }) {
        const inputs = revealed(received) as Inputs;
        if (type === "pulumi:providers:aws") regionsByProvider.set(name, inputs["region"] ?? "");
        const region = type.startsWith("aws:") ? regionOf(provider) : undefined;
        resources.push({ type, name, region, inputs });
        return stateOf(type, name, inputs, region ?? homeRegion);
      },
      call({ token, inputs, provider }) {
        switch (token.split(":").at(-1)) {
          case "getCallerIdentity":
            return { accountId: ACCOUNT_ID };
          case "getRegion":
            return { name: regionOf(provider), region: regionOf(provider) };
          case "getPartition":
            return { partition: "aws" };
          case "getPolicyDocument":
            return { ...inputs, json: JSON.stringify(policyOf(inputs)) };
          default:
            return inputs;
        }
      },
    },
  };
}

/** Marks a secret on its way to Pulumi's engine (pulumi, sdk/nodejs/runtime/rpc.ts). */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Secrets and what is derived from them arrive wrapped. */
function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  if (SECRET_SIGNATURE in value && "value" in value) return revealed(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

type Inputs = Record<string, string | undefined>;

function stateOf(type: string, logicalName: string, inputs: Inputs, region: string) {
  const name = inputs["name"] ?? logicalName;
  const regional = (service: string, rest: string) =>
    `arn:aws:${service}:${region}:${ACCOUNT_ID}:${rest}`;
  const named = (id: string, state: object) => ({ id, state: { name, ...inputs, ...state } });
  switch (type) {
    case "aws:lambda/function:Function": {
      const arn = regional("lambda", `function:${name}`);
      return named(name, { arn, qualifiedArn: `${arn}:1`, version: "1", invokeArn: arn });
    }
    case "aws:sqs/queue:Queue": {
      const url = `https://sqs.${region}.amazonaws.com/${ACCOUNT_ID}/${name}`;
      return named(url, { arn: regional("sqs", name), url });
    }
    case "aws:dynamodb/table:Table":
      return named(name, { arn: regional("dynamodb", `table/${name}`) });
    case "aws:cloudwatch/eventBus:EventBus":
      return named(name, { arn: regional("events", `event-bus/${name}`) });
    case "aws:cloudwatch/eventRule:EventRule":
      return named(name, { arn: regional("events", `rule/${inputs["eventBusName"]}/${name}`) });
    case "aws:cloudwatch/logGroup:LogGroup":
      return named(name, { arn: regional("logs", `log-group:${name}`) });
    case "aws:iam/role:Role":
      return named(name, { arn: `arn:aws:iam::${ACCOUNT_ID}:role/${name}` });
    case "aws:cognito/userPool:UserPool": {
      const id = `${region}_${logicalName}`;
      return named(id, { arn: regional("cognito-idp", `userpool/${id}`) });
    }
    case "random:index/randomBytes:RandomBytes":
      return named(name, { base64: Buffer.alloc(32, 7).toString("base64") });
    default:
      return named(`${name}-id`, { arn: regional(type.split(/[:/]/)[1] ?? "", name) });
  }
}

interface Document {
  statements?: {
    effect?: string;
    actions?: string[];
    resources?: string[];
    principals?: { type: string; identifiers: string[] }[];
    conditions?: { test: string; variable: string; values: string[] }[];
  }[];
}

/** What `aws.iam.getPolicyDocument` makes of its arguments. */
function policyOf({ statements = [] }: Document) {
  return {
    Version: "2012-10-17",
    Statement: statements.map(
      ({ effect = "Allow", actions, resources, principals, conditions }) => ({
        Effect: effect,
        Action: actions,
        Resource: resources,
        ...(principals && {
          Principal: Object.fromEntries(
            principals.map(({ type, identifiers }) => [type, identifiers]),
          ),
        }),
        ...(conditions && {
          Condition: Object.fromEntries(
            conditions.map(({ test, variable, values }) => [test, { [variable]: values }]),
          ),
        }),
      }),
    ),
  };
}
