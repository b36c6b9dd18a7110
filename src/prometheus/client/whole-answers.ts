/**
 * Asks the relatives for whole and exact answers: Thanos not to leave out a store or downsample,
 * VictoriaMetrics neither to round times nor to answer in part. Prometheus ignores what it does not know.
 */
export const WHOLE_ANSWERS = {
  partial_response: "false",
  max_source_resolution: "0",
  nocache: "1",
  deny_partial_response: "1",
} as const;

/**
 * Asks Thanos for what each replica saw. Its own deduplication takes one replica at a time and loses scrapes where it
 * changes to another; put together scrape by scrape nothing is lost.
 */
export const EVERY_REPLICA = { dedup: "false" } as const;
