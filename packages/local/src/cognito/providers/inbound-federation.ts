import type { Client, Ctx } from "../state.ts";
import { isObject, runTrigger, unrecognizable } from "../triggers/triggers.ts";
import type { IdentityProvider } from "./identity-providers.ts";
import { subjectClaim } from "./provider-details.ts";

/** Something that a provider says about somebody, by the provider's own names. */
export type Claims = Readonly<Record<string, unknown>>;

/** All that a provider has answered when somebody came back from it. */
export interface ProviderAnswer {
  readonly tokenResponse: Claims;
  readonly idToken: Claims;
  readonly userInfo: Claims;
}

/**
 * The claims to map: the provider's, or what the inbound federation trigger makes of them, at each sign-in and before
 * any other trigger. Source: developerguide/user-pool-lambda-inbound-federation, whose samples put the ID token above
 * userinfo. Uncertain, because the guide leaves it open: that the answer is still mapped, so that it has to name the
 * subject too; the text of a failure; and `userName`, which is only the subject in some public handlers.
 * @throws AwsError what the trigger says against it
 */
export async function mappedClaims(
  ctx: Ctx,
  client: Client,
  provider: IdentityProvider,
  answer: ProviderAnswer,
): Promise<Claims> {
  const given: Claims = { ...answer.userInfo, ...answer.idToken };
  const { username: subjectFrom = subjectClaim(provider.type) } = provider.mapping;
  const response = await runTrigger(ctx, client.pool, {
    name: "InboundFederation",
    source: "InboundFederation_ExternalProvider",
    userName: `${provider.name}_${claimText(given[subjectFrom]) ?? ""}`,
    clientId: client.id,
    request: {
      providerName: provider.name,
      providerType: provider.type,
      attributes: {
        tokenResponse: inText(answer.tokenResponse),
        idToken: inText(answer.idToken),
        userInfo: inText(answer.userInfo),
      },
    },
    response: { userAttributesToMap: {} },
  });
  const changed = response?.userAttributesToMap ?? {};
  if (!isObject(changed)) throw unrecognizable();
  // What is left out is dropped, but nothing at all means that nothing changes.
  return Object.keys(changed).length === 0 ? given : changed;
}

/** In the trigger's event every value is text. */
function inText(claims: Claims): Record<string, string> {
  const texts = Object.entries(claims).map(([name, claim]) => [name, claimText(claim) ?? ""]);
  return Object.fromEntries(texts);
}

/**
 * A claim as an attribute has it; undefined where there is none. Of several values it is `[a,b]`, each encoded as in a
 * form. Source: DG26 cognito-user-pools-specifying-attribute-mapping.
 */
export function claimText(claim: unknown): string | undefined {
  if (claim === undefined || claim === null || claim === "") return undefined;
  if (Array.isArray(claim)) {
    return `[${claim.map((value) => inForm(claimText(value) ?? "")).join(",")}]`;
  }
  return typeof claim === "object" ? JSON.stringify(claim) : String(claim);
}

function inForm(value: string): string {
  return new URLSearchParams({ value }).toString().slice("value=".length);
}
