/** A metric family with its samples. */
export interface Metric {
  /** Without `_total` and `_info`; ends in `_unit` where there is a unit. */
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

/** A way to write metrics down. */
export interface MetricsFormat {
  readonly contentType: string;
  /** Values that are not known must have been left out. */
  readonly text: (metrics: readonly Metric[]) => string;
}

/** OpenMetrics 1.0: families with units, `# EOF` at the end, so that a reply cut short is not taken for whole. */
export const OPENMETRICS: MetricsFormat = {
  contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  text: (metrics) => `${metrics.map(openMetricsFamily).join("")}# EOF\n`,
};

/** The older text format, which every scraper and `promtool check metrics` read: no info, no units, no end. */
export const PROMETHEUS_TEXT: MetricsFormat = {
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  text: (metrics) => metrics.map(prometheusFamily).join(""),
};

const SUFFIX = { counter: "_total", info: "_info", gauge: "" };

function openMetricsFamily({ name, type, unit, help, samples }: Metric): string {
  return lines([
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map((sample) => sampleText(name + SUFFIX[type], sample)),
  ]);
}

/** A family has the name of its samples here; in the help quotes stay as they are. */
function prometheusFamily({ name, type, help, samples }: Metric): string {
  const full = name + SUFFIX[type];
  return lines([
    `# HELP ${full} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${full} ${type === "info" ? "gauge" : type}`,
    ...samples.map((sample) => sampleText(full, sample)),
  ]);
}

function sampleText(name: string, { labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
