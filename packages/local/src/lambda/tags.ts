import * as z from "zod/mini";
import { failures } from "../failures.ts";
import { ACCOUNT_ID, AwsError } from "../service.ts";
import type { LambdaHost } from "./host.ts";
import {
  type Asked,
  functionCalled,
  invalidParameter,
  json,
  type Operation,
  parsed,
  resourceNotFound,
} from "./operation.ts";

const TagResource = z.object({ Tags: z.record(z.string(), z.string()) });

interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
  tag(tags: Readonly<Record<string, string>>): void;
}

/** Source: Lambda API reference, TagResource, UntagResource, ListTags. Functions and event source mappings have tags. */
export function tagOperations(host: LambdaHost): Record<string, Operation> {
  const tagged = ({ request, name }: Asked): Tagged => {
    const [, region, account, kind, id = ""] =
      /^arn:aws:lambda:([^:]+):(\d{12}):(function|event-source-mapping):([\w-]+)$/.exec(name) ?? [];
    if (kind === "function") {
      const { arn, tags = {} } = functionCalled(host, request.region, name);
      return { tags, tag: (changed) => host.change(arn, { tags: changed }) };
    }
    if (kind === "event-source-mapping") {
      const found = host.mappings.get(id);
      if (!found || region !== request.region || account !== ACCOUNT_ID) throw resourceNotFound();
      return { tags: found.tags ?? {}, tag: (changed) => host.mappings.tag(id, changed) };
    }
    const constraint =
      "Member must satisfy regular expression pattern: an ARN of a function or of an event source mapping";
    throw new AwsError(
      "ValidationException",
      failures([{ path: ["Resource"], value: name, constraint }]),
    );
  };
  return {
    ListTags: (asked) => json({ Tags: tagged(asked).tags }),
    TagResource: (asked) => {
      const { tags, tag } = tagged(asked);
      const all = { ...tags, ...parsed(TagResource, asked.request).Tags };
      tagsInBounds(all);
      tag(all);
      return { status: 204 };
    },
    UntagResource: (asked) => {
      const { tags, tag } = tagged(asked);
      const gone = asked.request.query.getAll("tagKeys");
      tag(Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.includes(key))));
      return { status: 204 };
    },
  };
}

/** Source: Lambda DG, "Using tags on Lambda functions": fifty of them. @throws AwsError */
export function tagsInBounds(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length <= 50) return;
  const message = "Number of tags exceeds resource tag limit.";
  throw invalidParameter(message);
}
