import { createHmac } from "node:crypto";
import type { Pool } from "./state.ts";

/** Delivery details for a name that nobody has, the same each time: facts/cognito.md 3.4. */
export function pretendedDelivery(pool: Pool, name: string): object {
  const hash = createHmac("sha256", pool.secret).update(name.toLowerCase()).digest();
  const letter = (at: number) => String.fromCharCode(97 + (hash.readUInt8(at) % 26));
  return {
    CodeDeliveryDetails: {
      Destination: `${letter(0)}***@${letter(1)}***`,
      DeliveryMedium: "EMAIL",
      AttributeName: "email",
    },
  };
}
