import { createHmac } from "node:crypto";
import type { Pool } from "../state.ts";

/** Delivery details for a name that nobody has, the same each time: facts/cognito.md 3.4. */
export function pretendedDelivery(pool: Pool, name: string): object {
  return {
    CodeDeliveryDetails: {
      Destination: pretendedDestination(pool, name, "email"),
      DeliveryMedium: "EMAIL",
      AttributeName: "email",
    },
  };
}

/** A masked address for a name that nobody has, the same each time. */
export function pretendedDestination(
  pool: Pool,
  name: string,
  attribute: "email" | "phone_number",
): string {
  const hash = createHmac("sha256", pool.secret).update(name.toLowerCase()).digest();
  if (attribute === "phone_number") {
    return `+*******${String(hash.readUInt16BE(2) % 10_000).padStart(4, "0")}`;
  }
  // Whoever types an address expects to see it.
  const typed = /^(.)[^@]*@(.)/u.exec(name);
  const letter = (at: number) => String.fromCharCode(97 + (hash.readUInt8(at) % 26));
  return `${typed?.[1] ?? letter(0)}***@${typed?.[2] ?? letter(1)}***`;
}
