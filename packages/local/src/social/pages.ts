import { html } from "../web.ts";
import type { Person } from "./people.ts";

/** Who to be: a link for each person, which is the same request with that person in it. */
export function choosePage(people: readonly Person[], query: URLSearchParams): string {
  const link = (label: string, changes: Record<string, string>) => {
    const target = new URLSearchParams(query);
    for (const [key, value] of Object.entries(changes)) target.set(key, value);
    return `<a class="button" href="?${html(target.toString())}">${html(label)}</a>`;
  };
  const everybody = people.map((person) =>
    link(`${person.name} (${person.email}${person.email_verified ? "" : ", not verified"})`, {
      login_hint: person.sub,
    }),
  );
  return `${everybody.join("")}${link("Cancel", { cancel: "yes" })}`;
}
