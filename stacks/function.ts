import type { Link } from "./links.ts";
import type { Place } from "./places.ts";
import { policyOf, type Right } from "./rights.ts";

export interface FunctionSpec {
  readonly handler: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly links: readonly (Link | sst.Secret)[];
  readonly rights: readonly Right[];
  /** Where it runs, to reach what is private there. */
  readonly vpc?:
    | { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] }
    | undefined;
  readonly provisionedConcurrency?: number | undefined;
}

export interface DeployedFunction {
  readonly name: string;
  readonly component: sst.aws.Function;
  /** What it may do. A caller that needs the function to work at once waits for it. */
  readonly policy: aws.iam.RolePolicy;
}

/** 0.43 of a vCPU: more would shorten a trigger's cold start by less than 100 ms (bench/memory.ts, 2026-11). */
const MEMORY = "768 MB";

/** Network interfaces and nothing else (AWS managed policy reference, `AWSLambdaENIManagementAccess`). */
const IN_VPC = "AWSLambdaENIManagementAccess";

/** X-Ray's API has no resources: AWS allows no other than "*" (Service Authorization Reference, "AWS X-Ray"). */
const TRACE: Right = {
  actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  resources: ["*"],
};

/** A function with exactly the rights of its spec, its links, and its own log. */
export function createFunction(name: string, spec: FunctionSpec, place: Place): DeployedFunction {
  let inline: aws.iam.RoleArgs["inlinePolicies"];
  const component = new sst.aws.Function(
    name,
    {
      handler: spec.handler,
      description: spec.description,
      runtime: "nodejs24.x",
      architecture: "arm64",
      memory: MEMORY,
      timeout: `${spec.timeoutSeconds} seconds`,
      // Off unless stated, whatever SST's documentation says (its pkg/runtime/node/build.go).
      nodejs: {
        minify: true,
        // React decides by it at run time which of its two builds it loads: so only one is bundled.
        esbuild: { define: { "process.env.NODE_ENV": '"production"' } },
      },
      ...(spec.vpc && {
        vpc: {
          privateSubnets: [...spec.vpc.subnetIds],
          securityGroups: [...spec.vpc.securityGroupIds],
        },
      }),
      link: [...spec.links],
      permissions: [...spec.rights],
      ...(spec.provisionedConcurrency && {
        versioning: true,
        concurrency: { provisioned: spec.provisionedConcurrency },
      }),
      transform: {
        function: { tracingConfig: { mode: "Active" } },
        role: (role) => {
          // A role that lists its policies owns all of them, and would drop what is attached beside. The
          // right to a pool can be attached no earlier than the pool exists, which needs this function.
          inline = role.inlinePolicies;
          role.inlinePolicies = undefined;
          // SST lets everybody in the account assume it, which no more than live debugging needs.
          if (!$dev) {
            role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({
              Service: "lambda.amazonaws.com",
            });
          }
          // AWS's managed policies for logs let a function write to every log of the account. The one for
          // network interfaces has to be there when the function is created.
          role.managedPolicyArns = spec.vpc
            ? [$interpolate`arn:${place.partition}:iam::aws:policy/service-role/${IN_VPC}`]
            : undefined;
        },
      },
    },
    { provider: place.provider },
  );
  const granted = $output(inline).apply((policies) => (policies ?? []).map(({ policy }) => policy));
  const always = policyOf([writeTo(component.nodes.logGroup), TRACE]);
  const policy = attachPolicy(
    `${name}Rights`,
    component,
    $resolve({ granted, always }).apply((of) => joined([...of.granted, of.always])),
    place,
  );
  return { name, component, policy };
}

/** Adds rights that can be named only once the function exists. */
export function allowLater(
  name: string,
  { component }: DeployedFunction,
  rights: readonly Right[],
  place: Place,
): aws.iam.RolePolicy | undefined {
  if (rights.length === 0) return undefined;
  return attachPolicy(name, component, policyOf(rights), place);
}

function attachPolicy(
  name: string,
  component: sst.aws.Function,
  policy: $util.Input<string>,
  { provider }: Place,
): aws.iam.RolePolicy {
  return new aws.iam.RolePolicy(name, { role: component.nodes.role.name, policy }, { provider });
}

function writeTo(logGroup: sst.aws.Function["nodes"]["logGroup"]): Right {
  return {
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [logGroup.apply((group) => $interpolate`${group?.arn}:*`)],
  };
}

function joined(policies: readonly (string | undefined)[]): string {
  const Statement = policies.flatMap((policy) => {
    if (policy === undefined) return [];
    return (JSON.parse(policy) as { Statement?: unknown[] }).Statement ?? [];
  });
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
