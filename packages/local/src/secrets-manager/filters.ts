/** What a secret is found by. */
export interface Findable {
  readonly name: string;
  readonly description?: string | undefined;
  readonly tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
}

export const FILTER_KEYS = ["all", "name", "tag-key", "description", "tag-value"] as const;

export interface Filter {
  readonly Key: (typeof FILTER_KEYS)[number];
  readonly Values: readonly string[];
}

const MATCHES: Readonly<Record<Filter["Key"], (secret: Findable, value: string) => boolean>> = {
  name: ({ name }, value) => name.startsWith(value),
  "tag-key": ({ tags = [] }, value) => tags.some(({ Key }) => Key.startsWith(value)),
  "tag-value": ({ tags = [] }, value) => tags.some(({ Value }) => Value.startsWith(value)),
  description: ({ description = "" }, value) => hasWords([description], value),
  all: ({ name, description = "", tags = [] }, value) =>
    hasWords([name, description, ...tags.flatMap(({ Key, Value }) => [Key, Value])], value),
};

/**
 * Whether a secret is what all filters ask for, each by one of its values; a value with `!` asks for all others.
 * Source: Secrets Manager API reference, Filter; moto's tests/test_secretsmanager/test_list_secrets.py.
 */
export function matches(secret: Findable, filters: readonly Filter[]): boolean {
  return filters.every(({ Key, Values }) =>
    Values.some((value) =>
      value.startsWith("!") ? !MATCHES[Key](secret, value.slice(1)) : MATCHES[Key](secret, value),
    ),
  );
}

/** Whether each word asked for begins a word that is there, in whatever case. */
function hasWords(texts: readonly string[], asked: string): boolean {
  const there = texts.flatMap(words);
  return words(asked).every((word) => there.some((one) => one.startsWith(word)));
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}
