import { type RestRoute, type RestRoutes, restRoute } from "../rest-routes.ts";

/** Method and path of each operation that is played. Source: API model of lambda, `http` traits. */
const ROUTES: RestRoutes = {
  Invoke: ["POST", "2015-03-31/functions/*/invocations"],
  CreateFunction: ["POST", "2015-03-31/functions"],
  ListFunctions: ["GET", "2015-03-31/functions"],
  ListVersionsByFunction: ["GET", "2015-03-31/functions/*/versions"],
  GetFunction: ["GET", "2015-03-31/functions/*"],
  DeleteFunction: ["DELETE", "2015-03-31/functions/*"],
  GetFunctionConfiguration: ["GET", "2015-03-31/functions/*/configuration"],
  UpdateFunctionConfiguration: ["PUT", "2015-03-31/functions/*/configuration"],
  UpdateFunctionCode: ["PUT", "2015-03-31/functions/*/code"],
  PutFunctionConcurrency: ["PUT", "2017-10-31/functions/*/concurrency"],
  GetFunctionConcurrency: ["GET", "2019-09-30/functions/*/concurrency"],
  DeleteFunctionConcurrency: ["DELETE", "2017-10-31/functions/*/concurrency"],
  CreateEventSourceMapping: ["POST", "2015-03-31/event-source-mappings"],
  ListEventSourceMappings: ["GET", "2015-03-31/event-source-mappings"],
  GetEventSourceMapping: ["GET", "2015-03-31/event-source-mappings/*"],
  UpdateEventSourceMapping: ["PUT", "2015-03-31/event-source-mappings/*"],
  DeleteEventSourceMapping: ["DELETE", "2015-03-31/event-source-mappings/*"],
  PutFunctionEventInvokeConfig: ["PUT", "2019-09-25/functions/*/event-invoke-config"],
  UpdateFunctionEventInvokeConfig: ["POST", "2019-09-25/functions/*/event-invoke-config"],
  GetFunctionEventInvokeConfig: ["GET", "2019-09-25/functions/*/event-invoke-config"],
  DeleteFunctionEventInvokeConfig: ["DELETE", "2019-09-25/functions/*/event-invoke-config"],
  ListFunctionEventInvokeConfigs: ["GET", "2019-09-25/functions/*/event-invoke-config/list"],
  ListTags: ["GET", "2017-03-31/tags/*"],
  TagResource: ["POST", "2017-03-31/tags/*"],
  UntagResource: ["DELETE", "2017-03-31/tags/*"],
  AddPermission: ["POST", "2015-03-31/functions/*/policy"],
  GetPolicy: ["GET", "2015-03-31/functions/*/policy"],
  RemovePermission: ["DELETE", "2015-03-31/functions/*/policy/*"],
};

/** Which operation a request is, or undefined for one that is not played. */
export function lambdaRoute(method: string, path: string): RestRoute | undefined {
  return restRoute(ROUTES, method, path);
}
