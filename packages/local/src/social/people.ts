import { z } from "zod";

/** Somebody with an account at every provider that the stage plays. Further fields become further claims. */
export const Person = z
  .looseObject({
    /** Google's are 21 digits. */
    sub: z.string().regex(/^[\w.-]{1,64}$/),
    email: z.email(),
    email_verified: z.boolean().default(true),
    name: z.string().min(1).max(256),
  })
  .describe('{"sub": text, "email": address, "email_verified": true or false, "name": text, ...}');
export type Person = z.output<typeof Person>;

export interface People {
  list(): readonly Person[];
  /** Adds a person, or changes the one with the same `sub`. */
  add(person: Person): Person;
  /** Back to the people of the start. */
  reset(): void;
  /** By `sub` or address. */
  find(name: string): Person | undefined;
}

const AT_START: readonly Person[] = [
  {
    sub: "100000000000000000001",
    email: "grace@example.com",
    email_verified: true,
    name: "Grace Hopper",
    given_name: "Grace",
    family_name: "Hopper",
  },
  {
    sub: "100000000000000000002",
    email: "alan@example.com",
    email_verified: true,
    name: "Alan Turing",
    given_name: "Alan",
    family_name: "Turing",
  },
  {
    sub: "100000000000000000003",
    email: "unverified@example.com",
    email_verified: false,
    name: "Una Verified",
    given_name: "Una",
    family_name: "Verified",
  },
];

export function createPeople(): People {
  let people = new Map(AT_START.map((person) => [person.sub, person]));
  return {
    list: () => [...people.values()],
    add: (person) => {
      people.set(person.sub, person);
      return person;
    },
    reset: () => {
      people = new Map(AT_START.map((person) => [person.sub, person]));
    },
    find: (name) =>
      people.get(name) ??
      [...people.values()].find(({ email }) => email.toLowerCase() === name.toLowerCase()),
  };
}
