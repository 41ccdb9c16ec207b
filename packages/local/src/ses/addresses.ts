/** The bare address of `Example <hello@example.com> (a comment)`. */
export function bare(address: string): string {
  const plain = parts(address).join(",").trim();
  const open = plain.endsWith(">") ? lastOpen(plain) : -1;
  return open < 0 ? plain : plain.slice(open + 1, -1).trim();
}

/** Characters that must be quoted in a local part. */
const SPECIAL = '()<>,;:\\"[]';

/**
 * What is wrong with an address, in the words of SES: those of JavaMail, which checks an address from left to right.
 * Sources: floci-io/floci, SesAddressSyntaxTest (probed on AWS); the issues openstax/accounts 253,
 * hcengineering/platform 7864, arithmetric/aws-lambda-ses-forwarder 103 and SebastiaanKlippert/lambda-ses-forwarder 2.
 */
export function addressProblem(address: string): string | undefined {
  if (parts(address).length !== 1 || bare(address) === "") return "Illegal address";
  const [, local = "", domain] = SPLIT.exec(bare(address)) ?? [];
  const unquoted = local.replace(QUOTED, "").replace(/\\./gs, "");
  for (const character of unquoted) {
    if (!isPrintable(character)) return "Local address contains control or whitespace";
    if (SPECIAL.includes(character)) return "Local address contains illegal character";
  }
  if (domain === undefined) return "Missing final '@domain'";
  if (local === "") return "Missing local name";
  if (domain === "") return "Missing domain";
  if (![...domain].every(isPrintable)) return "Domain contains control or whitespace";
  if (!/^(?:[A-Za-z\d.-]+|\[.*\])$/.test(domain)) return "Domain contains illegal character";
  return undefined;
}

/** SES guide, "Service quotas"; name and all (floci-io/floci, SesAddressLengthTest, probed on AWS). */
const LONGEST = 320;

/** Undefined for one that is short enough. Its name counts in quotes only where it needs them. */
export function tooLong(address: string): string | undefined {
  const spec = bare(address);
  const name = address.slice(0, Math.max(0, address.lastIndexOf(spec) - 1)).trim();
  const plain = /^"[^"\\]*"$/.test(name) ? name.slice(1, -1) : name;
  const quoted = /[^\t -~]|[()<>@,;:\\".[\]]/.test(plain) && !/^".*"$/s.test(plain);
  const named = quoted ? `"${plain}" <${spec}>` : `${plain} <${spec}>`;
  const written = plain === "" ? spec : named;
  if (written.length <= LONGEST) return undefined;
  return `Address length is more than ${LONGEST} characters long: '${written}'.`;
}

const QUOTED = /"(?:[^"\\]|\\.)*"/gs;
/** At the first @ that is not quoted. */
const SPLIT = /^((?:"(?:[^"\\]|\\.)*"|\\.|[^@])*)(?:@(.*))?$/s;

function isPrintable(character: string): boolean {
  return character > " " && character < "\x7f";
}

/** What commas part, without the comments. */
function parts(text: string): string[] {
  const found = [""];
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|\\.|./gs)) {
    if (token === "(") depth += 1;
    else if (token === ")" && depth > 0) depth -= 1;
    else if (depth > 0) continue;
    else if (token === ",") found.push("");
    else found.push((found.pop() ?? "") + token);
  }
  return found;
}

/** Where the last < is that is not quoted. */
function lastOpen(text: string): number {
  return text.replace(QUOTED, (quoted) => "_".repeat(quoted.length)).lastIndexOf("<");
}

export function domainOf(address: string): string {
  return bare(address).split("@").at(-1)?.toLowerCase() ?? "";
}

/** As the suppression list has an address: Ann@ and ann@ are two. Source: floci-io/floci (verified on AWS). */
export function suppressible(address: string): string {
  return address.trim().replace(/@[^@]*$/, (domain) => domain.toLowerCase());
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
