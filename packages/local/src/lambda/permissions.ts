import * as z from "zod/mini";
import { AwsError } from "../service.ts";
import type { RegisteredFunction } from "./definition.ts";
import type { LambdaHost } from "./host.ts";
import {
  type Asked,
  atRevision,
  functionAsked,
  invalidParameter,
  json,
  LATEST,
  type Operation,
  parsed,
  resourceNotFound,
} from "./operation.ts";

/** A statement of a function's policy. Kept and shown; whoever reaches the stage may invoke. */
export interface FunctionStatement {
  readonly Sid: string;
}

/** Source: Lambda API reference, AddPermission. */
const AddPermission = z.object({
  StatementId: z.string().check(z.regex(/^([a-zA-Z0-9-_]+)$/), z.maxLength(100)),
  Action: z.string().check(z.regex(/^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/)),
  Principal: z.string().check(z.minLength(1)),
  SourceArn: z.optional(z.string()),
  SourceAccount: z.optional(z.string().check(z.regex(/^\d{12}$/))),
  EventSourceToken: z.optional(z.string()),
  PrincipalOrgID: z.optional(z.string()),
  FunctionUrlAuthType: z.optional(z.enum(["NONE", "AWS_IAM"])),
  RevisionId: z.optional(z.string()),
});
type AddPermission = z.infer<typeof AddPermission>;

export function permissionOperations(host: LambdaHost): Record<string, Operation> {
  // Versions and aliases are not played, so that there is one policy.
  const named = (asked: Asked) => functionAsked(host, asked);
  return {
    AddPermission: (asked) => {
      const found = named(asked);
      const input = parsed(AddPermission, asked.request);
      if (asked.request.query.get("Qualifier") === LATEST) {
        throw invalidParameter(`We currently do not support adding policies for ${LATEST}.`);
      }
      atRevision(found, input.RevisionId, "GetPolicy");
      const { policy = [] } = found;
      if (policy.some(({ Sid }) => Sid === input.StatementId)) {
        throw new AwsError(
          "ResourceConflictException",
          `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
          409,
        );
      }
      const statement = statementOf(input, found);
      host.change(found.arn, { policy: [...policy, statement] });
      return json({ Statement: JSON.stringify(statement) }, 201);
    },
    GetPolicy: (asked) => {
      const { policy = [], revisionId } = named(asked);
      if (policy.length === 0) throw resourceNotFound();
      const document = { Version: "2012-10-17", Id: "default", Statement: policy };
      return json({ Policy: JSON.stringify(document), RevisionId: revisionId });
    },
    RemovePermission: (asked) => {
      const found = named(asked);
      const { policy = [] } = found;
      if (policy.length === 0) {
        const message = "No policy is associated with the given resource.";
        throw new AwsError("ResourceNotFoundException", message, 404);
      }
      atRevision(found, asked.request.query.get("RevisionId") ?? undefined, "GetPolicy");
      const left = policy.filter(({ Sid }) => Sid !== asked.secondName);
      if (left.length === policy.length) {
        const message = `Statement ${asked.secondName} is not found in resource policy.`;
        throw new AwsError("ResourceNotFoundException", message, 404);
      }
      host.change(found.arn, { policy: left });
      return { status: 204 };
    },
  };
}

/** As Lambda writes it. Source: Lambda DG, "Granting Lambda function access to AWS services". */
function statementOf(input: AddPermission, { arn }: RegisteredFunction): FunctionStatement {
  const equal = {
    ...(input.SourceAccount && { "AWS:SourceAccount": input.SourceAccount }),
    ...(input.PrincipalOrgID && { "aws:PrincipalOrgID": input.PrincipalOrgID }),
    ...(input.EventSourceToken && { "lambda:EventSourceToken": input.EventSourceToken }),
    ...(input.FunctionUrlAuthType && { "lambda:FunctionUrlAuthType": input.FunctionUrlAuthType }),
  };
  const condition = {
    ...(Object.keys(equal).length > 0 && { StringEquals: equal }),
    ...(input.SourceArn && { ArnLike: { "AWS:SourceArn": input.SourceArn } }),
  };
  const statement = {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: arn,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
  return statement;
}

function principalOf(principal: string): unknown {
  if (principal === "*") return "*";
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (principal.startsWith("arn:")) return { AWS: principal };
  if (/\.amazon(aws)?\.com(\.cn)?$/.test(principal)) return { Service: principal };
  throw invalidParameter(
    "The provided principal was invalid. Please check the principal and try again.",
  );
}
