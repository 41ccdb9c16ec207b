import { AwsError } from "../../service.ts";
import { notAuthorized } from "../errors.ts";
import { recoverySetting } from "../pools/pool-settings.ts";
import type { Ctx, Pool, User } from "../state.ts";
import { customSender, handToSender } from "../triggers/custom-sender.ts";
import { eventAttributes, runTrigger } from "../triggers/triggers.ts";
import { issueCode } from "./codes.ts";

export interface Destination {
  readonly medium: "EMAIL" | "SMS";
  readonly attribute: "email" | "phone_number";
  readonly to: string;
}

export function destination(
  user: User,
  attribute: "email" | "phone_number",
): Destination | undefined {
  const to = user.attributes.get(attribute);
  return to ? addressed(attribute, to) : undefined;
}

export function addressed(attribute: Destination["attribute"], to: string): Destination {
  return { medium: attribute === "email" ? "EMAIL" : "SMS", attribute, to };
}

/** `CodeDeliveryDetails` of the API. */
function deliveryDetails({ to, medium, attribute }: Destination): object {
  return { Destination: mask(to), DeliveryMedium: medium, AttributeName: attribute };
}

/** `j***@e***`, `+*******1234`: facts/cognito.md 3.4. */
export function mask(address: string): string {
  const at = address.indexOf("@");
  if (at < 0) return `+${"*".repeat(Math.max(address.length - 5, 0))}${address.slice(-4)}`;
  return `${address.charAt(0)}***@${address.charAt(at + 1)}***`;
}

type MessageKind =
  | "SignUp"
  | "ResendCode"
  | "ForgotPassword"
  | "AdminCreateUser"
  | "UpdateUserAttribute"
  | "VerifyUserAttribute"
  | "Authentication";

interface Texts {
  readonly subject: string;
  readonly email: string;
  readonly sms: string;
}

const CODE = "{####}";
const USERNAME = "{username}";

function defaultTexts(pool: Pool, kind: MessageKind): Texts {
  const { settings } = pool;
  if (kind === "AdminCreateUser") {
    const invite = settings.AdminCreateUserConfig?.InviteMessageTemplate;
    const text = `Your username is ${USERNAME} and temporary password is ${CODE}.`;
    return {
      subject: invite?.EmailSubject ?? "Your temporary password",
      email: invite?.EmailMessage ?? text,
      sms: invite?.SMSMessage ?? text,
    };
  }
  if (kind === "Authentication") {
    const text = `Your authentication code is ${CODE}.`;
    const mail = pool.factors.email as { Message?: string; Subject?: string } | undefined;
    return {
      subject: mail?.Subject ?? "Your authentication code",
      email: mail?.Message ?? text,
      sms: settings.SmsAuthenticationMessage ?? text,
    };
  }
  if (kind === "ForgotPassword") {
    const text = `Your password reset code is ${CODE}.`;
    return { subject: "Your password reset code", email: text, sms: text };
  }
  const template = settings.VerificationMessageTemplate;
  const text = `Your confirmation code is ${CODE}.`;
  return {
    subject:
      template?.EmailSubject ?? settings.EmailVerificationSubject ?? "Your verification code",
    email: template?.EmailMessage ?? settings.EmailVerificationMessage ?? text,
    sms: template?.SmsMessage ?? settings.SmsVerificationMessage ?? text,
  };
}

interface CodeMessage {
  readonly kind: MessageKind;
  readonly user: User;
  readonly clientId: string;
  /** The code, or in an invitation the temporary password. */
  readonly code: string;
  readonly destination: Destination;
  readonly clientMetadata?: Record<string, string> | undefined;
}

/** Words and sends a message, or has the pool's sender do both. @throws AwsError what its triggers lead to */
export async function sendMessage(ctx: Ctx, pool: Pool, message: CodeMessage): Promise<void> {
  const { medium } = message.destination;
  const sender = customSender(pool, medium);
  if (sender !== undefined) return handToSender(ctx, pool, sender, { ...message, medium });
  const texts = await customised(ctx, pool, message);
  const { user, destination: target } = message;
  const values: Record<string, string> = { [CODE]: message.code, [USERNAME]: nameFor(pool, user) };
  // In one go, and by a function: a password may hold what else would be read as a placeholder, or a pattern as "$&".
  const fill = (text: string) =>
    text.replaceAll(/\{####\}|\{username\}/g, (placeholder) => values[placeholder] ?? "");
  if (target.medium === "SMS") {
    ctx.deps.deliver({ channel: "sms", to: target.to, subject: "", text: fill(texts.sms) });
    return;
  }
  const body = fill(texts.email);
  const looksLikeHtml = /<[a-z][\s\S]*>/i.test(body);
  ctx.deps.deliver({
    channel: "email",
    to: target.to,
    subject: fill(texts.subject),
    text: body,
    ...(looksLikeHtml && { html: body }),
  });
}

/** Issues a code, sends it, and gives its `CodeDeliveryDetails`. @param code.value the new value that waits for it */
export async function sendCode(
  ctx: Ctx,
  pool: Pool,
  code: { kind: string; lifetimeMs: number; value?: string | undefined },
  message: Omit<CodeMessage, "code">,
): Promise<object> {
  const untilMs = ctx.deps.clock() + code.lifetimeMs;
  const pending = issueCode(message.user, code.kind, untilMs, code.value);
  await sendMessage(ctx, pool, { ...message, code: pending.code });
  return deliveryDetails(message.destination);
}

/** Sends an invitation to each medium that the user has an address for. */
export async function sendInvitation(
  ctx: Ctx,
  pool: Pool,
  mediums: readonly string[],
  message: Omit<CodeMessage, "kind" | "destination">,
): Promise<void> {
  for (const medium of mediums) {
    const target = destination(message.user, medium === "EMAIL" ? "email" : "phone_number");
    if (target === undefined) continue;
    await sendMessage(ctx, pool, { ...message, kind: "AdminCreateUser", destination: target });
  }
}

/** The name by which people know themselves: in a username-attribute pool the username is a UUID. */
function nameFor(pool: Pool, user: User): string {
  const attribute = pool.usernameAttributes.find((name) => user.attributes.has(name));
  return (attribute === undefined ? undefined : user.attributes.get(attribute)) ?? user.username;
}

async function customised(ctx: Ctx, pool: Pool, message: CodeMessage): Promise<Texts> {
  const texts = defaultTexts(pool, message.kind);
  const invitation = message.kind === "AdminCreateUser";
  const response = await runTrigger(ctx, pool, {
    name: "CustomMessage",
    source: `CustomMessage_${message.kind}`,
    userName: message.user.username,
    clientId: message.clientId,
    request: {
      userAttributes: eventAttributes(message.user),
      codeParameter: CODE,
      linkParameter: "{##Click Here##}",
      usernameParameter: invitation ? USERNAME : null,
      clientMetadata: message.clientMetadata ?? {},
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  });
  if (response === undefined) return texts;
  const email = textOf(response.emailMessage);
  const subject = textOf(response.emailSubject);
  const sms = textOf(response.smsMessage);
  const account = pool.settings.EmailConfiguration?.EmailSendingAccount ?? "COGNITO_DEFAULT";
  if ((email ?? subject) !== undefined && account !== "DEVELOPER") {
    throw invalidMessage("EmailMessage and EmailSubject need EmailSendingAccount DEVELOPER");
  }
  for (const text of [email, sms]) {
    if (text !== undefined && !(text.includes(CODE) && (!invitation || text.includes(USERNAME)))) {
      throw invalidMessage("the message lacks the code or username placeholder");
    }
  }
  return { subject: subject ?? texts.subject, email: email ?? texts.email, sms: sms ?? texts.sms };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function invalidMessage(why: string): AwsError {
  return new AwsError("InvalidLambdaResponseException", `CustomMessage failed: ${why}`);
}

/** @throws AwsError NotAuthorizedException where only an administrator may reset passwords */
export function refuseAdminOnly(
  { settings }: Pool,
  text = "Contact administrator to reset password.",
): void {
  const mechanisms = settings.AccountRecoverySetting?.RecoveryMechanisms ?? [];
  if (mechanisms.length === 1 && mechanisms[0]?.Name === "admin_only") throw notAuthorized(text);
}

/**
 * Where a reset code goes: by the pool's recovery settings, or where they name no way to a verified phone before a
 * verified e-mail address.
 */
export function recoveryDestination(pool: Pool, user: User): Destination | undefined {
  const mechanisms = recoverySetting(pool.settings).RecoveryMechanisms;
  const order = [...(mechanisms ?? [])].sort((a, b) => a.Priority - b.Priority);
  const attributes =
    order.length === 0
      ? (["phone_number", "email"] as const)
      : order.flatMap(({ Name }) => recoveryAttribute(pool, user, Name) ?? []);
  const attribute = attributes.find((name) => user.attributes.get(`${name}_verified`) === "true");
  return attribute === undefined ? undefined : destination(user, attribute);
}

/** What is the second factor cannot also reset the first: AccountRecoverySetting of the API model. */
function recoveryAttribute(
  pool: Pool,
  user: User,
  mechanism: string,
): "email" | "phone_number" | undefined {
  const mfa = (pool.settings.MfaConfiguration ?? "OFF") !== "OFF";
  if (mechanism === "verified_email") {
    return mfa && user.mfa.enabled.has("EMAIL_OTP") ? undefined : "email";
  }
  if (mechanism !== "verified_phone_number") return undefined;
  return mfa && user.mfa.enabled.has("SMS_MFA") ? undefined : "phone_number";
}
