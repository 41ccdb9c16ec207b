import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SQSClient } from "@aws-sdk/client-sqs";

/** Unmodified AWS SDK clients that talk to a stage, by default with its own account's access key. */
export function clientsFor(endpoint: string, region: string, accessKeyId = "local") {
  const config = {
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey: "local" },
  };
  return {
    cognito: new CognitoIdentityProviderClient(config),
    dynamodb: new DynamoDBClient(config),
    events: new EventBridgeClient(config),
    ses: new SESv2Client(config),
    sqs: new SQSClient(config),
  };
}

export type Clients = ReturnType<typeof clientsFor>;
