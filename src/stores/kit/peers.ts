import { AdaCarbonError } from "../../usage/errors.js";

/**
 * How a package is installed that is loaded where it is used. A command that was installed with `-g` does not find what
 * is in the current folder.
 */
export function howToInstall(name: string): string {
  return `npm install ${name}, or npm install -g ${name} where ada-carbon is installed with -g`;
}

/** For a driver that is older than what the stores are made for and tested with. */
export function oldPeer(name: string, found: string, needed: number): AdaCarbonError {
  return new AdaCarbonError(
    "store-unavailable",
    `the driver ${name} is version ${found}, and ada-carbon needs ${needed} or newer; ${howToInstall(`${name}@latest`)}`,
  );
}
