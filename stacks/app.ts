import { settingsOf } from "./settings.ts";

/** What SST has to know before it runs the stacks. The default provider is the one of the home region. */
export function appOf(stage: string) {
  const { isProduction, migration } = settingsOf(stage);
  return {
    name: "carryover",
    home: "aws",
    removal: isProduction ? "retain" : "remove",
    protect: isProduction,
    providers: {
      aws: { version: "7.20.0", region: migration.homeRegion },
      random: "4.16.6",
    },
  } as const;
}
