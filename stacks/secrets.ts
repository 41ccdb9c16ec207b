import { secretsOfSystem } from "@carryover/core/config/downstream-schema";
import type { ResolvedMigration } from "@carryover/core/config/schema";

export interface Secrets {
  /** Encrypts the sessions of half-finished second factors. */
  readonly sessionKey: $util.Output<string>;
  /** Hashes the logins of the directory. */
  readonly placementKey: $util.Output<string>;
  /** The app clients' secrets of the sources, to be linked under the names of the configuration. */
  readonly sources: readonly sst.Secret[];
  /** To be linked under the names of the configuration. SST stops the deployment when one is not set. */
  named(names: readonly string[]): readonly sst.Secret[];
  /** The value of a social provider's secret, or undefined where nobody has set it for this stage. */
  findValue(name: string): $util.Output<string> | undefined;
}

/**
 * No secret is in the repository: a person sets them with `npx sst secret set`, the key is made here.
 * SST stops the deployment when a source's or a downstream system's is not set. A social provider's may wait.
 */
export function createSecrets({ sources, target, downstream }: ResolvedMigration): Secrets {
  const ofSources = new Set(sources.flatMap(({ clientSecret }) => clientSecret?.secret ?? []));
  const ofProviders = Object.values(target.social?.providers ?? {}).flatMap(
    (provider) => provider?.clientSecret.secret ?? [],
  );
  const ofSystems = Object.values(downstream).flatMap(secretsOfSystem);
  const wanted = new Set([...ofSources, ...ofSystems, ...ofProviders.filter(isSet)]);
  const secrets = new Map([...wanted].map((name) => [name, new sst.Secret(name)]));
  return {
    sessionKey: new random.RandomBytes("SessionKey", { length: 32 }).base64,
    placementKey: new random.RandomBytes("PlacementKey", { length: 32 }).base64,
    sources: [...secrets].flatMap(([name, secret]) => (ofSources.has(name) ? [secret] : [])),
    named: (names) => names.flatMap((name) => secrets.get(name) ?? []),
    findValue: (name) => secrets.get(name)?.value,
  };
}

/**
 * Whether a person has set it, for this stage or as the fallback. SST tells a program's secrets by its
 * environment (its platform/src/components/secret.ts); a placeholder would look like a value.
 */
function isSet(name: string): boolean {
  return process.env[`SST_SECRET_${name}`] !== undefined;
}
