/** A metric of OpenMetrics 1.0 with its samples. */
export interface Metric {
  /** Without `_total`; ends in `_unit` where there is a unit. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "info";
  readonly unit?: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Metrics as OpenMetrics text, up to and with `# EOF`. Values that are not known must have been left out. */
export function metricsText(metrics: readonly Metric[]): string {
  return `${metrics.map(metricText).join("")}# EOF\n`;
}

function metricText({ name, type, unit, help, samples }: Metric): string {
  const suffix = { counter: "_total", info: "_info", gauge: "" }[type];
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
  ];
  const lines = samples.map(({ labels, value }) => `${name}${suffix}${labelsText(labels)} ${value}`);
  return `${[...head, ...lines].join("\n")}\n`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** In OpenMetrics the same three characters are escaped in help and in label values. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
