/** Groups of tools that can be left out. */
export const toolGroups = ["memory", "code", "admin"] as const;
export type ToolGroup = (typeof toolGroups)[number];
