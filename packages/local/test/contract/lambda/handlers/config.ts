export const configured = "as written";
