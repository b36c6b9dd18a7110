import * as z from "zod";
import { isAdaCarbonError } from "../usage/errors.js";
import { parseInstant } from "../usage/hour.js";

/** An ISO 8601 instant in a document, read as UTC milliseconds. */
export const instant: z.ZodType<number, string> = z.string().transform((text, context) => {
  try {
    return parseInstant(text);
  } catch (error) {
    if (!isAdaCarbonError(error)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

/** The first thing wrong with a document, such as `intensity.actual: expected number, received string`. */
export function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return "malformed";
  const path = issue.path.map(String).join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
