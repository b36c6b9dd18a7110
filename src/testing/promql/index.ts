export { PromqlError } from "./errors.js";
export { Labels } from "./labels.js";
export type { Matcher } from "./matchers.js";
export { parseMatchers } from "./parser.js";
export { formatValue, instantQuery, type Point, type QueryData, rangeQuery } from "./query.js";
export type { Series, Storage, Window } from "./storage.js";
