import type { WireService } from "../http.ts";
import { AwsError } from "../service.ts";
import { asynchronousOperations } from "./asynchronous-api.ts";
import { functionOperations } from "./functions.ts";
import type { LambdaHost } from "./host.ts";
import { invoke } from "./invoke.ts";
import { mappingOperations } from "./mapping-api.ts";
import type { Operation } from "./operation.ts";
import { permissionOperations } from "./permissions.ts";
import { lambdaRoute } from "./routes.ts";
import { tagOperations } from "./tags.ts";

/** The Lambda API: Invoke, and what is needed to look functions up and to bring one's own. */
export function createLambdaApi(host: LambdaHost): WireService {
  const operations: Readonly<Record<string, Operation>> = {
    Invoke: (asked) => invoke(host, asked),
    ...functionOperations(host),
    ...mappingOperations(host),
    ...asynchronousOperations(host),
    ...permissionOperations(host),
    ...tagOperations(host),
  };
  return {
    respond: async (request) => {
      const route = lambdaRoute(request.method, request.path);
      const perform = route && operations[route.operation];
      if (!route || !perform) {
        throw new AwsError("UnknownOperationException", "This operation is not played.", 404);
      }
      const [name = "", secondName = ""] = route.names;
      return perform({ request, name, secondName });
    },
  };
}
