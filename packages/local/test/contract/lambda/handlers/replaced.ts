export const configured = "replaced";
