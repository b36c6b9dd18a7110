import { WriterPropertiesBuilder } from "parquet-wasm";
import { badInput } from "../../usage/errors.js";

/**
 * Says what to do where parquet-wasm has not been loaded: in Node, Deno and Bun it loads itself, in a browser whoever
 * makes the page knows where its WebAssembly is served.
 */
export function assertWasmLoaded(): void {
  try {
    new WriterPropertiesBuilder().free();
  } catch (cause) {
    throw badInput(
      'parquet-wasm has not been loaded; in a browser: import init from "parquet-wasm", and await init(URL of its parquet_wasm_bg.wasm) once before',
      cause,
    );
  }
}
