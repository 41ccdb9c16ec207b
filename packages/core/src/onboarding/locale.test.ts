import { expect, it } from "vitest";
import { mailLocale } from "./locale.ts";

it.each([
  ["de", "de"],
  ["de-AT", "de"],
  ["de_AT", "de"],
  ["DE-at", "de"],
  ["es-419", "es"],
  ["en-GB", "en"],
  ["de_DE.UTF-8", "de"],
  ["fr-FR", "es"],
  ["deutsch", "es"],
  ["", "es"],
  ["__proto__", "es"],
  [undefined, "es"],
] as const)(
  "writes to a person with locale %s in %s, where the default is es",
  (locale, language) => {
    expect(mailLocale(locale, "es")).toBe(language);
  },
);
