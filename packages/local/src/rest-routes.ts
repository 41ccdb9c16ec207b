/** By operation: its method, and its path without the slash in front, with a star for what the path names. */
export type RestRoutes = Readonly<Record<string, readonly [method: string, path: string]>>;

export interface RestRoute {
  readonly operation: string;
  /** What the path names, decoded. */
  readonly names: readonly string[];
}

/** Which operation a request is, or undefined for one that is not played. */
export function restRoute(routes: RestRoutes, method: string, path: string): RestRoute | undefined {
  const parts = path.replace(/^\/|\/$/g, "").split("/");
  for (const [operation, [verb, pattern]] of Object.entries(routes)) {
    const wanted = pattern.split("/");
    if (verb !== method || wanted.length !== parts.length) continue;
    if (!wanted.every((part, index) => part === "*" || part === parts[index])) continue;
    const named = parts.filter((_, index) => wanted[index] === "*");
    return { operation, names: named.map(decoded) };
  }
  return undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not an encoding: then it is the name of nothing.
    return part;
  }
}
