import { type RecordBatch, transformParquetStream } from "parquet-wasm";
import { writerProperties } from "../../../timeseries/parquet/encode.js";
import { Breaks } from "../../../usage/breaks.js";
import { withChecksums } from "./checksums.js";
import { columnsOfKind } from "./columns.js";
import { factsMetadata, type TableFacts } from "./facts.js";
import { ROWS_PER_GROUP } from "./table-file.js";

/** The Parquet file of a month's table, piece by piece, from its rows in their order. */
export async function* tableBytes(
  facts: TableFacts,
  rows: AsyncIterator<RecordBatch>,
): AsyncGenerator<Uint8Array, void> {
  let failure: { readonly cause: unknown } | undefined;
  // A service that stores an hour of thousands of hosts goes on answering.
  const breaks = new Breaks();
  const source = new ReadableStream<RecordBatch>({
    async pull(controller) {
      try {
        await breaks.takeIfDue();
        const { done, value } = await rows.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (cause) {
        failure = { cause };
        controller.error(cause);
      }
    },
  });
  const properties = writerProperties(columnsOfKind(facts.kind), ROWS_PER_GROUP, factsMetadata(facts));
  try {
    const bytes: ReadableStream<Uint8Array> = await transformParquetStream(source, properties);
    yield* withChecksums(bytes);
  } catch (error) {
    // What the WebAssembly writer says of a failure of its source is not what failed.
    throw failure === undefined ? error : failure.cause;
  }
  if (failure !== undefined) throw failure.cause;
}
