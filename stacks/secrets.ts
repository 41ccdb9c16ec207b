import type { ResolvedMigration } from "@carryover/core/config/schema";

export interface Secrets {
  /** Encrypts the sessions of half-finished second factors. */
  readonly sessionKey: $util.Output<string>;
  /** The app clients' secrets of the sources, to be linked under the names of the configuration. */
  readonly sources: readonly sst.Secret[];
  /** The value of a secret that the configuration names. SST stops the deployment when it is not set. */
  valueOf(name: string): $util.Output<string>;
}

/** No secret is in the repository: a person sets them with `npx sst secret set`, the key is made here. */
export function createSecrets({ sources, target }: ResolvedMigration): Secrets {
  const ofSources = new Set(sources.flatMap(({ clientSecret }) => clientSecret?.secret ?? []));
  const ofProviders = Object.values(target.social?.providers ?? {}).flatMap(
    (provider) => provider?.clientSecret.secret ?? [],
  );
  const secrets = new Map(
    [...new Set([...ofSources, ...ofProviders])].map((name) => [name, new sst.Secret(name)]),
  );
  return {
    sessionKey: new random.RandomBytes("SessionKey", { length: 32 }).base64,
    sources: [...secrets].flatMap(([name, secret]) => (ofSources.has(name) ? [secret] : [])),
    valueOf(name) {
      const secret = secrets.get(name);
      if (!secret) throw new Error(`secret ${name} is not in the configuration`);
      return secret.value;
    },
  };
}
