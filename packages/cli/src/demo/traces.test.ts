import { expect, it } from "vitest";
import { secretsOfCitizens } from "./homes.ts";
import { population } from "./population.ts";
import { leaksIn } from "./traces.ts";

it("finds what must not be in a log or an event", () => {
  const [person] = population();
  const leaks = [
    "a code: 123456",
    `hello ${person?.login}`,
    `tried ${person?.password}`,
    "eyJhbGciOi.eyJzdWIi",
    ...secretsOfCitizens(),
    "citizen.1@example.org lives there",
  ];

  for (const leak of leaks) expect(leaksIn(["all is well", leak], ["123456"])).toEqual([leak]);
  expect(leaksIn(["1234567 is no code"], ["123456"])).toEqual([]);
  expect(leaksIn(["all is well"], [])).toEqual([]);
});
