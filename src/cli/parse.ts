import { InvalidArgumentError } from "commander";
import { otherUnit } from "../intensity/file/value-column.js";
import type { Matcher } from "../prometheus/client/promql.js";
import type { LabelNames } from "../prometheus/client/queries.js";
import { wallClock } from "../timeseries/rollup/zone.js";
import { httpUrl } from "../transport/endpoint.js";
import { parseHour } from "../usage/hour.js";
import { didYouMean } from "../usage/nearest-name.js";
import { parseScope, SCOPE_KINDS, type Scope } from "../usage/scope.js";
import { ofFlags, refusing, UsageError } from "./usage-error.js";

// Readers of flag values. What they refuse becomes one line that names the flag.

export const hour: (text: string) => number = refusing(parseHour);
/** `ada`, or such as `user:amara`. */
export const scope: (text: string) => Scope = refusing(parseScope, (text) => {
  const nearKind = didYouMean(text.replace(/:.*/s, ""), SCOPE_KINDS);
  // A name alone is most often that of a project.
  return nearKind === "" && /^[^:]+$/.test(text) ? `, such as project:${text}` : nearKind;
});

/** A time zone. */
export const zone: (text: string) => string = refusing((text) => {
  wallClock(text);
  return text;
});

/** Where a service is. commander would repeat the value, which may hold a password. */
export function url(flag: string): (text: string) => string {
  return (text) =>
    ofFlags(() => {
      httpUrl(text);
      return text;
    }, flag);
}

/** A finite number of at least `least`, and at most `most` where there is a most. */
export function number(least: number, unit: string, most?: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= least && value <= (most ?? value)) return value;
    const range = most === undefined ? `at least ${least}` : `${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a number of ${unit}, ${range}.`);
  };
}

/** The intensity of a grid, or of what was bought. Kilograms, as official factors are given, are not taken for grams. */
export function gramsPerKwh(text: string): number {
  const value = number(0, "grams")(text);
  if (otherUnit([value]) === undefined) return value;
  throw new InvalidArgumentError(
    `No electricity has ${value} grams per kWh; write grams, such as 207 for 0.207 kilograms.`,
  );
}

/** Hours of a length such as `4h`, `90m`, `1d` or `1h30m`. */
export function duration(text: string): number {
  const [, days, hours, minutes] = /^(?=.)(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m)?$/.exec(text) ?? [];
  const sum = Number(days ?? 0) * 24 + Number(hours ?? 0) + Number(minutes ?? 0) / 60;
  if (sum > 0 && Number.isFinite(sum)) return sum;
  throw new InvalidArgumentError("Write a length such as 4h, 90m, 1d or 1h30m, more than 0.");
}

/** A whole number from 1 on. */
export function count(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("It must be a whole number, at least 1.");
}

/** Flags that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** `isis=IDAaaS`, several times, also of one site. */
export function siteProject(
  text: string,
  before: Readonly<Record<string, readonly string[]>> | undefined,
): Record<string, readonly string[]> {
  const [, site, project] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (site === undefined || project === undefined)
    throw new InvalidArgumentError("Write it as SITE=PROJECT.");
  return { ...before, [site]: [...(before?.[site] ?? []), project] };
}

/** A header, and the server that it is for where that is said. */
export interface GivenHeader {
  readonly server: string | undefined;
  readonly name: string;
  readonly value: string;
}

/** `Name: value`, or `isis=Name: value`, several times. The value may be a secret, so no message repeats it. */
export function header(text: string, before: readonly GivenHeader[] | undefined): GivenHeader[] {
  const [, server, name, value] = /^(?:([^=:]+)=)?([^=:]+):(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(
      "--header: write it as 'Name: value', or NAME='Name: value' for one of several servers",
    );
  return [...(before ?? []), { server, name: name.trim(), value: value.trim() }];
}

/** `project=cloud_project_name`, several times. */
export function labelName(text: string, before: Partial<LabelNames> | undefined): Partial<LabelNames> {
  const match = /^(project|machine|user|instance)=(.+)$/s.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new InvalidArgumentError("Write it as KIND=LABEL, KIND being project, machine, user or instance.");
  }
  return { ...before, [match[1]]: match[2] };
}

/** `label=value`, `label!=value`, `label=~regex`, `label!~regex`, several times. */
export function matcher(text: string, before: readonly Matcher[] | undefined): Matcher[] {
  const match = /^([^=!~]+)(=~|!~|!=|=)(.*)$/s.exec(text);
  const [, label, op, value] = match ?? [];
  if (label === undefined || op === undefined || value === undefined) {
    throw new InvalidArgumentError("Write it as LABEL=VALUE, or with !=, =~ or !~.");
  }
  return [...(before ?? []), { label, op: op as Matcher["op"], value }];
}
