/** Version of the package, kept with every number as provenance. A test holds it against package.json. */
export const VERSION = "0.2.0";
