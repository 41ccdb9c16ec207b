import * as z from "zod/mini";
import { failures } from "../failures.ts";
import { AwsError } from "../service.ts";
import type { RegisteredFunction } from "./definition.ts";
import type { LambdaHost } from "./host.ts";
import {
  type Asked,
  functionCalled,
  invalidParameter,
  json,
  type Operation,
  parsed,
} from "./operation.ts";

const TagResource = z.object({ Tags: z.record(z.string(), z.string()) });

/** Source: Lambda API reference, TagResource, UntagResource, ListTags. Only functions have tags here. */
export function tagOperations(host: LambdaHost): Record<string, Operation> {
  const tagged = ({ request, name }: Asked): RegisteredFunction => {
    if (/^arn:aws:lambda:[^:]+:\d{12}:function:[\w-]+$/.test(name)) {
      return functionCalled(host, request.region, name);
    }
    const constraint = "Member must satisfy regular expression pattern: an ARN of a function";
    throw new AwsError(
      "ValidationException",
      failures([{ path: ["Resource"], value: name, constraint }]),
    );
  };
  return {
    ListTags: (asked) => json({ Tags: tagged(asked).tags ?? {} }),
    TagResource: (asked) => {
      const { arn, tags } = tagged(asked);
      const all = { ...tags, ...parsed(TagResource, asked.request).Tags };
      tagsInBounds(all);
      host.change(arn, { tags: all });
      return { status: 204 };
    },
    UntagResource: (asked) => {
      const { arn, tags = {} } = tagged(asked);
      const gone = asked.request.query.getAll("tagKeys");
      const left = Object.entries(tags).filter(([key]) => !gone.includes(key));
      host.change(arn, { tags: Object.fromEntries(left) });
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
