import { only } from "../only-stage.ts";
import type { Parts } from "./parts.ts";

/** AWS in the place of a stage's parts: there are clients for it, and what else a test asks for skips it. */
export function awsParts(): Parts {
  return {
    client: (region = "us-east-1") => ({ region }),
    get endpoint() {
      return only("its address")();
    },
    get clock() {
      return only("its clock")();
    },
    get faults() {
      return only("its faults")();
    },
    get requests() {
      return only("its counters")();
    },
    get mailbox() {
      return only("its mailbox")();
    },
    get lambda() {
      return only("its functions")();
    },
    get sqs() {
      return only("its inside")();
    },
    get internalErrors() {
      return only("its inside")();
    },
  };
}
