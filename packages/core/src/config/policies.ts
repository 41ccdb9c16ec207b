import * as z from "zod/mini";

/** Whether a user with a second factor in the source has to prove it before crossing. */
export const MfaPolicy = z.enum(["verify", "re-enrol", "refuse"]);
export type MfaPolicy = z.infer<typeof MfaPolicy>;

export const UserIdStrategy = z.enum(["keep-old-sub", "mint"]);
export type UserIdStrategy = z.infer<typeof UserIdStrategy>;

/** What to answer a user of a source who never confirmed the account there. */
export const UnconfirmedPolicy = z.enum(["refuse", "reset"]);
export type UnconfirmedPolicy = z.infer<typeof UnconfirmedPolicy>;

/** Whether a user of a source crosses by asking the new pool for a reset code. */
export const ForgotPasswordPolicy = z.enum(["cross", "refuse"]);
export type ForgotPasswordPolicy = z.infer<typeof ForgotPasswordPolicy>;
