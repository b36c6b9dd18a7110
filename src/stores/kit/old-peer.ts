import { AdaCarbonError } from "../../usage/errors.js";

/** For a driver that is older than what the stores are made for and tested with. */
export function oldPeer(name: string, found: string, needed: number): AdaCarbonError {
  return new AdaCarbonError(
    "store-unavailable",
    `the driver ${name} is version ${found}, and ada-carbon needs ${needed} or newer; npm install ${name}@latest`,
  );
}
