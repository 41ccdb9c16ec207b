/** `pre-sign-up`: `PreSignUp`, as components are named. */
export function pascal(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
}

/** The name of a function component without the region that may end it: `DrainFallbackEuWest1`. */
export function regionless(functionID: string): string {
  return functionID.replace(/[A-Z][a-z]+[A-Z][a-z]+\d$/, "");
}
