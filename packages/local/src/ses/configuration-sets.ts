import { AwsError } from "../service.ts";
import { Inputs, parse, SetName } from "./input.ts";
import { filterOf, type Operation, Pages, page, refused } from "./operation.ts";
import type { ConfigurationSet, SesRegion } from "./state.ts";

/** Configuration sets and where their reports go. */
export function configurationSetOperations(): Record<string, Operation> {
  return {
    CreateConfigurationSet: ({ configurationSets }, { input }) => {
      const asked = parse(Inputs.CreateConfigurationSet, input);
      const name = asked.ConfigurationSetName;
      const { SendingOptions, SuppressionOptions, ReputationOptions } = asked;
      // As AWS does (floci-io/floci, SesConfigurationSetV2IntegrationTest, verified on AWS).
      if (SuppressionOptions && !SuppressionOptions.SuppressedReasons) {
        throw new AwsError("InternalFailure", "An internal failure has occurred.", 500);
      }
      if (configurationSets.has(name)) throw exists(`Configuration set <${name}>`);
      configurationSets.set(name, {
        name,
        sendingEnabled: SendingOptions?.SendingEnabled ?? true,
        suppressedReasons: SuppressionOptions?.SuppressedReasons,
        reputationMetricsEnabled: ReputationOptions?.ReputationMetricsEnabled ?? true,
        destinations: new Map(),
      });
      return {};
    },
    GetConfigurationSet: (ses, { name }) => {
      const set = setOf(ses, name);
      return {
        ConfigurationSetName: set.name,
        SendingOptions: { SendingEnabled: set.sendingEnabled },
        ReputationOptions: { ReputationMetricsEnabled: set.reputationMetricsEnabled },
        ...(set.suppressedReasons && {
          SuppressionOptions: { SuppressedReasons: set.suppressedReasons },
        }),
      };
    },
    DeleteConfigurationSet: (ses, { name }) => {
      ses.configurationSets.delete(setOf(ses, name).name);
      return {};
    },
    ListConfigurationSets: ({ configurationSets }, asked) => {
      const { CONFIGURATION_SET_NAME_CONTAINS: part = "" } = filterOf(asked);
      if (part !== "" && (part.length < 3 || part.length > 64)) {
        throw refused("CONFIGURATION_SET_NAME_CONTAINS must be between 3 and 64 characters");
      }
      const names = [...configurationSets.keys()].filter((name) =>
        name.toLowerCase().includes(part.toLowerCase()),
      );
      const { items, ...more } = page(names, asked, Pages.configurationSets);
      return { ConfigurationSets: items, ...more };
    },

    CreateConfigurationSetEventDestination: (ses, { name, input }) => {
      const { destinations } = setOf(ses, name);
      const asked = parse(Inputs.CreateConfigurationSetEventDestination, input);
      const destination = asked.EventDestinationName;
      if (destinations.has(destination)) throw exists(`Event destination <${destination}>`);
      destinations.set(destination, { Name: destination, ...asked.EventDestination });
      return {};
    },
    GetConfigurationSetEventDestinations: (ses, { name }) => ({
      EventDestinations: [...setOf(ses, name).destinations.values()],
    }),
    UpdateConfigurationSetEventDestination: (ses, { name, secondName, input }) => {
      const { destinations } = setOf(ses, name);
      requireDestination(destinations, secondName);
      const asked = parse(Inputs.UpdateConfigurationSetEventDestination, input);
      destinations.set(secondName, { Name: secondName, ...asked.EventDestination });
      return {};
    },
    DeleteConfigurationSetEventDestination: (ses, { name, secondName }) => {
      const { destinations } = setOf(ses, name);
      requireDestination(destinations, secondName);
      destinations.delete(secondName);
      return {};
    },
  };
}

function setOf({ configurationSets }: SesRegion, name: string): ConfigurationSet {
  const found = configurationSets.get(parse(SetName, name));
  if (found) return found;
  throw new AwsError("NotFoundException", `Configuration set <${name}> does not exist.`, 404);
}

function requireDestination(destinations: ConfigurationSet["destinations"], name: string): void {
  if (destinations.has(name)) return;
  throw new AwsError("NotFoundException", `Event destination <${name}> does not exist.`, 404);
}

function exists(what: string): AwsError {
  return new AwsError("AlreadyExistsException", `${what} already exists.`);
}
