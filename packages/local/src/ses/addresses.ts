/** The bare address of `Example <hello@example.com>`. */
export function bare(address: string): string {
  return (/<([^<>]+)>\s*$/.exec(address)?.[1] ?? address).trim();
}

export function domainOf(address: string): string {
  return bare(address).split("@").at(-1)?.toLowerCase() ?? "";
}

/** What SES's mailbox simulator does with a mail. Source: SES guide, "Using the mailbox simulator manually". */
export type Simulated = "success" | "bounce" | "complaint" | "ooto" | "suppressionlist";

const SIMULATED: readonly string[] = ["success", "bounce", "complaint", "ooto", "suppressionlist"];

/** Undefined for any other address. A label is allowed: `bounce+ann@simulator.amazonses.com`. */
export function simulated(address: string): Simulated | undefined {
  const [local = "", domain] = bare(address).toLowerCase().split("@");
  const name = local.split("+")[0] ?? "";
  if (domain !== "simulator.amazonses.com" || !SIMULATED.includes(name)) return undefined;
  return name as Simulated;
}
