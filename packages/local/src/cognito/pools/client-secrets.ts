import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter, resourceNotFound } from "../errors.ts";
import { operation } from "../input.ts";
import { type ClientSecret, clientIn, poolOf, randomText, seconds } from "../state.ts";

const MOST_SECRETS = 2;
const Target = z.object({ UserPoolId: z.string(), ClientId: z.string() });

/** @param value the app's own secret, instead of a random one */
export function newSecret(
  clientId: string,
  nowMs: number,
  others: readonly ClientSecret[] = [],
  value = randomText(51, 36),
): ClientSecret {
  // `<client-id>--<epoch-create-time>` in the API model (ClientSecretDescriptorType).
  const id = (at: number) => `${clientId}--${at}`;
  const taken = others.some((other) => other.id === id(nowMs));
  return { id: id(taken ? nowMs + 1 : nowMs), value, createdAtMs: nowMs };
}

/** `ClientSecretDescriptorType` of the API, which shows a value only once. */
function describe(secret: ClientSecret): object {
  return { ClientSecretId: secret.id, ClientSecretCreateDate: seconds(secret.createdAtMs) };
}

// What the operations do is in the API model (botocore 1.43.107); the words of their refusals are not known.

export const addUserPoolClientSecret = operation(
  z.extend(Target, { ClientSecret: z.optional(z.string()) }),
  (ctx, input) => {
    const client = clientIn(poolOf(ctx, input.UserPoolId), input.ClientId);
    if (client.secrets.length === 0) {
      throw invalidParameter("A secret cannot be added to a client that has none.");
    }
    if (client.secrets.length >= MOST_SECRETS) {
      throw new AwsError("LimitExceededException", "A client cannot have more than two secrets.");
    }
    const nowMs = ctx.deps.clock();
    const secret = newSecret(client.id, nowMs, client.secrets, input.ClientSecret);
    client.secrets = [...client.secrets, secret];
    const generated = input.ClientSecret === undefined;
    return {
      ClientSecretDescriptor: {
        ...describe(secret),
        ...(generated && { ClientSecretValue: secret.value }),
      },
    };
  },
);

export const listUserPoolClientSecrets = operation(Target, (ctx, input) => {
  const client = clientIn(poolOf(ctx, input.UserPoolId), input.ClientId);
  return { ClientSecrets: client.secrets.map(describe) };
});

export const deleteUserPoolClientSecret = operation(
  z.extend(Target, { ClientSecretId: z.string() }),
  (ctx, input) => {
    const client = clientIn(poolOf(ctx, input.UserPoolId), input.ClientId);
    const rest = client.secrets.filter(({ id }) => id !== input.ClientSecretId);
    if (rest.length === client.secrets.length) {
      throw resourceNotFound(`Client secret ${input.ClientSecretId} does not exist.`);
    }
    if (rest.length === 0) throw invalidParameter("The last secret of a client cannot be deleted.");
    client.secrets = rest;
    return {};
  },
);
