/** How to subscribe to one event with a tool. */
export interface Sample {
  readonly tool: string;
  readonly language: string;
  readonly code: string;
}

/**
 * A rule for one event that leads into a queue that is there already. Sources: sst 4.17, `Bus.subscribeQueue`;
 * aws-cdk-lib 2, `aws-events-targets`; hashicorp/aws 6, `cloudwatch_event_rule`; AWS CLI 2, `events put-rule`.
 */
export function samplesFor(event: string, source: string): Sample[] {
  const id = event.replaceAll(".", "");
  const rule = kebab(id);
  const pattern = JSON.stringify({ source: [source], "detail-type": [event] });
  return [
    {
      tool: "SST",
      language: "ts",
      code: `sst.aws.Bus.subscribeQueue("On${id}", BUS_ARN, queue, {
  pattern: { source: ["${source}"], detailType: ["${event}"] },
});`,
    },
    {
      tool: "CDK",
      language: "ts",
      code: `new events.Rule(this, "On${id}", {
  eventBus: events.EventBus.fromEventBusArn(this, "Carryover", BUS_ARN),
  eventPattern: { source: ["${source}"], detailType: ["${event}"] },
  targets: [new targets.SqsQueue(queue)],
});`,
    },
    {
      tool: "Terraform",
      language: "hcl",
      code: `resource "aws_cloudwatch_event_rule" "on_${rule.replaceAll("-", "_")}" {
  name           = "on-${rule}"
  event_bus_name = var.bus_name
  event_pattern = jsonencode({
    source      = ["${source}"]
    detail-type = ["${event}"]
  })
}

resource "aws_cloudwatch_event_target" "on_${rule.replaceAll("-", "_")}" {
  rule           = aws_cloudwatch_event_rule.on_${rule.replaceAll("-", "_")}.name
  event_bus_name = var.bus_name
  arn            = aws_sqs_queue.carryover.arn
}`,
    },
    {
      tool: "AWS CLI",
      language: "sh",
      code: `aws events put-rule --event-bus-name "$BUS" --name on-${rule} \\
  --event-pattern '${pattern}'
aws events put-targets --event-bus-name "$BUS" --rule on-${rule} \\
  --targets "Id=queue,Arn=$QUEUE_ARN"`,
    },
  ];
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
}
