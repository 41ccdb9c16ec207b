// The one place that bundles carryover.config.ts into functions: it may hold code (attributes.transform).
export { default as migration } from "../../../../carryover.config.ts";
