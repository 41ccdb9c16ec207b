import { Resource } from "sst/resource";
import * as z from "zod/mini";
import { type RegionalResourceName, regionalResources } from "../regional-resources.ts";

/** A resource of the function's own region. For triggers, and what they share with services. See `readLink`. */
export function linkedRegional<Name extends RegionalResourceName>(
  name: Name,
): z.infer<(typeof regionalResources)[Name]> {
  return readLink(name, regionalResources[name]) as z.infer<(typeof regionalResources)[Name]>;
}

/**
 * A linked resource, checked. Read at cold start, so that a wrong link fails before any user is touched.
 * @throws Error naming the resource and the fields at fault, never their values
 */
export function readLink(name: string, shape: z.ZodMiniType): unknown {
  const parsed = z.safeParse(shape, read(name));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw new Error(`linked resource ${name} does not have the expected shape at: ${fields}`);
}

/** The value of an SST secret that the configuration names, or undefined when none is named. @throws Error when it is not set */
export function linkedSecret(name: string): string;
export function linkedSecret(name: string | undefined): string | undefined;
export function linkedSecret(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const parsed = z.safeParse(z.object({ value: z.string() }), read(name));
  if (parsed.success) return parsed.data.value;
  throw new Error(`secret ${name} is not set for this stage: run \`npx sst secret set ${name}\``);
}

/** The stage's name, which SST tells every function. */
export function appStage(): string {
  return Resource.App.stage;
}

/**
 * The X-Ray trace of this invocation, as CloudWatch finds its lines by it; undefined where nothing traces.
 * Source: AWS Lambda guide, "Using environment variables": `_X_AMZN_TRACE_ID` changes with each invocation.
 */
export function traceId(): string | undefined {
  return /Root=([\w-]+)/.exec(process.env["_X_AMZN_TRACE_ID"] ?? "")?.[1];
}

/** The link's properties. SST puts `type`, the name of its component, among them (sst 4.17, components/link.ts). */
function read(name: string): unknown {
  const linked = (Resource as unknown as Record<string, object | undefined>)[name];
  if (linked === undefined) return undefined;
  const { type: _, ...properties } = linked as { readonly type?: string };
  return properties;
}
