import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import { invalidParameter, resourceNotFound } from "../errors.ts";
import { operation } from "../input.ts";
import { paged } from "../pools/pools.ts";
import {
  type Ctx,
  type Device,
  type Pool,
  poolOf,
  randomText,
  seconds,
  type User,
} from "../state.ts";
import { readAccessToken } from "../tokens/access-tokens.ts";
import { requireUser } from "../users/users.ts";

/** Whether the pool tracks the devices that people sign in with. */
export function tracksDevices(pool: Pool): boolean {
  return pool.settings.DeviceConfiguration !== undefined;
}

/** The device of a sign-in, if it is one that the user has confirmed. */
export function knownDevice(user: User, key: string | undefined): Device | undefined {
  const device = key === undefined ? undefined : user.devices.get(key);
  return device?.verifier === undefined ? undefined : device;
}

/** Offers a new device to a sign-in: it is nobody's before ConfirmDevice. */
export function newDevice(ctx: Ctx, pool: Pool, user: User): Device {
  const nowMs = ctx.deps.clock();
  for (const [key, device] of user.devices) {
    // What was offered and never confirmed is forgotten with the next offer.
    if (device.verifier === undefined) user.devices.delete(key);
  }
  const device: Device = {
    key: `${pool.region}_${randomUUID()}`,
    groupKey: `-${randomText(8)}`,
    remembered: false,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    authenticatedAtMs: nowMs,
  };
  user.devices.set(device.key, device);
  return device;
}

function requireDevice(user: User, key: string): Device {
  const device = knownDevice(user, key);
  if (device === undefined) throw resourceNotFound("Device does not exist.");
  return device;
}

/** A device that the user may see: aws-sdk-android's AWSMobileClientTest, testRememberDevice, run on AWS. */
function requireRemembered(user: User, key: string): Device {
  const device = requireDevice(user, key);
  if (!device.remembered) throw resourceNotFound("Device does not exist.");
  return device;
}

/** `DeviceType` of the API, as the user sees it (aws-amplify/amplify-js#12171), or with more for administrators. */
function describeDevice(device: Device, more: readonly object[] = []): object {
  return {
    DeviceKey: device.key,
    DeviceAttributes: [
      { Name: "device_status", Value: "valid" },
      ...(device.name === undefined ? [] : [{ Name: "device_name", Value: device.name }]),
      // Who asks is on this computer.
      { Name: "last_ip_used", Value: "127.0.0.1" },
      ...more,
    ],
    DeviceCreateDate: seconds(device.createdAtMs),
    DeviceLastModifiedDate: seconds(device.modifiedAtMs),
    DeviceLastAuthenticatedDate: seconds(device.authenticatedAtMs),
  };
}

/** What administrators see: the examples of aws/aws-cli, cognito-idp/admin-get-device. */
function describeToAdministrators(pool: Pool, user: User): (device: Device) => object {
  const owner = `${user.username}.${pool.id}`;
  const arn = `arn:aws:cognito-idp:${pool.region}:${pool.account}:owner/${owner}/device`;
  return (device) =>
    describeDevice(device, [
      { Name: "dev:device_arn", Value: `${arn}/${device.key}` },
      { Name: "dev:device_owner", Value: owner },
      {
        Name: "dev:device_remembered_status",
        Value: device.remembered ? "remembered" : "not_remembered",
      },
      { Name: "dev:device_sdk", Value: "aws-sdk" },
    ]);
}

const Signed = z.object({ AccessToken: z.string() });
const Administered = z.object({ UserPoolId: z.string(), Username: z.string() });
const Page = {
  Limit: z.optional(z.int()),
  PaginationToken: z.optional(z.string()),
};
const Status = z.optional(z.enum(["remembered", "not_remembered"]));

export const confirmDevice = operation(
  z.extend(Signed, {
    DeviceKey: z.string(),
    DeviceName: z.optional(z.string()),
    DeviceSecretVerifierConfig: z.optional(
      z.object({ PasswordVerifier: z.optional(z.string()), Salt: z.optional(z.string()) }),
    ),
  }),
  async (ctx, input) => {
    const { user, pool } = await readAccessToken(ctx, input.AccessToken);
    const device = user.devices.get(input.DeviceKey);
    if (device === undefined) throw resourceNotFound("Device does not exist.");
    const { PasswordVerifier, Salt } = input.DeviceSecretVerifierConfig ?? {};
    if (!PasswordVerifier || !Salt) throw invalidParameter("Invalid device secret verifier.");
    const ask = pool.settings.DeviceConfiguration?.DeviceOnlyRememberedOnUserPrompt === true;
    device.verifier = {
      verifier: Buffer.from(PasswordVerifier, "base64"),
      salt: Buffer.from(Salt, "base64"),
    };
    device.remembered = !ask;
    if (input.DeviceName !== undefined) device.name = input.DeviceName;
    device.modifiedAtMs = ctx.deps.clock();
    return { UserConfirmationNecessary: ask };
  },
);

export const updateDeviceStatus = operation(
  z.extend(Signed, { DeviceKey: z.string(), DeviceRememberedStatus: Status }),
  async (ctx, input) => {
    const { user } = await readAccessToken(ctx, input.AccessToken);
    return remember(ctx, requireDevice(user, input.DeviceKey), input.DeviceRememberedStatus);
  },
);

export const adminUpdateDeviceStatus = operation(
  z.extend(Administered, { DeviceKey: z.string(), DeviceRememberedStatus: Status }),
  (ctx, input) => {
    const user = requireUser(poolOf(ctx, input.UserPoolId), input.Username);
    return remember(ctx, requireDevice(user, input.DeviceKey), input.DeviceRememberedStatus);
  },
);

function remember(ctx: Ctx, device: Device, status: z.infer<typeof Status>): object {
  if (status !== undefined) device.remembered = status === "remembered";
  device.modifiedAtMs = ctx.deps.clock();
  return {};
}

export const getDevice = operation(
  z.object({ AccessToken: z.optional(z.string()), DeviceKey: z.string() }),
  async (ctx, input) => {
    if (input.AccessToken === undefined) throw invalidParameter("AccessToken is required");
    const { user } = await readAccessToken(ctx, input.AccessToken);
    return { Device: describeDevice(requireRemembered(user, input.DeviceKey)) };
  },
);

export const adminGetDevice = operation(
  z.extend(Administered, { DeviceKey: z.string() }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const user = requireUser(pool, input.Username);
    const device = requireDevice(user, input.DeviceKey);
    return { Device: describeToAdministrators(pool, user)(device) };
  },
);

export const listDevices = operation(z.extend(Signed, Page), async (ctx, input) => {
  const { user } = await readAccessToken(ctx, input.AccessToken);
  const remembered = confirmedDevices(user).filter((device) => device.remembered);
  return list(remembered, input, (device) => describeDevice(device));
});

export const adminListDevices = operation(z.extend(Administered, Page), (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const user = requireUser(pool, input.Username);
  return list(confirmedDevices(user), input, describeToAdministrators(pool, user));
});

function confirmedDevices(user: User): Device[] {
  return [...user.devices.values()].filter(({ verifier }) => verifier !== undefined);
}

function list(
  devices: readonly Device[],
  page: { Limit?: number | undefined; PaginationToken?: string | undefined },
  describe: (device: Device) => object,
): object {
  const { NextToken, ...rest }: Record<string, unknown> = {
    ...paged(
      devices,
      { MaxResults: page.Limit || 60, NextToken: page.PaginationToken },
      "Devices",
      describe,
    ),
  };
  return { ...rest, ...(NextToken !== undefined && { PaginationToken: NextToken }) };
}

export const forgetDevice = operation(
  z.object({ AccessToken: z.optional(z.string()), DeviceKey: z.string() }),
  async (ctx, input) => {
    if (input.AccessToken === undefined) throw invalidParameter("AccessToken is required");
    const { user } = await readAccessToken(ctx, input.AccessToken);
    user.devices.delete(requireDevice(user, input.DeviceKey).key);
    return {};
  },
);

export const adminForgetDevice = operation(
  z.extend(Administered, { DeviceKey: z.string() }),
  (ctx, input) => {
    const user = requireUser(poolOf(ctx, input.UserPoolId), input.Username);
    user.devices.delete(requireDevice(user, input.DeviceKey).key);
    return {};
  },
);
