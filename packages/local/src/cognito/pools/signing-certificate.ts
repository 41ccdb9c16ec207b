import * as z from "zod/mini";
import { selfSigned } from "../../certificate.ts";
import { operation } from "../input.ts";
import { poolOf } from "../state.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

/**
 * The certificate of a pool's SAML requests, as base64 without PEM's lines; good for ten years, and the same each time.
 * No such request is ever sent here. Source: the API model, GetSigningCertificate.
 */
export const getSigningCertificate = operation(
  z.object({ UserPoolId: z.string() }),
  async (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    pool.kept.certificate ??= await makeCertificate(pool.id, ctx.deps.clock());
    return { Certificate: pool.kept.certificate };
  },
);

async function makeCertificate(name: string, nowMs: number): Promise<string> {
  const { cert } = await selfSigned({ name, fromMs: nowMs, untilMs: nowMs + TEN_YEARS_MS });
  return cert.replace(/-----.*?-----|\s/g, "");
}
