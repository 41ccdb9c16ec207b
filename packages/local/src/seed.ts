import { readFile } from "node:fs/promises";
import * as z from "zod";
import { StageInputError } from "./errors.ts";

/** A user to put into a pool as if it had always been there: no trigger runs, no message is sent. */
export const SeedUser = z
  .strictObject({
    username: z.string().min(1).max(128),
    /** Left out for a federated user, and for one who has no password. */
    password: z.string().min(1).max(256).optional(),
    /** As ListUsers shows them, without `sub`. Values are text: `"email_verified": "true"`. */
    attributes: z.record(z.string(), z.string()).default({}),
    status: z
      .enum([
        "CONFIRMED",
        "UNCONFIRMED",
        "RESET_REQUIRED",
        "FORCE_CHANGE_PASSWORD",
        "EXTERNAL_PROVIDER",
      ])
      .default("CONFIRMED"),
    enabled: z.boolean().default(true),
    /** Makes the user's second factor an authenticator app with this secret, in base32. */
    totpSecret: z
      .string()
      .regex(/^[A-Z2-7]{16,}$/)
      .optional(),
    /** Makes text messages a second factor; needs a phone_number attribute. */
    smsMfa: z.boolean().default(false),
    /** Makes mailed codes a second factor; needs an email attribute. */
    emailMfa: z.boolean().default(false),
    groups: z.array(z.string()).default([]),
  })
  .refine(({ smsMfa, attributes }) => !smsMfa || attributes["phone_number"] !== undefined, {
    error: "needs the attribute phone_number",
    path: ["smsMfa"],
  })
  .refine(({ emailMfa, attributes }) => !emailMfa || attributes["email"] !== undefined, {
    error: "needs the attribute email",
    path: ["emailMfa"],
  });
export type SeedUser = z.output<typeof SeedUser>;

/** An authenticator app, or a code by text or by mail. */
const Factor = z.enum(["app", "text", "mail"]);
export type Factor = z.infer<typeof Factor>;

/** What one source pool is like, and who is in it. */
export const SeedSource = z.strictObject({
  /** Fields of CreateUserPool, over the stage's defaults. */
  pool: z.looseObject({}).default({}),
  /** Whether the pool asks for a second factor, and which ones it knows. */
  mfa: z.enum(["OFF", "OPTIONAL", "ON"]).default("OPTIONAL"),
  factors: z.array(Factor).default(["app", "text"]),
  users: z.array(SeedUser).default([]),
});

/** The source pools of a local stage, by the id that the configuration gives them. */
export const Seed = z.strictObject({
  sources: z.record(z.string(), SeedSource),
  /** Values of the secrets that downstream systems name, as `sst secret set` would have them. */
  secrets: z.record(z.string(), z.string()).optional(),
});
export type Seed = z.input<typeof Seed>;

/** @throws StageInputError naming the file and the fields at fault */
export async function readSeed(file: string): Promise<Seed> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const problem = isMissing ? "there is no such file" : "is not a readable JSON file";
    throw new StageInputError(`--seed ${file}: ${problem}`, {}, { cause });
  }
  const parsed = Seed.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `  ${path.join(".") || "seed"}: ${message}`,
  );
  throw new StageInputError(`--seed ${file} is not valid:\n${problems.join("\n")}`);
}
