import { Socket } from "node:net";

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/**
 * Lets this process connect to nothing but this machine: whatever else a campaign were led to ends in an error. What a
 * client does in a child process is bounded by what it is started with, which are URLs of servers started here.
 */
export function onlyLoopback(): void {
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function (this: Socket, ...given: unknown[]): Socket {
    const host = hostOf(given);
    if (host !== undefined && !LOOPBACK.test(host))
      throw new Error(`torture is for servers of this machine, and ${host} is none`);
    return Reflect.apply(connect, this, given);
  };
}

/** The host of any way to call `connect`: options, perhaps in a list as Node does itself, or a port and a host. */
function hostOf(given: readonly unknown[]): string | undefined {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  if (typeof first === "object" && first !== null)
    return "host" in first && typeof first.host === "string" ? first.host : undefined;
  return typeof first === "number" && typeof second === "string" ? second : undefined;
}
