import type { RouteName } from "./route-name.js";

/** What the documents of this service group routes by. */
export const TAGS = {
  now: "What runs at this moment, and what to do about it.",
  usage: "Stored hours: sums, series, and where they come from.",
  grid: "Carbon intensity of electricity, and what follows from it.",
  service: "The service itself.",
} as const;
export type Tag = keyof typeof TAGS;

interface RouteNote {
  readonly tag: Tag;
  /** What one should know before one uses it. */
  readonly description: string;
}

const LIST =
  "Whom the viewer may not see is one sum in `rest`, without totals if it is a single one. A project, group, experiment or type of machine in which one person alone has machines is that person's own. `search` and `sort` touch what is visible only. `within=group:Muons`, given several times, narrows the place; `beside` gives the same of another time and the `change` by known hour. `cursor` goes on after the last one. Text/csv has all of them.";
const GLOBAL_LIST =
  "Over all sites. A viewer sees themselves in the list of users. `search`, `sort` and `cursor` as in the lists of a site. Text/csv has all of them.";

/** What the documents say of each route besides its summary. */
export const ROUTE_NOTES: Readonly<Record<RouteName, RouteNote>> = {
  index: { tag: "service", description: "Links are relative to the address asked for." },
  docs: { tag: "service", description: "This document as a page: no scripts, nothing from elsewhere." },
  openapi: { tag: "service", description: "Made of the schemas that check what comes in and goes out." },
  health: { tag: "service", description: "For whoever restarts a process that hangs. No store is asked." },
  ready: {
    tag: "service",
    description:
      "For a load balancer. Data older than three hours are `stale`, which is said and is no failure.",
  },
  metrics: {
    tag: "service",
    description: "Users' own numbers are among them only for a viewer who may see all.",
  },
  me: { tag: "service", description: "What a page asks first: it need not try what is not there." },
  sites: { tag: "service", description: "A site is a name for one or several projects." },
  workspaces: {
    tag: "now",
    description:
      "Other people's workspaces have no owner, group and host name, and another id. Watts are between the last two measurements, and null until there are two. Text/csv has all of them, unless `limit` is given.",
  },
  live: {
    tag: "now",
    description:
      "Everything first, then what differs. A viewer that reads slowly is told less often; nothing piles up.",
  },
  myMachines: {
    tag: "now",
    description:
      "Idle is under 5% busy; a time that nobody saw is not taken for idle. Savings are cores x idle watts of the power model x hours; grams by the forecast, and after its end by the mean of the last four weeks. What is usual is quartiles over at least five machines of the type in 30 days.",
  },
  idle: {
    tag: "now",
    description:
      "By the stored hours of hosts, which are read once an hour for everybody; one that works now is not among them. Text/csv has all of them. 404 `not-stored` where no hosts are stored.",
  },
  totals: { tag: "usage", description: "Sums of the stored hours, and of the workspaces that overlap them." },
  projects: { tag: "usage", description: GLOBAL_LIST },
  machines: { tag: "usage", description: GLOBAL_LIST },
  users: { tag: "usage", description: GLOBAL_LIST },
  groups: { tag: "usage", description: GLOBAL_LIST },
  experiments: { tag: "usage", description: GLOBAL_LIST },
  siteProjects: { tag: "usage", description: LIST },
  siteMachines: { tag: "usage", description: LIST },
  siteUsers: { tag: "usage", description: LIST },
  siteGroups: { tag: "usage", description: LIST },
  siteExperiments: { tag: "usage", description: LIST },
  siteHosts: { tag: "usage", description: LIST },
  averages: { tag: "usage", description: "Running means over all stored hours of hosts of each type." },
  history: {
    tag: "usage",
    description:
      "Bins follow each other from `starts` to `ends`; days of a zone have 23 or 25 hours when its clocks change. `beside=before` is the month, week or time before, `year-before` the same dates; `comparison` is over the hours known in both. `gaps` say what is missing and why. Text/csv has a row a bin, up to 200,000 of them.",
  },
  heatmap: { tag: "usage", description: "Days without data are there, with null. Text/csv has a row a day." },
  explain: {
    tag: "usage",
    description:
      "The parts in `sum` add up to `kwh`, which is the history's to 1e-9. Hosts are named to whoever may see them.",
  },
  budget: {
    tag: "usage",
    description:
      "The host application sets budgets; this service has none of its own. 404 `no-budget` where there is none.",
  },
  search: { tag: "usage", description: "Only names that the viewer may see." },
  bestTime: {
    tag: "grid",
    description:
      "Cores are kept busy, at the watts of the power model. Grams carry the bounds of a forecast. 404 `no-forecast` where it does not reach as far.",
  },
  intensity: {
    tag: "grid",
    description:
      "Asked of its source at most once in five minutes. Show the line `licence` with it. Text/csv has a row a half hour: now, and then the forecast.",
  },
  estimate: { tag: "grid", description: "What a host would use, without storing anything." },
  equivalencies: { tag: "grid", description: "Each with its source and year." },
};

/** What the parameters mean, whatever route has them. */
export const PARAMETER_NOTES: Readonly<Record<string, string>> = {
  site: "Name of a site, or only what is there.",
  from: "First instant: ISO 8601 with Z or an offset, or a date, which is midnight in the zone.",
  to: "End, not included; as `from`.",
  zone: "IANA time zone; default that of the service.",
  scope: "`ada`, `site:NAME`, or `KIND:NAME` with project, machine, user, group, experiment or host.",
  by: "Length of a bin.",
  beside: "What to hold it against: `before`, `year-before` or `FROM/TO`.",
  within: "A narrower place, such as `group:Muons`; may be given several times.",
  search: "Text that a name must have in it, in any case.",
  sort: "By what to sort.",
  order: "Downwards (`desc`) or upwards; names are upwards by default.",
  limit: "How many at most.",
  cursor: "What the page before gave, to go on after it.",
  offset: "How many of the first are passed over.",
  format: "`csv` for a table; the header Accept does the same.",
  metric: "Energy in kWh, or carbon in grams.",
  year: "Calendar year in the zone.",
  hours: "How many hours: of a job, or of a forecast.",
  window: "Length of the best time, hours.",
  cores: "How many cores the job keeps busy.",
  kwh: "Electricity, kWh.",
  before: "When it must be over.",
  machine: "Type of machine, for its watts.",
  days: "How many days it has idled at least.",
  month: "Calendar month, such as 2026-11; default this one.",
  q: "Text to look for.",
  busyCpuSeconds: "CPU-seconds in use.",
  idleCpuSeconds: "CPU-seconds idle.",
  gco2eqPerKwh: "Intensity to take; without it, that of now.",
  gco2eq: "Grams of CO2 equivalent.",
};
