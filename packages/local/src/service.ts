/** What the gateway hands to a service: one AWS API call, its protocol already taken off. */
export interface AwsCall {
  /** The region in the request's SigV4 credential scope; the stage's home region where a call is unsigned. */
  readonly region: string;
  /** The API operation, for example `InitiateAuth`. */
  readonly operation: string;
  /** The parsed JSON body. Untrusted. */
  readonly input: unknown;
  /** Whose credentials signed it. Left out: the stage itself, which may do everything. */
  readonly caller?: Caller | undefined;
  /** Whether the request carried a SigV4 `Authorization` header. The signature itself is not checked. */
  readonly signed: boolean;
}

/** Whose credentials a request was signed with. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  /** It signs with credentials that STS gave. */
  readonly temporary?: true;
  /** What the policy of a role's session allows. Left out: everything. */
  readonly may?: (action: string, resource: string) => boolean;
}

/** A stand-in for one AWS service that speaks a JSON protocol. */
export interface AwsService {
  /** Answers with the API's output shape. @throws AwsError for the client; anything else becomes a 500 */
  call(call: AwsCall): Promise<object>;
}

/** An error as AWS's JSON protocols put it on the wire: `__type` and `message`. */
export class AwsError extends Error {
  /** The modelled exception's name, for example `UserNotFoundException`. */
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = "AwsError";
    this.type = type;
    this.status = status;
  }
}

/** The stage's time in epoch milliseconds. Tests move it through `/_local/clock`. */
export type Clock = () => number;

/** An error as Lambda hands it to who invoked the function. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  /** The lines of the stack. */
  readonly trace?: readonly string[];
}

/** The outcome of running a function once. */
export type InvocationResult =
  | { readonly outcome: "returned"; readonly payload: unknown }
  /** The handler threw; the texts are the handler's own. */
  | ({ readonly outcome: "threw" } & FunctionError)
  | { readonly outcome: "timed-out" }
  /** It could not be started, ran out of memory, ended its process, or there is no such function. */
  | {
      readonly outcome: "crashed";
      readonly reason: string;
      /** What the runtime could still say: it did not load, or something failed that nobody waited for. */
      readonly error?: FunctionError;
    };

/** Runs a function of the Lambda host once and waits for the result. Never rejects. */
export type Invoke = (functionArn: string, event: unknown) => Promise<InvocationResult>;

/** A message that a service sends to a person, as the mailbox keeps it. */
export interface Message {
  readonly channel: "email" | "sms";
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

export type Deliver = (message: Message) => void;

/** The account that every stage plays. */
export const ACCOUNT_ID = "000000000000";
