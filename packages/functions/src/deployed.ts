/** A section of the configuration without which there is nothing to do for some functions. */
export type Section = "placement" | "onboarding" | "downstream";

/** What an entry of any list may say of when and where it is deployed. */
interface Conditional {
  readonly where?: "every-region" | "home";
  readonly onlyWith?: Section | undefined;
  readonly onlyWithout?: Section | undefined;
}

/** The entries of a list that a configuration calls for. */
export function deployed<Name extends string, Entry extends Conditional>(
  list: Readonly<Record<Name, Entry>>,
  configured: { readonly [Name in Section]?: unknown },
  where?: "every-region" | "home",
): [Name, Entry][] {
  // A section that names nothing calls for nothing.
  const has = (section: Section) => Object.keys(configured[section] ?? {}).length > 0;
  return (Object.entries(list) as [Name, Entry][])
    .filter(([, { onlyWith }]) => onlyWith === undefined || has(onlyWith))
    .filter(([, { onlyWithout }]) => onlyWithout === undefined || !has(onlyWithout))
    .filter(([, entry]) => where === undefined || (entry.where ?? "home") === where);
}
