import { z } from "zod";
import { constraintOf, failures } from "../failures.ts";
import { AwsError } from "../service.ts";

/** Source: floci-io/floci, SesConfigurationSetNameIntegrationTest. */
export const SetName = z
  .string()
  .refine((name) => name !== "", "The configuration set name must be specified.")
  .refine((name) => name.length <= 64, "Configuration set name cannot exceed 64 characters.")
  .refine((name) => /^[\w-]*$/.test(name), {
    error: ({ input }) =>
      `Invalid configuration set name <${input}>: only alphanumeric ASCII characters, '_', and '-' are allowed.`,
  });
const Address = z.string().min(1).max(320);

/** Message tags. Source: API reference of SES v2, MessageTag. */
const Tag = z.object({
  Name: z.string().regex(/^[A-Za-z0-9_-]{1,256}$/, "is not the name of a tag"),
  Value: z.string().regex(/^[A-Za-z0-9_-]{1,256}$/, "is not the value of a tag"),
});

const Part = z.object({ Data: z.string(), Charset: z.string().optional() });

const EventTypes = z.array(
  z.enum([
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "OPEN",
    "CLICK",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
    "SUBSCRIPTION",
  ]),
);

const Destination = z.object({
  Enabled: z.boolean().default(false),
  MatchingEventTypes: EventTypes.min(1),
  EventBridgeDestination: z
    .object({
      // "Only the default bus is supported." API reference of SES v2, EventBridgeDestination.
      EventBusArn: z
        .string()
        .regex(
          /^arn:aws[a-z0-9-]*:events:[a-z0-9-]+:\d{12}:event-bus\/default$/,
          "Only the default bus is supported.",
        ),
    })
    .optional(),
});

const TemplateContent = z.object({
  Subject: z.string().optional(),
  Text: z.string().optional(),
  Html: z.string().optional(),
});

const Reasons = z.array(z.enum(["BOUNCE", "COMPLAINT"]));

export const Inputs = {
  SendEmail: z.object({
    FromEmailAddress: z.string().optional(),
    ReplyToAddresses: z.array(z.string()).optional(),
    Destination: z
      .object({
        ToAddresses: z.array(z.string()).default([]),
        CcAddresses: z.array(z.string()).default([]),
        BccAddresses: z.array(z.string()).default([]),
      })
      .optional(),
    Content: z.object({
      Simple: z
        .object({ Subject: Part, Body: z.object({ Text: Part.optional(), Html: Part.optional() }) })
        .optional(),
      Raw: z.object({ Data: z.base64() }).optional(),
      Template: z
        .object({
          TemplateName: z.string().optional(),
          TemplateContent: TemplateContent.optional(),
          TemplateData: z.string().optional(),
        })
        .optional(),
    }),
    EmailTags: z.array(Tag).default([]),
    ConfigurationSetName: SetName.optional(),
  }),
  CreateConfigurationSet: z.object({
    ConfigurationSetName: SetName,
    // A member that is not there is false (floci-io/floci, SesBooleanCoercionV2IntegrationTest, probed on AWS).
    SendingOptions: z.object({ SendingEnabled: z.boolean().default(false) }).optional(),
    ReputationOptions: z
      .object({ ReputationMetricsEnabled: z.boolean().default(false) })
      .optional(),
    SuppressionOptions: z.object({ SuppressedReasons: Reasons.optional() }).optional(),
  }),
  CreateConfigurationSetEventDestination: z.object({
    EventDestinationName: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    EventDestination: Destination,
  }),
  UpdateConfigurationSetEventDestination: z.object({ EventDestination: Destination }),
  CreateEmailIdentity: z.object({ EmailIdentity: Address }),
  CreateEmailTemplate: z.object({
    TemplateName: z.string().min(1).max(64),
    TemplateContent,
  }),
  UpdateEmailTemplate: z.object({ TemplateContent }),
  TestRenderEmailTemplate: z.object({ TemplateData: z.string() }),
  PutSuppressedDestination: z.object({ EmailAddress: Address, Reason: Reasons.element }),
  ListSuppressedDestinations: z.object({ Reasons }),
  PutAccountSendingAttributes: z.object({ SendingEnabled: z.boolean().default(false) }),
  PutAccountSuppressionAttributes: z.object({ SuppressedReasons: Reasons.default([]) }),
} as const;

/** @throws AwsError BadRequestException naming the field */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new AwsError("BadRequestException", issue ? messageOf(issue) : "");
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "custom") return issue.message;
  if (issue.code !== "invalid_value") return `${issue.path.join(".")}: ${issue.message}`;
  const member = constraintOf(issue);
  const listed = typeof issue.path.at(-1) === "number";
  // An entry is told with its list. Source: floci-io/floci, SesV2IntegrationTest (verified on AWS).
  const constraint = listed ? `Member must satisfy constraint: [${member}]` : member;
  return failures([{ path: issue.path.slice(0, listed ? -1 : undefined).map(String), constraint }]);
}
